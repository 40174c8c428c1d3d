// Runs the analyzer of the cisco family as the engine does: chunks of lines, reports, restarts.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cisco } from '../../src/families/cisco/index.ts';
import type { Analyzer, JsonValue } from '../../src/model/family.ts';
import { noReceiverCounters } from '../../src/model/receiver.ts';
import type { ReceiverCounters } from '../../src/model/receiver.ts';
import { CollectingSink, chunkOf, logFile } from './collecting-sink.ts';
import { startMs, twoSites } from './cisco-log.ts';

/** One point of a sink, taken apart. */
export interface SeenPoint {
  readonly measurement: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly fields: Readonly<Record<string, number | string>>;
  /** Seconds after the start of `line`. */
  readonly at: number;
}

/** A running source. */
export class LiveSource {
  sink = new CollectingSink();
  #analyzer: Analyzer;
  readonly #make: () => Promise<Analyzer>;

  private constructor(analyzer: Analyzer, make: () => Promise<Analyzer>) {
    this.#analyzer = analyzer;
    this.#make = make;
  }

  static async start(topology: string = twoSites, options: Record<string, unknown> = {}): Promise<LiveSource> {
    const make = async (): Promise<Analyzer> => {
      const directory = mkdtempSync(join(tmpdir(), 'switchboard-cisco-'));
      try {
        const path = join(directory, 'topology.yaml');
        writeFileSync(path, topology);
        const parsed = (await cisco.options()).parse({ topology: path, ...options });
        return await cisco.createAnalyzer({ options: parsed, timezone: 'UTC', host: 'noc' });
      } finally {
        rmSync(directory, { recursive: true, force: true });
      }
    };
    return new LiveSource(await make(), make);
  }

  /** Reads lines as one chunk. */
  feed(...lines: readonly string[]): this {
    const bytes = Buffer.from(lines.map((text) => `${text}\n`).join(''));
    this.#analyzer.lines(chunkOf(bytes, logFile('syslog.log', startMs)), this.sink);
    return this;
  }

  /** Time passes without lines, to so many seconds after the start. */
  idle(seconds: number): this {
    this.#analyzer.idle?.(startMs + seconds * 1000, this.sink);
    return this;
  }

  /** The input ends. */
  finish(): this {
    this.#analyzer.finish?.(this.sink);
    return this;
  }

  /** Another process goes on with the state. */
  async restart(): Promise<this> {
    const state = JSON.parse(JSON.stringify(this.#analyzer.snapshot())) as JsonValue;
    this.#analyzer = await this.#make();
    this.#analyzer.restore(state);
    return this;
  }

  /** The points of one report. */
  report(seconds: number, received?: Partial<ReceiverCounters>): readonly SeenPoint[] {
    const sink = new CollectingSink();
    this.#analyzer.report?.(
      {
        nowMs: startMs + seconds * 1000,
        newestEventMs: startMs,
        linesRead: 0,
        bytesRead: 0,
        matched: 0,
        filesOpened: 1,
        files: [],
        reasons: new Map<string, number>(),
        received: received && { ...noReceiverCounters(), ...received },
      },
      sink,
    );
    return sink.points().map(taken);
  }

  /** The points of one measurement so far, in order of time. */
  points(measurement: string): readonly SeenPoint[] {
    return pointsOf(this.sink, measurement);
  }
}

/** The points of one measurement in a sink, in order of time. */
export function pointsOf(sink: CollectingSink, measurement: string): readonly SeenPoint[] {
  return sink
    .points()
    .map(taken)
    .filter((point) => point.measurement === measurement)
    .toSorted((one, other) => one.at - other.at);
}

function taken(line: string): SeenPoint {
  const found = /^([^,]+),((?:\\.|[^ \\])*) (.*) (\d+)$/.exec(line);
  const [, measurement = '', tags = '', fields = '', time = '0'] = found ?? [];
  const plain = (text: string): string => text.replace(/\\(.)/g, '$1');
  return {
    measurement,
    tags: Object.fromEntries(
      [...tags.matchAll(/([a-z_]+)=((?:\\.|[^,\\])*)/g)]
        .map(([, name = '', value = '']) => [name, plain(value)] as const)
        .filter(([name]) => name !== 'host' && name !== 'instance'),
    ),
    fields: Object.fromEntries(
      [...fields.matchAll(/([a-z_]+)=("(?:\\.|[^"\\])*"|[^,]*)/g)].map(([, name = '', value = '']) => [
        name,
        value.startsWith('"') ? plain(value.slice(1, -1)) : Number(value.replace(/i$/, '')),
      ]),
    ),
    at: (Number(time) - startMs) / 1000,
  };
}
