// Runs a follower against a writer that rotates its log, in an order of steps drawn from a seed, with commits, crashes
// and restarts, and compares what was committed with what was written.
import { setImmediate } from 'node:timers/promises';
import type { Clock } from '../../src/model/clock.ts';
import type { FollowOptions, PositionChange } from '../../src/engine/follow.ts';
import { randomFrom } from './ecs-writer.ts';
import { LogCollector } from './log-collector.ts';
import { SimulatedFiles } from './simulated-files.ts';
import type { FileSystemKind } from './simulated-files.ts';
import { SimulatedWriter } from './simulated-writer.ts';
import type { WriterPlan } from './simulated-writer.ts';

const graceMs = 2000;
const quietRounds = 6;
const maxRounds = 200;

/** What was drawn for a run. */
export interface Plan {
  readonly fileSystem: FileSystemKind;
  readonly writer: WriterPlan;
  /** The rotated names match the configured path. */
  readonly matchesRotated: boolean;
  readonly isNameOrdered: boolean;
  readonly maxOpenFiles: number;
  /** Chance that the writer does something between two steps of the follower. */
  readonly interleave: number;
  readonly steps: number;
}

/** What went wrong, with everything to understand it. */
export interface Failure {
  readonly what: string;
  readonly plan: Plan;
  readonly trace: readonly string[];
}

/** The plan of a seed. */
export function planOf(seed: number): Plan {
  const random = randomFrom(seed);
  const pick = <T>(...choices: readonly [T, ...T[]]): T => choices[Math.floor(random() * choices.length)] ?? choices[0];
  const rotation = pick('rename', 'rename', 'copytruncate', 'names');
  return {
    fileSystem: {
      inodes: pick('lowest-free', 'last-freed', 'never-again'),
      hasBirthTimes: pick(true, true, false),
    },
    writer: {
      rotation,
      generations: pick(1, 2, 3, 5, 9),
      compressFrom: pick(0, 0, 1, 2),
      rotateChance: pick(0.05, 0.15, 0.4),
      maxLines: pick(1, 3, 20),
      maxLetters: pick(2, 60, 500),
      bannerBytes: pick(0, 0, 0, 40, 5000),
    },
    matchesRotated: pick(true, false),
    isNameOrdered: rotation === 'names' && pick(true, false),
    maxOpenFiles: pick(1, 2, 512, 512),
    interleave: pick(0, 0.02, 0.1, 0.4),
    steps: pick(10, 30, 100),
  };
}

