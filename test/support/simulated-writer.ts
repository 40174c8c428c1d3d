// Writes a log in a simulated folder and rotates it in one of the usual ways, one system call at a time, and keeps the
// ledger of its lines. It never deletes what `isSafe` does not allow.
import { gzipSync } from 'node:zlib';
import type { SimulatedFile, SimulatedFiles } from './simulated-files.ts';

/** How a log is written and rotated. */
export interface WriterPlan {
  /** Renaming to `.1`, copying to `.1` and truncating, or a new dated name each time. */
  readonly rotation: 'rename' | 'copytruncate' | 'names';
  /** How many rotated generations are kept. */
  readonly generations: number;
  /** The generation from which on they are compressed; 0: none. */
  readonly compressFrom: number;
  /** Chance of a rotation in a round. */
  readonly rotateChance: number;
  /** The most lines of one write, and the most letters of a line. */
  readonly maxLines: number;
  readonly maxLetters: number;
  /** Every file begins with the same bytes. */
  readonly bannerBytes: number;
}

/** What the writer must know of the reader. */
export interface WriterRules {
  /** All these lines are committed, so their file may be deleted. */
  areCommitted(lines: readonly string[]): boolean;
  /** The log may be rotated at all. */
  mayRotate(): boolean;
  /** The log may be copied and truncated now. */
  mayTruncate(lines: readonly string[]): boolean;
}

const zipped = /\.gz$/;

/** One log under a writer's hands. */
export class SimulatedWriter {
  /** Complete lines without their line feed. */
  readonly ledger = new Set<string>();
  rotations = 0;
  readonly #files: SimulatedFiles;
  readonly #plan: WriterPlan;
  readonly #rules: WriterRules;
  readonly #random: () => number;
  readonly #lines = new Map<SimulatedFile, string[]>();
  readonly #steps: Generator<undefined, never>;
  #file: SimulatedFile;
  #name: string;
  /** An old file that is still written to, and since when. */
  #old: { readonly file: SimulatedFile; readonly sinceMs: number; writes: number } | undefined;
  #torn: { readonly file: SimulatedFile; readonly line: string; readonly rest: string } | undefined;
  #count = 0;
  #isEnding = false;
  #isIdle = false;

  constructor(files: SimulatedFiles, plan: WriterPlan, rules: WriterRules, random: () => number) {
    this.#files = files;
    this.#plan = plan;
    this.#rules = rules;
    this.#random = random;
    this.#name = this.#newName();
    this.#file = this.#create();
    this.#steps = this.#run();
  }

  /** What to follow: the log, or the pattern of its names. */
  get pattern(): string {
    return `${this.#files.folder}/${this.#plan.rotation === 'names' ? '20*' : 'app.log'}`;
  }

  /** One system call. */
  step(): void {
    this.#files.nowMs += this.#random() * 0.4;
    this.#steps.next();
  }

  /** Since when an old file is still being written to. */
  get lingersSinceMs(): number | undefined {
    return this.#old?.sinceMs;
  }

  /** Ends everything that is under way. */
  finish(): void {
    this.#isEnding = true;
    while (!this.#isIdle) this.step();
  }

  *#run(): Generator<undefined, never> {
    for (;;) {
      this.#isIdle = false;
      if (this.#old && (this.#old.writes === 0 || this.#isEnding)) yield* this.#leaveOld();
      if (this.#isEnding) {
        this.#mend();
        this.#isIdle = true;
        yield;
        continue;
      }
      const chance = this.#random();
      if (chance < this.#plan.rotateChance) yield* this.#rotate();
      else if (chance < this.#plan.rotateChance + 0.1) yield* this.#compress();
      else this.#write();
      yield;
    }
  }

  #write(): void {
    const file = this.#old?.file ?? this.#file;
    if (this.#old) this.#old.writes--;
    let text = this.#mended(file);
    for (let count = 1 + Math.floor(this.#random() * this.#plan.maxLines); count > 0; count--) {
      const line = this.#line();
      this.#enter(file, line);
      text += `${line}\n`;
    }
    if (this.#random() < 0.3) {
      const line = this.#line();
      const cut = 1 + Math.floor(this.#random() * (line.length - 1));
      text += line.slice(0, cut);
      this.#torn = { file, line, rest: line.slice(cut) };
    }
    this.#files.append(file, Buffer.from(text));
    this.#files.note(`  up to line ${this.#count}`);
  }

  #line(): string {
    return `${++this.#count}${'.'.repeat(this.#random() * this.#plan.maxLetters)}/`;
  }

  #enter(file: SimulatedFile, line: string): void {
    this.ledger.add(line);
    const lines = this.#lines.get(file) ?? [];
    lines.push(line);
    this.#lines.set(file, lines);
  }

  /** The rest of a torn line, if it belongs to this file. */
  #mended(file: SimulatedFile): string {
    const torn = this.#torn;
    if (torn?.file !== file) return '';
    this.#torn = undefined;
    this.#enter(file, torn.line);
    return `${torn.rest}\n`;
  }

  #mend(): void {
    const file = this.#torn?.file;
    if (file) this.#files.append(file, Buffer.from(this.#mended(file)));
  }

  *#leaveOld(): Generator<undefined, void> {
    const old = this.#old;
    if (!old) return;
    if (this.#torn) {
      this.#mend();
      yield;
    }
    this.#old = undefined;
    this.#files.close(old.file);
  }

