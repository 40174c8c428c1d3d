// The socket: hot-shots, one packet at a time, with an answer for each. Nothing here throws; faults are texts.
import { lookup } from 'node:dns/promises';
import { connect } from 'node:net';
import type { Socket } from 'node:net';
import { StatsD } from 'hot-shots';
import type { ClientOptions } from 'hot-shots';
import type { Clock } from '../../model/clock.ts';
import { messageOf } from '../../model/errors.ts';
import { maxPacketBytes } from './encode.ts';
import type { Metric } from './encode.ts';
import type { StatsdOptions } from './options.ts';

/** Sends packets. */
export interface Sender {
  /** Undefined when the packet was given to the network; else why not. One at a time. */
  send(packet: readonly Metric[], signal: AbortSignal): Promise<string | undefined>;
  close(): Promise<void>;
}

interface Client {
  readonly statsd: StatsD;
  /** The connection of TCP: ended before the client is, so that nothing is in flight. */
  readonly socket: Socket | undefined;
  readonly bornMs: number;
  fault: string | undefined;
}

/** A name is looked up again after this time, so that a server that moves is found. */
const lookupMs = 60_000;

/** Prepares a sender; contacts nobody yet. */
export function sender(options: StatsdOptions, clock: Clock): Sender {
  let client: Client | undefined;

  const open = async (signal: AbortSignal): Promise<Client> => {
    // IPv4 first: most StatsD servers listen there only, and over UDP nobody would tell.
    const { address } = await lookup(options.host, { verbatim: false });
    const socket = options.protocol === 'tcp' ? await connected(address, options.port, signal) : undefined;
    const transport: ClientOptions = socket
      ? { protocol: 'stream', stream: socket }
      : { host: address, port: options.port };
    const born: Client = {
      statsd: new StatsD({
        ...transport,
        telegraf: options.flavour === 'telegraf',
        // Stated, because the library switches both on from environment variables (style S-46).
        datadog: false,
        includeDataDogTags: false,
        // A packet is filled here and flushed by name; the library's own timer finds nothing to send.
        maxBufferSize: maxPacketBytes,
        bufferFlushInterval: 3_600_000,
        closingFlushInterval: 5,
        errorHandler: (error) => {
          born.fault ??= messageOf(error);
        },
      }),
      socket,
      bornMs: clock.monotonic(),
      fault: undefined,
    };
    // What the server sends is of no interest, but its end of the connection is: the next packet would be lost.
    socket?.resume().once('close', () => {
      born.fault ??= 'the server closed the connection';
    });
    return born;
  };

  const deliver = async (packet: readonly Metric[], signal: AbortSignal): Promise<string | undefined> => {
    if (client && (client.fault !== undefined || clock.monotonic() - client.bornMs > lookupMs)) {
      await end(client);
      client = undefined;
    }
    if (!client) {
      const born = await open(signal);
      if (signal.aborted) {
        await end(born);
        return 'stopped';
      }
      client = born;
    }
    const { statsd } = client;
    for (const { name, tags, type, value } of packet) {
      if (type === 'c') statsd.increment(name, value, 1, tags);
      else statsd.gauge(name, value, 1, tags);
    }
    return new Promise((resolve) => {
      statsd.flush((error) => resolve(error ? messageOf(error) : undefined));
    });
  };

  const discard = async (): Promise<void> => {
    const old = client;
    client = undefined;
    if (old) await end(old);
  };

  return {
    send: async (packet, signal) => {
      const limit = new AbortController();
      let reason = 'stopped';
      const stop = (): void => limit.abort();
      const timer = setTimeout(() => {
        reason = `no progress within ${options.timeoutSeconds} s`;
        limit.abort();
      }, options.timeoutSeconds * 1000);
      signal.addEventListener('abort', stop, { once: true });
      try {
        const given = new Promise<string>((resolve) => {
          limit.signal.addEventListener('abort', () => resolve(reason), { once: true });
          if (signal.aborted) stop();
        });
        const failure = await Promise.race([deliver(packet, limit.signal).catch(messageOf), given]);
        if (failure !== undefined) await discard();
        return failure;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', stop);
      }
    },
    close: discard,
  };
}

function end(client: Client): Promise<void> {
  if (!client.socket) return new Promise((resolve) => client.statsd.close(() => resolve()));
  // The library would wait for the end of a connection that has ended already; there is nothing to wait for.
  client.socket.destroy();
  client.statsd.close(() => undefined);
  return Promise.resolve();
}

function connected(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.removeListener('error', reject);
      socket.setKeepAlive(true);
      resolve(socket);
    });
  });
}
