// One output's spool: committed points that it has not taken yet. Hands them out in order, remembers durably how far
// the output has come, and accounts for every point; it sends nothing itself. Above 300 lines, because handing out,
// dropping and accounting move the same few places and must be read together.
import type { Clock } from '../model/clock.ts';
import { messageOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { Bell } from './bell.ts';
import { CursorFile, cursorPath } from './cursor.ts';
import type { Cursor, Place } from './cursor.ts';
import { Drops } from './drops.ts';
import type { Files } from './durable.ts';
import { SpoolReader, startOf } from './spool-reader.ts';
import type { JournalView } from './spool-reader.ts';

/** After a loss of power a resend is harmless for at-least-once, so its cursor is made durable only so often. */
const cursorSyncMs = 1000;
/** Dropping has ended when the spool is filled by less than this share. */
const relaxedShare = 0.9;

/** What a spool is made from. */
export interface SpoolOptions {
  readonly name: string;
  readonly values: 'absolute' | 'delta';
  readonly directory: string;
  readonly limitBytes: number;
  readonly files: Files;
  readonly clock: Clock;
  readonly log: Log;
}

/** What the journal is to a spool. */
export interface SpoolHost extends JournalView {
  /** Something was delivered or dropped: there may be room, and segments may be free. */
  moved(): void;
}

/** Some points in the order of their commits. */
export interface SpooledBatch {
  /** Whole lines of line protocol. */
  readonly lines: Buffer;
  readonly points: number;
}

/** Points and bytes of an output now. `accepted + refused + spooled` is everything committed for it. */
export interface SpoolTotals {
  readonly accepted: number;
  /** Refused by the output, dropped because the spool was full, or lost by damage to the spool; all are logged. */
  readonly refused: number;
  readonly spooled: number;
  readonly spoolBytes: number;
  readonly limitBytes: number;
  /** When the oldest spooled commit was made, epoch milliseconds; undefined when nothing is spooled. */
  readonly oldestMs: number | undefined;
}

/** The spool of one output. One reader takes from it; the journal calls `committed` and `dropToLimit`. */
export class Spool {
  readonly #options: SpoolOptions;
  readonly #host: SpoolHost;
  readonly #reader: SpoolReader;
  readonly #file: CursorFile;
  readonly #drops: Drops;
  readonly #filled = new Bell();
  /** Everything before this place is accepted or refused. */
  #place: Place;
  #accepted: number;
  #refused: number;
  /** What was handed out and is not done. */
  #claim: { readonly to: Place; readonly batch: SpooledBatch; readonly lost: number } | undefined;
  /** What was dropped right behind the claim: where reading goes on. */
  #ahead: { readonly to: Place; readonly points: number } | undefined;
  #sent: Place | undefined;
  #oldestMs: number | undefined;
  #isKnown: boolean;
  #hasFault = false;
  #syncedMs = Number.NEGATIVE_INFINITY;
  #durableSegment: number;
  #turn: Promise<unknown> = Promise.resolve();

  /**
   * Opens the spool of an output where it was left. An output that was not known before begins at the end. `damage`
   * says in words when the cursor tells of more than the journal has, or cannot be read.
   */
  static async open(
    options: SpoolOptions,
    host: SpoolHost,
  ): Promise<{ readonly spool: Spool; readonly damage: string | undefined }> {
    const file = new CursorFile(options.files, cursorPath(options.directory, options.name));
    const read = await file.load();
    if (read === 'absent') {
      return { spool: new Spool(options, host, file, beginning(host.end()), false), damage: undefined };
    }
    if (read === 'damaged') {
      // Writing absolute values again does no harm, adding deltas again does.
      const oldest = host.segmentFrom(0);
      const place = options.values === 'absolute' && oldest ? startOf(oldest) : host.end();
      const damage = `how far output ${options.name} had come is not known any more`;
      return { spool: new Spool(options, host, file, beginning(place), false), damage };
    }
    const { cursor, isBeyond } = located(settled(read, options), host);
    // A cursor that was moved back is written anew before the next commit can grow the journal past its old place.
    const damage = isBeyond ? `commits that output ${options.name} had already taken are gone` : undefined;
    return { spool: new Spool(options, host, file, cursor, !isBeyond), damage };
  }

  private constructor(options: SpoolOptions, host: SpoolHost, file: CursorFile, cursor: Cursor, isKnown: boolean) {
    this.#options = options;
    this.#host = host;
    this.#reader = new SpoolReader(options, host);
    this.#file = file;
    this.#drops = new Drops(options.name, options.log);
    this.#place = cursor.delivered;
    this.#accepted = cursor.accepted;
    this.#refused = cursor.refused;
    this.#isKnown = isKnown;
    this.#durableSegment = cursor.delivered.segment;
  }

  /** The segment in which the output is for sure, also after a loss of power; those before it are not needed. */
  get durableSegment(): number {
    return this.#durableSegment;
  }

  /** Bytes of the journal that are kept for this output. */
  get bytes(): number {
    const skipped = this.#claim && this.#ahead ? this.#ahead.to.bytes - this.#claim.to.bytes : 0;
    return this.#host.end().bytes - this.#place.bytes - skipped;
  }

  totals(): SpoolTotals {
    const aheadPoints = this.#ahead?.points ?? 0;
    const spooled = this.#host.end().points - this.#place.points - aheadPoints;
    return {
      accepted: this.#accepted,
      refused: this.#refused + aheadPoints,
      spooled,
      spoolBytes: this.bytes,
      limitBytes: this.#options.limitBytes,
      oldestMs: spooled > 0 ? this.#oldestMs : undefined,
    };
  }

  /**
   * The oldest points not yet delivered: some commits joined up to the limits, or a part of a larger commit. The very
   * same batch until `delivered`; undefined when there is nothing. Throws the system's errors.
   */
  next(maxPoints: number, maxBytes: number): Promise<SpooledBatch | undefined> {
    return this.#exclusive(async () => {
      if (this.#claim) return this.#claim.batch;
      const { to, lines, points, lost, timeMs } = await this.#reader.stretch(this.#place, maxPoints, maxBytes);
      if (lines) {
        this.#oldestMs = timeMs;
        this.#claim = { to, lost, batch: { lines, points } };
        return this.#claim.batch;
      }
      // Commits without points for this output, or only lost ones: done without sending.
      if (to !== this.#place) this.#advance(to, 0, lost);
      return undefined;
    });
  }

  /** At most once: records durably, before it is sent, that the batch of `next` is not to be sent again. */
  markSent(): Promise<void> {
    return this.#exclusive(async () => {
      this.#sent = this.#claim?.to;
      await this.#save(true);
    });
  }

  /** Takes `markSent` back: it is certain that nothing of the batch was sent. */
  unmarkSent(): Promise<void> {
    return this.#exclusive(async () => {
      this.#sent = undefined;
      await this.#save(true);
    });
  }

  /** The batch of `next` is done: all of it was accepted but for `refused` points. Never throws. */
  delivered(refused: number): Promise<void> {
    return this.#exclusive(async () => {
      const claim = this.#claim;
      if (!claim) return;
      const ahead = this.#ahead;
      this.#claim = this.#ahead = this.#sent = undefined;
      this.#advance(claim.to, refused, claim.lost);
      if (ahead) this.#advance(ahead.to, 0, ahead.points);
      if (this.bytes < this.#options.limitBytes * relaxedShare) this.#drops.end();
      const isSyncDue = this.#options.clock.monotonic() - this.#syncedMs >= cursorSyncMs;
      // A cursor that cannot be written costs a resend at worst, so the delivery goes on.
      await this.#save(isSyncDue || this.#place.segment !== this.#durableSegment).catch(() => undefined);
    });
  }

  /** Resolves when there may be something to deliver, or the signal is aborted. */
  async whenFilled(signal: AbortSignal): Promise<void> {
    if (this.bytes === 0) await this.#filled.wait(signal);
  }

  /** Called by the journal after a commit that was made at `timeMs`. */
  committed(timeMs: number): void {
    this.#oldestMs ??= timeMs;
    this.#filled.ring();
  }

  /** Makes it durable that the output exists: the points of the next commit are then kept for it, whatever happens. */
  async makeKnown(): Promise<void> {
    if (!this.#isKnown) await this.#exclusive(() => this.#save(true));
  }

  /** The journal's folder was removed from outside: the cursor has to be written anew. */
  forgetFiles(): Promise<void> {
    return this.#exclusive(async () => {
      this.#isKnown = false;
      await this.#file.reset();
      await this.#reader.close();
    });
  }

  /** Drops the oldest points until the spool is within its limit. What is just being sent is not dropped. */
  dropToLimit(): Promise<void> {
    return this.#exclusive(async () => {
      const from = this.#ahead?.to ?? this.#claim?.to ?? this.#place;
      const excess = this.bytes - this.#options.limitBytes;
      let fromMs: number | undefined;
      let toMs = 0;
      let to = from;
      while (to.bytes - from.bytes < excess) {
        const step = await this.#reader.skip(to);
        if (!step) break;
        to = step.to;
        if (step.timeMs === undefined) continue;
        fromMs ??= step.timeMs;
        toMs = step.timeMs;
      }
      if (fromMs === undefined) return;
      const points = to.points - from.points;
      this.#drops.add(points, to.bytes - from.bytes, fromMs, toMs);
      if (this.#claim) this.#ahead = { to, points: (this.#ahead?.points ?? 0) + points };
      else {
        this.#advance(to, 0, points);
        await this.#save(true).catch(() => undefined);
      }
    });
  }

  /** Makes the cursor durable and closes the files. Never throws: what cannot be written costs a resend at worst. */
  close(): Promise<void> {
    return this.#exclusive(async () => {
      this.#drops.end();
      if (this.#isKnown) await this.#save(true).catch(() => undefined);
      await this.#reader.close().catch(() => undefined);
      await this.#file.close().catch(() => undefined);
    });
  }

  /** Moves on to `to`: of the points on the way `lost` were never sent and `refused` not taken. */
  #advance(to: Place, refused: number, lost: number): void {
    const usable = Math.max(0, to.points - this.#place.points - lost);
    // An output may name more refused lines than there were points; the sums must hold all the same.
    const refusedHere = Math.min(refused, usable);
    this.#accepted += usable - refusedHere;
    this.#refused += refusedHere + lost;
    this.#place = to;
    if (this.bytes === 0) this.#oldestMs = undefined;
    this.#host.moved();
  }

  async #save(isDurable: boolean): Promise<void> {
    const { name, clock, log } = this.#options;
    const delivered = this.#place;
    const cursor = { delivered, sent: this.#sent, accepted: this.#accepted, refused: this.#refused };
    try {
      await this.#file.save(cursor, isDurable);
    } catch (error) {
      const facts = { output: name, reason: messageOf(error) };
      if (!this.#hasFault) log.error('how far an output has come cannot be written', facts);
      this.#hasFault = true;
      throw error;
    }
    if (this.#hasFault) log.info('how far an output has come can be written again', { output: name });
    this.#hasFault = false;
    if (!isDurable) return;
    this.#syncedMs = clock.monotonic();
    this.#isKnown = true;
    if (this.#durableSegment === delivered.segment) return;
    this.#durableSegment = delivered.segment;
    this.#host.moved();
  }

  /** One after the other: a drop must not move what is just being read. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#turn.then(work);
    this.#turn = result.catch(() => undefined);
    return result;
  }
}

function beginning(delivered: Place): Cursor {
  return { delivered, sent: undefined, accepted: 0, refused: 0 };
}

/** What may have been sent before the end of the last process is not sent again. */
function settled(cursor: Cursor, { name, log }: SpoolOptions): Cursor {
  const { sent, delivered } = cursor;
  if (!sent) return cursor;
  const points = Math.max(0, sent.points - delivered.points);
  log.warn('it is not known whether the last points were taken; they are not sent again', { output: name, points });
  return { ...cursor, delivered: sent, sent: undefined, accepted: cursor.accepted + points };
}

/** Puts a cursor that points to what was set aside or cut off to the next place that exists. */
function located(cursor: Cursor, host: JournalView): { cursor: Cursor; isBeyond: boolean } {
  const { delivered } = cursor;
  const end = host.end();
  const segment = host.segmentFrom(delivered.segment);
  if (segment?.number === delivered.segment && delivered.offset <= segment.end) return { cursor, isBeyond: false };
  const following = segment?.number === delivered.segment ? host.segmentFrom(segment.number + 1) : segment;
  const place = following ? startOf(following) : end;
  // Points between the two that are not there any more are counted when the spool is read.
  if (place.points > delivered.points) return { cursor, isBeyond: false };
  return { cursor: { ...cursor, delivered: place }, isBeyond: delivered.points > place.points };
}
