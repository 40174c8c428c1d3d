// How far an import is: a bar on a terminal, a plain line now and then otherwise. Always on standard error.
import type { PipelineStatus } from '../model/health.ts';
import { grouped } from './options.ts';
import type { OutputStream } from './terminal.ts';

const barWidth = 24;
/** Without a terminal a line is for a log: rarely. */
const plainIntervalMs = 10_000;
/** The rate is that of about the last so many milliseconds. */
const rateWindowMs = 10_000;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
  readonly lines: number;
}

/** The progress of one import. `monotonic` gives milliseconds that never go back. */
export class Progress {
  readonly #stream: OutputStream;
  readonly #monotonic: () => number;
  readonly #isTerminal: boolean;
  readonly #samples: Sample[] = [];
  #begin: Sample | undefined;
  #lastPlainMs: number;
  #shown = '';

  constructor(stream: OutputStream, monotonic: () => number) {
    this.#stream = stream;
    this.#monotonic = monotonic;
    this.#isTerminal = stream.isTTY === true;
    this.#lastPlainMs = monotonic();
  }

  /** Shows how far it is now. */
  update(status: PipelineStatus): void {
    const text = this.#text(status);
    if (this.#isTerminal) {
      this.#clear();
      this.#shown = text.slice(0, Math.max(20, (this.#stream.columns || 100) - 1));
      this.#stream.write(this.#shown);
    } else if (this.#monotonic() - this.#lastPlainMs >= plainIntervalMs) {
      this.#lastPlainMs = this.#monotonic();
      this.#stream.write(`${text}\n`);
    }
  }

  /** Takes the bar away. */
  end(): void {
    this.#clear();
    this.#shown = '';
  }

  /** A stream for the log that does not run into the bar. */
  get logStream(): NodeJS.WritableStream & { readonly isTTY?: boolean } {
    if (!this.#isTerminal) return this.#stream;
    const write = (text: string): boolean => {
      this.#clear();
      const result = this.#stream.write(text);
      this.#stream.write(this.#shown);
      return result;
    };
    return Object.create(this.#stream, { write: { value: write } }) as OutputStream;
  }

  #clear(): void {
    if (this.#shown !== '') this.#stream.write('\r\x1b[2K');
  }

  #text({ sources }: PipelineStatus): string {
    const sum = (of: (source: PipelineStatus['sources'][number]) => number): number =>
      sources.reduce((total, source) => total + of(source), 0);
    const now = {
      atMs: this.#monotonic(),
      bytes: sum(({ counters }) => counters.bytesRead),
      lines: sum(({ counters }) => counters.linesRead),
    };
    // What an earlier run has read is no progress of this one.
    this.#begin ??= now;
    this.#samples.push(now);
    while (this.#samples.length > 2 && now.atMs - (this.#samples[0]?.atMs ?? 0) > rateWindowMs) this.#samples.shift();
    const first = this.#samples[0] ?? now;
    const seconds = (now.atMs - first.atMs) / 1000;
    const rate = seconds > 0 ? (now.bytes - first.bytes) / seconds : 0;
    const lineRate = seconds > 0 ? (now.lines - first.lines) / seconds : 0;
    const done = now.bytes - this.#begin.bytes;
    const left = sum(({ lagBytes }) => lagBytes);
    const share = done + left > 0 ? done / (done + left) : 0;
    const waiting = sum(({ outputs }) => Math.max(0, ...outputs.map(({ spooled }) => spooled)));
    const parts = [
      this.#isTerminal ? bar(share) : '',
      `${Math.floor(share * 100)} %`,
      `${grouped(now.lines - this.#begin.lines)} lines`,
      `${grouped(lineRate)} lines/s`,
      `${(rate / 1e6).toFixed(1)} MB/s`,
      left > 0 ? (rate > 0 ? `${duration(left / rate)} left` : '') : '',
      waiting > 0 ? `${grouped(waiting)} points to deliver` : '',
    ];
    return parts.filter((part) => part !== '').join('  ');
  }
}

function bar(share: number): string {
  const full = Math.round(share * barWidth);
  return `[${'#'.repeat(full)}${'-'.repeat(barWidth - full)}]`;
}

/** Seconds in the two largest units: `1 h 05 min`, `3 min 20 s`, `8 s`. */
export function duration(seconds: number): string {
  const whole = Math.ceil(seconds);
  const [hours, minutes] = [Math.floor(whole / 3600), Math.floor((whole % 3600) / 60)];
  if (hours > 0) return `${hours} h ${String(minutes).padStart(2, '0')} min`;
  return minutes > 0 ? `${minutes} min ${String(whole % 60).padStart(2, '0')} s` : `${whole} s`;
}
