// Sends messages over the network as a relay would: one datagram each, those of some devices over one TCP connection with
// octet counting (RFC 6587). One machine has one address, so that of the device goes into the text (cisco H23).
import { createSocket } from 'node:dgram';
import type { Socket as DatagramSocket } from 'node:dgram';
import { createConnection } from 'node:net';
import type { Socket } from 'node:net';
import { messageOf } from '../model/errors.ts';
import { silentLog } from '../model/log.ts';
import type { Log } from '../model/log.ts';
import type { Arrival } from './network-transport.ts';

/** A host and port to send to. */
export interface SyslogTarget {
  readonly host: string;
  readonly port: number;
}

/** Where messages go. */
export interface SenderOptions {
  readonly udp: SyslogTarget;
  /** Gets every `tcpShare`th device's messages instead. */
  readonly tcp?: SyslogTarget;
  /** Told once when sending fails and once when it works again. */
  readonly log?: Log;
}

/** One device in so many is sent over TCP. */
const tcpShare = 5;
/** A connection that breaks is made again after so long; what is sent meanwhile is lost, as with a router. */
const reconnectMs = 1000;
/** No more than this waits for a receiver that does not read. */
const mostQueuedBytes = 1_000_000;

/** `<189>Original Address=10.20.101.2 521: ...`: the message as a relay passes it on. */
export function relayedPayload({ source, payload }: Arrival): string {
  const end = payload.indexOf('>') + 1;
  return `${payload.slice(0, end)}Original Address=${source} ${payload.slice(end)}`;
}

/** Sends until it is closed. Faults never throw: syslog has no way to tell its sender. */
export class NetworkSender {
  /** Messages handed to the network, and those that could not be. */
  sent = 0;
  failed = 0;
  readonly #options: SenderOptions;
  readonly #log: Log;
  readonly #datagrams: DatagramSocket;
  readonly #pending = new Set<Promise<void>>();
  #connection: Socket | undefined;
  #isConnected = false;
  #reconnect: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isFailing = false;

  constructor(options: SenderOptions) {
    this.#options = options;
    this.#log = options.log ?? silentLog;
    this.#datagrams = createSocket(options.udp.host.includes(':') ? 'udp6' : 'udp4');
    this.#datagrams.on('error', (error) => this.#fault(error));
    this.#datagrams.unref();
    if (options.tcp) this.#connect(options.tcp);
  }

  /** False while there is no connection to send over, though one is wanted. */
  get isReady(): boolean {
    return this.#options.tcp === undefined || this.#isConnected;
  }

  /** Sends messages in their order. */
  send(arrivals: readonly Arrival[]): void {
    for (const arrival of arrivals) {
      const bytes = Buffer.from(relayedPayload(arrival), 'latin1');
      if (this.#options.tcp && arrival.device % tcpShare === tcpShare - 1) this.#sendStream(bytes);
      else this.#sendDatagram(bytes);
    }
  }

  /** Resolves when everything that was sent has left. */
  async flush(): Promise<void> {
    while (this.#pending.size > 0) await Promise.all(this.#pending);
  }

  /** Sends what is left and closes the sockets. */
  async close(): Promise<void> {
    await this.flush();
    this.#isClosed = true;
    clearTimeout(this.#reconnect);
    const connection = this.#connection;
    await Promise.all([
      new Promise<void>((resolve) => {
        this.#datagrams.close(() => resolve());
      }),
      new Promise<void>((resolve) => {
        if (!connection || connection.destroyed) resolve();
        else connection.once('close', () => resolve()).end(() => connection.destroy());
      }),
    ]);
  }

  #sendDatagram(bytes: Buffer): void {
    const { host, port } = this.#options.udp;
    this.#track((done) => this.#datagrams.send(bytes, port, host, done));
  }

  #sendStream(bytes: Buffer): void {
    const connection = this.#connection;
    if (!connection || !this.#isConnected || connection.writableLength > mostQueuedBytes) {
      this.failed++;
      return;
    }
    this.#track((done) => connection.write(Buffer.concat([Buffer.from(`${bytes.length} `), bytes]), done));
  }

  #track(start: (done: (error?: Error | null) => void) => void): void {
    const promise = new Promise<void>((resolve) => {
      start((error) => {
        if (error) {
          this.failed++;
          this.#fault(error);
        } else {
          this.sent++;
          this.#recovered();
        }
        resolve();
      });
    });
    this.#pending.add(promise);
    void promise.then(() => this.#pending.delete(promise));
  }

  #connect(target: SyslogTarget): void {
    const connection = createConnection(target);
    this.#connection = connection;
    connection.unref();
    connection.on('connect', () => {
      this.#isConnected = true;
      this.#recovered();
    });
    connection.on('error', (error) => this.#fault(error));
    // Nothing is ever said in answer, but the end of the other side must be noticed.
    connection.resume();
    connection.on('close', () => {
      this.#isConnected = false;
      if (this.#isClosed) return;
      this.#reconnect = setTimeout(() => this.#connect(target), reconnectMs);
      this.#reconnect.unref();
    });
  }

  #fault(error: Error): void {
    if (!this.#isFailing && !this.#isClosed) this.#log.warn(`the demo cannot send its messages: ${messageOf(error)}`);
    this.#isFailing = true;
  }

  #recovered(): void {
    if (this.#isFailing) this.#log.info('the demo sends its messages again');
    this.#isFailing = false;
  }
}