/** Runs the seed's schedule, or only its first `limit` steps; gives what went wrong, if anything did. */
export async function runModel(seed: number, limit = Infinity): Promise<Failure | undefined> {
  const plan = planOf(seed);
  const random = randomFrom(seed + 1_000_003);
  const files = new SimulatedFiles(plan.fileSystem);
  const clock: Clock = { now: () => files.nowMs, monotonic: () => files.nowMs };
  const committed = new Set<string>();
  const areCommitted = (lines: readonly string[]): boolean => lines.every((line) => committed.has(line));
  const writer = new SimulatedWriter(
    files,
    plan.writer,
    {
      areCommitted,
      mayRotate: () => hasBegun,
      mayTruncate: (lines) => lines.length > 0 && (plan.matchesRotated || lines.some((line) => committed.has(line))),
    },
    random,
  );
  const wrong: string[] = [];
  let hasBegun = false;
  let positions: PositionChange[] = [];
  const start = (): { collector: LogCollector; kill: () => void } => {
    const process = files.process();
    const options: Partial<FollowOptions> = {
      chunkBytes: 4096,
      graceMs,
      isNameOrdered: plan.isNameOrdered,
      maxOpenFiles: plan.maxOpenFiles,
    };
    const pattern = plan.matchesRotated && plan.writer.rotation !== 'names' ? `${writer.pattern}*` : writer.pattern;
    return { collector: new LogCollector([pattern], options, positions, clock, process), kill: () => process.kill() };
  };
  let running = start();
  const commit = (): void => {
    const { collector } = running;
    for (const line of collector.lines) {
      if (line.startsWith('=')) continue;
      if (committed.has(line)) wrong.push(`twice: ${line.slice(0, 40)}`);
      else if (!writer.ledger.has(line)) wrong.push(`never written: ${line.slice(0, 40)}`);
      committed.add(line);
    }
    if (collector.lines.length > 0) files.note(`  commit of ${briefly(collector.lines)}`);
    collector.lines.length = 0;
    for (const { type, path, detail } of collector.events.splice(0)) files.note(`  ${type} ${path}: ${detail}`);
    positions = collector.commit();
  };
  const advance = (ms: number): void => {
    while ((writer.lingersSinceMs ?? Infinity) + graceMs / 2 < files.nowMs) writer.step();
    files.nowMs += ms;
  };
  const restart = async (isClean: boolean): Promise<void> => {
    if (isClean) {
      commit();
      await running.collector.follower.close();
    }
    running.kill();
    files.note(isClean ? '  restart' : '  crash');
    running = start();
  };
  // What was rotated away before the source has ever run is not promised.
  for (let count = Math.floor(random() * 4); count > 0; count--) writer.step();
  await running.collector.drain();
  commit();
  hasBegun = true;
  files.between = () => {
    if (random() < plan.interleave) writer.step();
  };
  for (let step = 0; step < Math.min(plan.steps, limit) && wrong.length === 0; step++) {
    const chance = random();
    if (chance < 0.25) for (let count = 1 + Math.floor(random() * 20); count > 0; count--) writer.step();
    else if (chance < 0.4)
      for (let count = 1 + Math.floor(random() * 6); count > 0; count--) await running.collector.step();
    else if (chance < 0.55) for (let count = 100; count > 0 && (await running.collector.step()); count--);
    else if (chance < 0.7) commit();
    else if (chance < 0.78) await restart(false);
    else if (chance < 0.82) await restart(true);
    else if (chance < 0.85) await running.collector.follower.look();
    else advance(random() < 0.8 ? random() * 15 : random() * 400);
  }
  files.between = () => undefined;
  files.note('  the end');
  if (wrong.length === 0) writer.finish();
  for (let round = 0, quiet = 0; round < maxRounds && quiet < quietRounds && wrong.length === 0; round++) {
    await running.collector.drain();
    commit();
    files.nowMs += 15;
    quiet = areCommitted([...writer.ledger]) ? quiet + 1 : 0;
    if (round % 20 === 19) {
      files.nowMs += graceMs;
      await setImmediate();
    }
  }
  await running.collector.follower.close();
  const lost = [...writer.ledger].filter((line) => !committed.has(line));
  if (lost.length > 0 && wrong.length === 0) wrong.push(`lost: ${briefly(lost)}; there are ${files.names.join(' ')}`);
  if (process.env['SWITCHBOARD_TRACE'] !== undefined) {
    for (const { key, position } of positions) files.note(`  position ${key}: ${JSON.stringify(position)}`);
  }
  return wrong.length === 0 ? undefined : { what: wrong.slice(0, 5).join('; '), plan, trace: files.trace };
}

/** The numbers of lines. */
function briefly(lines: readonly string[]): string {
  const numbers = lines.map((line) => Number.parseInt(line, 10)).filter((number) => !Number.isNaN(number));
  return numbers.length < 8 ? numbers.join(' ') : `${numbers[0]} to ${numbers.at(-1)} (${numbers.length})`;
}

/** The failure of a seed with as few steps as the same failure kind needs; undefined when it does not fail. */
export async function shrunk(seed: number): Promise<(Failure & { readonly steps: number }) | undefined> {
  const whole = await runModel(seed);
  if (!whole) return undefined;
  for (let steps = 0; steps < whole.plan.steps; steps++) {
    const failure = await runModel(seed, steps);
    if (failure) return { ...failure, steps };
  }
  return { ...whole, steps: whole.plan.steps };
}
