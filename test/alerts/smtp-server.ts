// A mail server for tests: keeps every command and message, and answers as the test says.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { createSecureContext, TLSSocket } from 'node:tls';

/** The certificate of the server, for `localhost` and 127.0.0.1, signed by itself. */
export const certificatePath = fileURLToPath(new URL('./tls/localhost.cert', import.meta.url));
const keyPath = fileURLToPath(new URL('./tls/localhost.key', import.meta.url));

/** How the server behaves. */
export interface SmtpBehaviour {
  /** Lines of the answer to EHLO behind the first. */
  readonly extensions?: readonly string[];
  /** The answer to a command in place of the usual one; the number counts all commands from 1. */
  reply?(command: string, count: number): string | undefined;
  /** Where it listens; 127.0.0.1 unless given. */
  readonly address?: string;
  /** Encrypted from the start. */
  readonly isTls?: boolean;
}

/** A running server. */
export interface SmtpServer {
  readonly port: number;
  /** Commands as they came; those that came encrypted begin with `TLS `. */
  readonly commands: readonly string[];
  /** Messages without the dot at their end, dots as sent. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

function encrypted(socket: Socket): Socket {
  const secureContext = createSecureContext({ cert: readFileSync(certificatePath), key: readFileSync(keyPath) });
  return new TLSSocket(socket, { isServer: true, secureContext });
}

/** Starts one on a free port. */
export async function startSmtpServer(behaviour: SmtpBehaviour = {}): Promise<SmtpServer> {
  const commands: string[] = [];
  const messages: string[] = [];
  const sockets = new Set<Socket>();
  let count = 0;

  const converse = (socket: Socket, isEncrypted: boolean): void => {
    let received = '';
    let state: 'commands' | 'message' | 'login' = 'commands';
    const say = (text: string): void => void socket.write(`${text}\r\n`);
    socket.on('error', () => undefined);
    const take = (part: Buffer): void => {
      received += part.toString('latin1');
      for (;;) {
        const mark = state === 'message' ? '\r\n.\r\n' : '\r\n';
        const end = received.indexOf(mark);
        if (end < 0) return;
        const text = received.slice(0, end);
        received = received.slice(end + mark.length);
        if (state === 'message') {
          state = 'commands';
          messages.push(text);
          say(behaviour.reply?.('message', ++count) ?? '250 kept');
          continue;
        }
        commands.push(`${isEncrypted ? 'TLS ' : ''}${text}`);
        const scripted = behaviour.reply?.(text, ++count);
        if (scripted !== undefined) {
          say(scripted);
          continue;
        }
        const [verb = ''] = text.split(' ');
        if (state === 'login') {
          const isName = commands.at(-2)?.endsWith('AUTH LOGIN') === true;
          if (!isName) state = 'commands';
          say(isName ? '334 UGFzc3dvcmQ6' : '235 welcome');
        } else if (verb === 'EHLO') {
          say(
            ['test.example', ...(behaviour.extensions ?? [])]
              .map((line, index, all) => `250${index + 1 < all.length ? '-' : ' '}${line}`)
              .join('\r\n'),
          );
        } else if (verb === 'AUTH') {
          if (text === 'AUTH LOGIN') state = 'login';
          say(text === 'AUTH LOGIN' ? '334 VXNlcm5hbWU6' : '235 welcome');
        } else if (verb === 'STARTTLS') {
          socket.off('data', take);
          say('220 go on');
          converse(encrypted(socket), true);
          return;
        } else if (verb === 'DATA') {
          state = 'message';
          say('354 go on');
        } else if (verb === 'QUIT') socket.end('221 bye\r\n');
        else say('250 fine');
      }
    };
    socket.on('data', take);
    if (!isEncrypted || behaviour.isTls === true) say('220 test.example ready');
  };

  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => undefined);
    if (behaviour.isTls === true) converse(encrypted(socket), true);
    else converse(socket, false);
  });
  await new Promise<void>((resolve) => server.listen(0, behaviour.address ?? '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    commands,
    messages,
    close: () => {
      for (const socket of sockets) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
