// An HTTP proxy in front of a store (or of nothing) that misbehaves on request and records every write.
import { createServer, request } from 'node:http';
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { gunzipSync } from 'node:zlib';

/**
 * What to do with a write. `pass`: forward it. `refuse`: reset the connection at once (the port stays ours, so no
 * other test can take it). `hang`: never answer. `lose-answer`: forward it, then reset instead of answering.
 * An object: this answer, without forwarding.
 */
export type ProxyBehaviour =
  | 'pass'
  | 'refuse'
  | 'hang'
  | 'lose-answer'
  | { readonly status: number; readonly headers?: Readonly<Record<string, string>>; readonly body?: string };

/** One write as it arrived. */
export interface RecordedWrite {
  /** Path with parameters. */
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** Line protocol, decompressed. */
  readonly body: string;
  readonly isGzip: boolean;
  /** What the proxy did with it. */
  readonly behaviour: ProxyBehaviour;
  /** Status of the store behind, when it was asked. */
  status: number | undefined;
}

/** A running proxy. */
export interface WriteProxy {
  readonly url: string;
  /** Writes (POST to a path with `write` in it) in the order of arrival. */
  readonly writes: readonly RecordedWrite[];
  /** Other requests: method, path and body. */
  readonly others: readonly { readonly path: string; readonly body: string; readonly headers: IncomingHttpHeaders }[];
  /** For all writes from now on; a function decides for each. Other requests are forwarded unless refused or hung. */
  behave(
    how:
      | ProxyBehaviour
      | ((write: { readonly path: string; readonly body: string; readonly number: number }) => ProxyBehaviour),
  ): void;
  /** Number of connections that are open now. */
  readonly connections: number;
  close(): Promise<void>;
}

/** Starts a proxy in front of `target` (base address), or of nothing when it is undefined. */
export async function startWriteProxy(target?: string): Promise<WriteProxy> {
  const writes: RecordedWrite[] = [];
  const others: { path: string; body: string; headers: IncomingHttpHeaders }[] = [];
  const sockets = new Set<Socket>();
  let behaviour: Parameters<WriteProxy['behave']>[0] = target === undefined ? { status: 204 } : 'pass';

  const serve = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const raw = await readAll(incoming);
    const path = incoming.url ?? '/';
    const isGzip = incoming.headers['content-encoding'] === 'gzip';
    const body = (isGzip ? gunzipSync(raw) : raw).toString('utf8');
    const isWrite = incoming.method === 'POST' && /\/write\b/.test(path);
    let how: ProxyBehaviour;
    let record: RecordedWrite | undefined;
    if (isWrite) {
      how = typeof behaviour === 'function' ? behaviour({ path, body, number: writes.length + 1 }) : behaviour;
      record = { path, headers: incoming.headers, body, isGzip, behaviour: how, status: undefined };
      writes.push(record);
    } else {
      others.push({ path, body, headers: incoming.headers });
      how = behaviour === 'refuse' || behaviour === 'hang' ? behaviour : 'pass';
      if (target === undefined && how === 'pass') how = { status: 200, body: '{}' };
    }
    if (how === 'hang') return;
    if (how === 'refuse') {
      incoming.socket.resetAndDestroy();
      return;
    }
    if (typeof how === 'object') {
      answer.writeHead(how.status, how.headers);
      answer.end(how.body ?? '');
      return;
    }
    const reply = await forward(incoming, raw, target ?? '');
    if (record) record.status = reply.status;
    if (how === 'lose-answer') {
      incoming.socket.resetAndDestroy();
      return;
    }
    answer.writeHead(reply.status, reply.headers);
    answer.end(reply.body);
  };

  const server = createServer((incoming, answer) => {
    serve(incoming, answer).catch(() => incoming.socket.destroy());
  });
  server.on('connection', (socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    if (behaviour === 'refuse') socket.resetAndDestroy();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    writes,
    others,
    behave: (how) => {
      behaviour = how;
    },
    get connections() {
      return sockets.size;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function forward(
  incoming: IncomingMessage,
  body: Buffer,
  target: string,
): Promise<{ status: number; headers: IncomingHttpHeaders; body: Buffer }> {
  const to = new URL(incoming.url ?? '/', target);
  const headers = { ...incoming.headers, host: to.host, connection: 'close', 'content-length': String(body.length) };
  delete (headers as IncomingHttpHeaders)['transfer-encoding'];
  return new Promise((resolve, reject) => {
    const outgoing = request(to, { method: incoming.method ?? 'GET', headers, agent: false }, (reply) => {
      readAll(reply).then((all) => {
        const { connection: _hop, 'transfer-encoding': _coding, ...kept } = reply.headers;
        resolve({ status: reply.statusCode ?? 502, headers: kept, body: all });
      }, reject);
    });
    outgoing.once('error', reject);
    outgoing.end(body);
  });
}
