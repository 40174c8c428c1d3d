// A conversation with a mail server: one line out, one answer in. Bounded in time and in what the server may say.
import { connect as connectPlain, isIP } from 'node:net';
import type { Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { printable } from '../model/errors.ts';

/** An answer of the server: its code, and its lines without the code. */
export interface Reply {
  readonly code: number;
  readonly lines: readonly string[];
}

/** Longer answers are no SMTP. */
const maxReplyBytes = 64 * 1024;

/** What ended a conversation early. */
export class SmtpFault extends Error {
  override readonly name = 'SmtpFault';
}

/** An open connection. */
export class SmtpConnection {
  #socket: Socket;
  readonly #host: string;
  #received = '';
  #fault: Error | undefined;
  #wake: () => void = () => undefined;
  readonly #signal: AbortSignal;
  readonly #onAbort: () => void;

  /** Connects, with encryption from the start where `isTls`. `signal` ends the conversation at any time. */
  constructor(host: string, port: number, isTls: boolean, signal: AbortSignal) {
    this.#host = host;
    this.#signal = signal;
    this.#onAbort = () => this.#fail(new SmtpFault('not done in time'));
    this.#socket = isTls ? connectTls({ port, ...this.#serverName() }) : connectPlain({ host, port });
    this.#listen();
    if (signal.aborted) this.#onAbort();
    else signal.addEventListener('abort', this.#onAbort, { once: true });
  }

  /** Sends one line and gives the answer. */
  async ask(line: string): Promise<Reply> {
    if (/[\r\n\0]/.test(line)) throw new SmtpFault('a command must be one line');
    this.#socket.write(`${line}\r\n`);
    return this.answer();
  }

  /** Sends the message after 354; a line that begins with a dot gets another one. */
  async send(message: string): Promise<Reply> {
    this.#socket.write(`${message.replace(/^\./gm, '..')}${message.endsWith('\r\n') ? '' : '\r\n'}.\r\n`);
    return this.answer();
  }

  /** The next answer. */
  async answer(): Promise<Reply> {
    for (;;) {
      const match = /^((?:\d{3}-[^\n]*\n)*)(\d{3})(?: [^\n]*)?\n/.exec(this.#received);
      if (match) {
        this.#received = this.#received.slice(match[0].length);
        const lines = match[0].trimEnd().split(/\r?\n/);
        return { code: Number(match[2]), lines: lines.map((line) => printable(line.slice(4), 300)) };
      }
      if (this.#fault) throw this.#fault;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  /** Goes over to encryption, after the server has agreed to STARTTLS. */
  async encrypt(): Promise<void> {
    // What came before the encryption must not be taken for what comes after it.
    if (this.#received !== '') throw new SmtpFault('the server sent more than its answer before the encryption');
    const plain = this.#socket;
    plain.removeAllListeners('data').removeAllListeners('end').removeAllListeners('close');
    this.#socket = connectTls({ socket: plain, ...this.#serverName() });
    this.#listen();
    await new Promise<void>((resolve, reject) => {
      this.#socket.once('secureConnect', resolve);
      this.#wake = () => {
        if (this.#fault) reject(this.#fault);
      };
      this.#wake();
    });
  }

  /** Says goodbye without waiting for the answer. */
  close(): void {
    this.#signal.removeEventListener('abort', this.#onAbort);
    this.#socket.end('QUIT\r\n');
    // The answer is of no interest, but an unread one would keep the connection.
    this.#socket.resume();
    this.#socket.setTimeout(2000, () => this.#socket.destroy());
    this.#socket.unref();
  }

  #serverName(): { servername?: string; host: string } {
    return isIP(this.#host) === 0 ? { servername: this.#host, host: this.#host } : { host: this.#host };
  }

  #listen(): void {
    this.#socket.setEncoding('latin1');
    this.#socket.on('data', (text: string) => {
      this.#received += text;
      if (this.#received.length > maxReplyBytes) this.#fail(new SmtpFault('the answer is too long'));
      this.#wake();
    });
    this.#socket.on('error', (error) => this.#fail(error));
    this.#socket.on('end', () => this.#fail(new SmtpFault('the server closed the connection')));
    this.#socket.on('close', () => this.#fail(new SmtpFault('the connection is closed')));
  }

  #fail(error: Error): void {
    this.#fault ??= error;
    this.#socket.destroy();
    this.#wake();
  }
}
