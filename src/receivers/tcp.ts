// Syslog by TCP and TLS. A sender that is faster than the disk is held back.
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import type { ListenAddress } from './addresses.ts';
import { plainAddress } from './addresses.ts';
import type { Intake, Listening, TlsFiles } from './receiver.ts';
import { SyslogFrames } from './syslog-frames.ts';

/** A last line without its end is waited for so long (cisco 2). */
const partialMs = 2000;
/** More connections at once than any network has devices. */
const mostConnections = 4096;

/** Listens; rejects when the address cannot be had or a file of TLS cannot be used. */
export async function listenTcp(
  address: ListenAddress,
  intake: Intake,
  failed: (error: unknown) => void,
  tls?: TlsFiles,
): Promise<Listening> {
  const sockets = new Set<Socket>();
  const take = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    receive(socket, intake);
  };
  const server = tls === undefined ? createServer(take) : await tlsServer(tls, take);
  server.maxConnections = mostConnections;
  // Before TLS begins: whoever may not send is not to cost a handshake.
  server.prependListener('connection', (socket: Socket) => {
    if (intake.isAllowed(plainAddress(socket.remoteAddress ?? ''))) return;
    intake.counters.rejected++;
    socket.destroy();
  });
  server.on('drop', () => intake.counters.rejected++);
  server.on('tlsClientError', () => intake.counters.rejected++);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host: address.host, port: address.port, exclusive: true }, () => {
      server.removeListener('error', reject);
      resolve();
    });
  });
  server.on('error', failed);
  const { address: host, port } = server.address() as AddressInfo;
  return {
    address: { host, port },
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

async function tlsServer({ certificate, key, clientCa }: TlsFiles, take: (socket: Socket) => void): Promise<Server> {
  const { createServer: createTlsServer } = await import('node:tls');
  return createTlsServer(
    {
      cert: await readFile(certificate),
      key: await readFile(key),
      minVersion: 'TLSv1.2',
      ...(clientCa === undefined ? {} : { ca: await readFile(clientCa), requestCert: true, rejectUnauthorized: true }),
    },
    take,
  );
}

function receive(socket: Socket, intake: Intake): void {
  const source = plainAddress(socket.remoteAddress ?? '');
  // The listener before us has sent it away.
  if (source === '' || socket.destroyed || !intake.isAllowed(source)) {
    socket.destroy();
    return;
  }
  intake.counters.connections++;
  const frames = new SyslogFrames({
    maxMessageBytes: intake.maxMessageBytes,
    isMessageStart: (bytes, start, end) => intake.isMessageStart(bytes, start, end),
    take: (message, isCut) => intake.message(message, source, isCut),
  });
  let timer: NodeJS.Timeout | undefined;
  socket.on('data', (bytes: Buffer) => {
    clearTimeout(timer);
    frames.feed(bytes);
    if (frames.isPending) timer = setTimeout(() => frames.pause(), partialMs);
    if (intake.hasRoom) return;
    socket.pause();
    intake.onRoom(() => socket.resume());
  });
  // A sender that goes away rudely is no fault of ours; what it sent is taken.
  socket.on('error', () => undefined);
  socket.on('close', () => {
    clearTimeout(timer);
    frames.close();
  });
}
