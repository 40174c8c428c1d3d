// Takes messages from the network into a journal on disk, from which a source reads them like any other log. A socket
// that cannot be had is tried again; whatever is not taken is counted.
import { messageOf } from '../model/errors.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import { noReceiverCounters } from '../model/receiver.ts';
import type { ReceiverCounters, ReceiverStatus } from '../model/receiver.ts';
import { addressText, AllowList, parseListenAddress, plainAddress } from './addresses.ts';
import type { ListenAddress } from './addresses.ts';
import { JournalLines } from './journal-lines.ts';
import type { ReceiverValues } from './options.ts';
import { ReceiptJournal } from './receipt-journal.ts';
import { listenTcp } from './tcp.ts';
import { listenUdp } from './udp.ts';

/** Files of a TLS server. */
export interface TlsFiles {
  readonly certificate: string;
  readonly key: string;
  readonly clientCa?: string | undefined;
}

/** A socket that listens. */
export interface Listening {
  /** As bound: the port is never 0. */
  readonly address: ListenAddress;
  close(): Promise<void>;
}

/** What listeners hand to the receiver. */
export interface Intake {
  readonly counters: ReceiverCounters;
  readonly maxMessageBytes: number;
  readonly log: Log;
  /** False while senders that can wait should. */
  readonly hasRoom: boolean;
  onRoom(listener: () => void): void;
  isAllowed(address: string): boolean;
  isMessageStart(bytes: Buffer, start: number, end: number): boolean;
  /** A datagram from this address as the system gives it, allowed or not. */
  datagram(message: Buffer, address: string): void;
  /** A message of an allowed sender that stops when there is no room; `source` as `plainAddress` gives it. */
  message(message: Buffer, source: string, isCut: boolean): void;
}

/** How a receiver works. */
export interface ReceiverOptions {
  readonly name: string;
  /** Folder of the journal. */
  readonly directory: string;
  readonly values: ReceiverValues;
  /** See `Family.syslog`. */
  readonly isMessageStart: (bytes: Buffer, start: number, end: number) => boolean;
  /** See `ReceiptJournalOptions.isCounted`. */
  readonly isCounted: (path: string, size: number) => boolean;
  readonly clock: Clock;
  readonly log: Log;
  /** The first pause after a failure; it doubles up to a minute. */
  readonly retryMs?: number;
}

const megabyte = 1024 * 1024;
const firstRetryMs = 1000;
const longestRetryMs = 60_000;

interface Door {
  readonly transport: string;
  readonly wanted: ListenAddress;
  open(failed: (error: unknown) => void): Promise<Listening>;
  listening: Listening | undefined;
  fault: string;
  timer: NodeJS.Timeout | undefined;
}

/** A receiver at work. `start` once, `stop` once. */
export class Receiver implements Intake {
  readonly counters = noReceiverCounters();
  readonly maxMessageBytes: number;
  readonly log: Log;
  readonly #options: ReceiverOptions;
  readonly #allow: AllowList;
  readonly #lines = new JournalLines();
  readonly #doors: readonly Door[];
  #journal: ReceiptJournal | undefined;
  #journalFault = '';
  #journalTimer: NodeJS.Timeout | undefined;
  #isStopped = false;