  *#rotate(): Generator<undefined, void> {
    if (!this.#rules.mayRotate()) return;
    if (this.#old) yield* this.#leaveOld();
    if (this.#plan.rotation === 'copytruncate') {
      this.#mend();
      if (!this.#rules.mayTruncate(this.#linesOf(this.#file))) return;
    }
    if (!(yield* this.#shift())) return;
    this.rotations++;
    if (this.#plan.rotation === 'copytruncate') yield* this.#copyAndTruncate();
    else {
      const old = this.#file;
      if (this.#plan.rotation === 'rename') {
        this.#files.rename('app.log', 'app.log.1');
        yield;
      } else this.#name = this.#newName();
      this.#file = this.#create();
      const writes = this.#random() < 0.4 ? Math.floor(this.#random() * 4) : 0;
      this.#old = { file: old, sinceMs: this.#files.nowMs, writes };
      if (writes === 0 && !this.#torn) yield* this.#leaveOld();
    }
  }

  *#copyAndTruncate(): Generator<undefined, void> {
    const copy = this.#files.create('app.log.1');
    yield;
    const { content } = this.#file;
    const part = this.#random() < 0.5 ? content.length : Math.floor(this.#random() * content.length);
    this.#files.append(copy, content.subarray(0, part));
    if (part < content.length) {
      yield;
      this.#files.append(copy, content.subarray(part));
    }
    this.#lines.set(copy, this.#linesOf(this.#file));
    this.#files.close(copy);
    yield;
    this.#files.truncate(this.#file);
    this.#lines.set(this.#file, []);
    if (this.#plan.bannerBytes > 0) {
      yield;
      this.#banner(this.#file);
    }
  }

  /** Makes room for a new generation; false when the oldest must not be deleted yet. */
  *#shift(): Generator<undefined, boolean> {
    const { generations, rotation } = this.#plan;
    if (rotation === 'names') {
      const old = this.#files.names.filter((name) => name !== this.#name);
      const excess = old.slice(0, Math.max(0, old.length + 1 - generations));
      for (const name of excess) {
        if (!this.#isSafe(name)) return false;
        this.#files.remove(name);
        yield;
      }
      return true;
    }
    const ends = ['', '.gz'];
    const oldest = ends.map((end) => `app.log.${generations}${end}`).find((name) => this.#files.at(name));
    if (oldest !== undefined) {
      if (!this.#isSafe(oldest)) return false;
      // Half of the systems delete the oldest first, the others rename over it.
      const next = ends.map((end) => oldest.replace(/\d+(\.gz)?$/, `${generations - 1}${end}`));
      if (this.#random() < 0.5 || generations === 1 || !next.some((name) => this.#files.at(name))) {
        this.#files.remove(oldest);
        yield;
      }
    }
    for (let number = generations - 1; number >= 1; number--) {
      for (const end of ends) {
        if (!this.#files.at(`app.log.${number}${end}`)) continue;
        const isOther = ends.find((other) => other !== end && this.#files.at(`app.log.${number + 1}${other}`));
        if (isOther !== undefined) this.#files.remove(`app.log.${number + 1}${isOther}`);
        this.#files.rename(`app.log.${number}${end}`, `app.log.${number + 1}${end}`);
        yield;
      }
    }
    return true;
  }

  *#compress(): Generator<undefined, void> {
    if (this.#plan.compressFrom === 0) return;
    const old = this.#files.names.filter((name) => name !== this.#name && name !== 'app.log');
    const name = old.find((each) => !zipped.test(each) && this.#isOldEnough(each));
    const file = name === undefined ? undefined : this.#files.at(name);
    if (name === undefined || !file || file === this.#old?.file || file === this.#torn?.file) return;
    const bytes = gzipSync(file.content);
    const archive = this.#files.create(`${name}.gz`);
    this.#lines.set(archive, this.#linesOf(file));
    yield;
    const part = this.#random() < 0.5 ? bytes.length : Math.floor(this.#random() * bytes.length);
    this.#files.append(archive, bytes.subarray(0, part));
    if (part < bytes.length) {
      yield;
      this.#files.append(archive, bytes.subarray(part));
    }
    yield;
    if (this.#random() < 0.7) this.#files.setModified(archive, file.mtimeMs);
    this.#files.close(archive);
    yield;
    this.#files.remove(name);
  }

  #isOldEnough(name: string): boolean {
    if (this.#plan.rotation === 'names') return true;
    return Number(/\d+$/.exec(name)?.[0]) >= this.#plan.compressFrom;
  }

  #isSafe(name: string): boolean {
    const file = this.#files.at(name);
    if (!file || file === this.#old?.file || file === this.#torn?.file) return false;
    return this.#rules.areCommitted(this.#linesOf(file));
  }

  #linesOf(file: SimulatedFile): string[] {
    return this.#lines.get(file) ?? [];
  }

  #create(): SimulatedFile {
    const file = this.#files.create(this.#name);
    this.#lines.set(file, []);
    if (this.#plan.bannerBytes > 0) this.#banner(file);
    return file;
  }

  #banner(file: SimulatedFile): void {
    this.#files.append(file, Buffer.from(`${'='.repeat(this.#plan.bannerBytes - 1)}\n`));
  }

  #newName(): string {
    if (this.#plan.rotation !== 'names') return 'app.log';
    return `2026-0101-${String(100_000 + this.rotations)}`;
  }
}
