// Writes a large ecs log for benchmarks: mixed lines of which 2 % are denials, the same for the same seed.
// npx tsx bench/generate-ecs.ts FILE [GIGABYTES=1] [SEED=1]
import { closeSync, openSync, writeSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ecsSeconds } from '../src/demo/ecs-lines.ts';

/** What was written: `denials` is the sum over `byEvent`. */
export interface GeneratedLog {
  readonly bytes: number;
  readonly lines: number;
  readonly denials: number;
  readonly byEvent: Readonly<Record<string, number>>;
}

/** Time of the first line, and about how long a log is: its lines per second follow from its size. */
const startMs = Date.UTC(2026, 0, 12, 8);
const lengthSeconds = 7200;
/** Mean length of a line, and mean load of those two hours. */
const bytesPerLine = 345;
const meanLoad = 0.72;
const flushBytes = 4 * 1024 * 1024;

/** Writes whole lines to `path` until it has at least `bytes` bytes; stamps are in UTC and only ever grow. */
export function generateEcsLog(path: string, bytes: number, seed = 1): GeneratedLog {
  // Two thirds of the events are denials.
  const shareOfDenials = 0.02;
  const linesPerSecond = Math.max(100, Math.ceil(bytes / bytesPerLine / lengthSeconds / meanLoad));
  const make = ecsSeconds({
    seed,
    speed: 1,
    hasIncidents: false,
    eventsPerSecond: linesPerSecond * shareOfDenials * 1.5,
    fillerPerSecond: linesPerSecond * (1 - shareOfDenials * 1.5),
    mstShare: 0.3,
  });
  const byEvent: Record<string, number> = {};
  const file = openSync(path, 'w');
  let written = 0;
  let lines = 0;
  let pending = '';
  const flush = (): void => {
    const chunk = Buffer.from(pending, 'latin1');
    for (let done = 0; done < chunk.length;) done += writeSync(file, chunk, done);
    pending = '';
  };
  try {
    for (let second = 0; written < bytes; second++) {
      const { text, lines: count, events } = make(startMs + second * 1000);
      pending += text;
      written += text.length;
      lines += count;
      for (const [name, number] of events) {
        const [kind, event = ''] = name.split(' ');
        if (kind === 'denial') byEvent[event] = (byEvent[event] ?? 0) + number;
      }
      if (pending.length > flushBytes) flush();
    }
    flush();
  } finally {
    closeSync(file);
  }
  const denials = Object.values(byEvent).reduce((sum, count) => sum + count, 0);
  return { bytes: written, lines, denials, byEvent };
}

if (resolve(process.argv[1] ?? '') === fileURLToPath(import.meta.url)) {
  const [path, gigabytes = '1', seed = '1'] = process.argv.slice(2);
  if (path === undefined) {
    process.stderr.write('usage: generate-ecs.ts FILE [GIGABYTES=1] [SEED=1]\n');
    process.exitCode = 2;
  } else {
    process.stdout.write(`${JSON.stringify(generateEcsLog(path, Number(gigabytes) * 1e9, Number(seed)))}\n`);
  }
}