  constructor(options: ReceiverOptions) {
    const { values, log } = options;
    this.#options = options;
    this.log = log;
    this.maxMessageBytes = values.maxMessageBytes;
    this.#allow = new AllowList(values.allow);
    const { udp, tcp, tls } = values;
    this.#doors = [
      ...(udp === undefined ? [] : [door('udp', udp, (at, failed) => listenUdp(at, this, failed))]),
      ...(tcp === undefined ? [] : [door('tcp', tcp, (at, failed) => listenTcp(at, this, failed))]),
      ...(tls === undefined ? [] : [door('tls', tls.address, (at, failed) => listenTcp(at, this, failed, tls))]),
    ];
  }

  /** Opens the journal, then the sockets. Never rejects: what cannot be had is in `status` and is tried again. */
  async start(): Promise<void> {
    await this.#openJournal(this.#options.retryMs ?? firstRetryMs);
  }

  /** Closes the sockets and then the journal, so that what was received is in it. */
  async stop(): Promise<void> {
    this.#isStopped = true;
    clearTimeout(this.#journalTimer);
    for (const { timer } of this.#doors) clearTimeout(timer);
    const open = this.#doors.flatMap(({ listening }) => (listening ? [listening] : []));
    await Promise.all(open.map((listening) => listening.close()));
    this.counters.dropped += (await this.#journal?.close()) ?? 0;
  }

  /** How it is now. */
  status(): ReceiverStatus {
    const reasons = [this.#journalFault, this.#journal?.fault ?? '', ...this.#doors.map(({ fault }) => fault)];
    return {
      counters: { ...this.counters },
      listening: this.#doors.flatMap(({ transport, listening }) =>
        listening ? [`${transport} ${addressText(listening.address)}`] : [],
      ),
      sockets: this.#doors.length,
      reasons: reasons.filter((reason) => reason !== ''),
    };
  }

  get hasRoom(): boolean {
    return this.#journal?.hasRoom ?? false;
  }

  onRoom(listener: () => void): void {
    this.#journal?.onRoom(listener);
  }

  isAllowed(address: string): boolean {
    return this.#allow.allows(address);
  }

  isMessageStart(bytes: Buffer, start: number, end: number): boolean {
    return this.#options.isMessageStart(bytes, start, end);
  }

  datagram(message: Buffer, address: string): void {
    const source = plainAddress(address);
    if (!this.isAllowed(source)) {
      this.counters.rejected++;
      return;
    }
    const isCut = message.length > this.maxMessageBytes;
    this.#take(isCut ? message.subarray(0, this.maxMessageBytes) : message, source, isCut, false);
  }

  message(message: Buffer, source: string, isCut: boolean): void {
    this.#take(message, source, isCut, true);
  }

  #take(message: Buffer, source: string, isCut: boolean, isHeldBack: boolean): void {
    const line = this.#lines.of(this.#options.clock.now(), source, message);
    if (this.#journal?.append(line, isHeldBack) !== true) {
      this.counters.dropped++;
      return;
    }
    this.counters.messages++;
    this.counters.bytes += message.length;
    if (isCut) this.counters.truncated++;
  }

  async #openJournal(retryMs: number): Promise<void> {
    const { directory, values, isCounted, log, name } = this.#options;
    try {
      this.#journal = await ReceiptJournal.open({
        directory,
        limitBytes: values.journalMegabytes * megabyte,
        isCounted,
        log,
      });
    } catch (error) {
      const fault = `the journal of received messages cannot be opened: ${messageOf(error)}`;
      if (fault !== this.#journalFault) log.error('the receiver cannot start', { source: name, reason: fault });
      this.#journalFault = fault;
      if (this.#isStopped) return;
      this.#journalTimer = setTimeout(() => void this.#openJournal(nextPause(retryMs)), retryMs);
      return;
    }
    this.#journalFault = '';
    await Promise.all(this.#doors.map((one) => this.#open(one, this.#options.retryMs ?? firstRetryMs)));
  }

  async #open(one: Door, retryMs: number): Promise<void> {
    const { log, name } = this.#options;
    const what = `${one.transport} ${addressText(one.wanted)}`;
    const failed = (error: unknown): void => {
      const fault = `cannot listen on ${what}: ${messageOf(error)}`;
      if (fault !== one.fault) log.error('the receiver cannot listen', { source: name, reason: fault });
      one.fault = fault;
      const { listening } = one;
      one.listening = undefined;
      void listening?.close();
      if (!this.#isStopped) one.timer = setTimeout(() => void this.#open(one, nextPause(retryMs)), retryMs);
    };
    try {
      const listening = await one.open(failed);
      if (this.#isStopped) {
        await listening.close();
        return;
      }
      one.listening = listening;
      one.fault = '';
      log.info('receiving', { source: name, listening: `${one.transport} ${addressText(listening.address)}` });
    } catch (error) {
      failed(error);
    }
  }
}

function nextPause(ms: number): number {
  return Math.min(longestRetryMs, ms * 2);
}

function door(
  transport: string,
  text: string,
  open: (address: ListenAddress, failed: (error: unknown) => void) => Promise<Listening>,
): Door {
  const wanted = parseListenAddress(text);
  if (!wanted) throw new Error(`"${text}" is no address to listen on`);
  return {
    transport,
    wanted,
    open: (failed) => open(wanted, failed),
    listening: undefined,
    fault: '',
    timer: undefined,
  };
}
