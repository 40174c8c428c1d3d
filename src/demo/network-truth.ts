// What really happened in the simulated network, and what a perfect reader of its log would report: the rules of cisco 10,
// 15.3 and 17, written a second time and on purpose without a look at the reader.
import type { NetworkPlan, SitePlan } from './network-plan.ts';
import type { MessageBook } from './network-transport.ts';

/** Failures of the primary shorter than this are drops, recoveries shorter than that are tries (cisco 10). */
const dropMs = 30_000;
const tryMs = 60_000;
/** A test takes less than this (cisco 15.3). */
const testMs = 180_000;
const dayMs = 86_400_000;
const minuteMs = 60_000;

/** Why a call was made. A failed test never carries anything. */
export type CallKind = 'backup' | 'test' | 'failed-test' | 'idle';

/** A call as it was. Times in epoch ms. */
export interface TrueCall {
  readonly kind: CallKind;
  readonly hub: string;
  readonly startMs: number;
  /** When it could carry traffic; undefined when it never could. */
  readonly protoMs: number | undefined;
  readonly endMs: number;
}

/** A stretch of time in one state. */
export interface TrueInterval {
  readonly fromMs: number;
  readonly toMs: number;
  readonly state: 'UP' | 'BACKUP' | 'DOWN';
}

/** The truth about one site. */
export interface SiteTruth {
  /** Milliseconds in each state, drops and tries charged. */
  readonly upMs: number;
  readonly backupMs: number;
  readonly downMs: number;
  /** The same as contiguous intervals. */
  readonly intervals: readonly TrueInterval[];
  /** Confirmed failures of the primary, those too short to count, recoveries too short to count, and all losses. */
  readonly failures: number;
  readonly drops: number;
  readonly tries: number;
  readonly flaps: number;
  /** Changes of primary and backup, for tolerances by the change. */
  readonly changes: number;
  /** Results of the backup tests of all windows that lie within the time, oldest first. */
  readonly tests: readonly { readonly fromMs: number; readonly isPass: boolean }[];
  readonly calls: readonly TrueCall[];
}

/** The truth about everything between two moments. */
export interface NetworkTruth {
  readonly fromMs: number;
  readonly toMs: number;
  readonly sites: Readonly<Record<string, SiteTruth>>;
  readonly reboots: readonly { readonly device: string; readonly atMs: number }[];
  readonly trunkHits: readonly { readonly trunk: string; readonly fromMs: number; readonly toMs: number }[];
  readonly unexpectedCallers: readonly { readonly site: string; readonly atMs: number; readonly number: string }[];
  /** By device, since the simulation began. */
  readonly messages: Readonly<Record<string, MessageBook>>;
}

interface Change {
  readonly timeMs: number;
  readonly isUp: boolean;
}

interface SiteBook {
  primary: Change[];
  backup: Change[];
  calls: TrueCall[];
}

/** Is told what happens, and tells it again. */
export class TruthBook {
  readonly #plan: NetworkPlan;
  readonly #sites: SiteBook[];
  #reboots: { device: string; atMs: number }[] = [];
  #hits: { trunk: string; fromMs: number; toMs: number }[] = [];
  #callers: { site: string; atMs: number; number: string }[] = [];

  constructor(plan: NetworkPlan) {
    this.#plan = plan;
    this.#sites = plan.sites.map(({ backup }) => ({
      primary: [{ timeMs: Number.NEGATIVE_INFINITY, isUp: true }],
      backup: [{ timeMs: Number.NEGATIVE_INFINITY, isUp: backup === 'tunnel' }],
      calls: [],
    }));
  }

  /** The primary of a site is lost or back. */
  primary(site: number, timeMs: number, isUp: boolean): void {
    this.#sites[site]?.primary.push({ timeMs, isUp });
  }

  /** The backup of a site can carry traffic, or cannot any more. */
  backup(site: number, timeMs: number, isUp: boolean): void {
    this.#sites[site]?.backup.push({ timeMs, isUp });
  }

  /** A call is over. */
  call(site: number, { kind, hub, startMs, protoMs, endMs }: TrueCall): void {
    this.#sites[site]?.calls.push({ kind, hub, startMs, protoMs, endMs });
  }

  /** A device goes off, to start again. */
  reboot(device: string, atMs: number): void {
    this.#reboots.push({ device, atMs });
  }

  /** A trunk works again. */
  trunkHit(trunk: string, fromMs: number, toMs: number): void {
    this.#hits.push({ trunk, fromMs, toMs });
  }

  /** A stranger dials in. */
  unexpectedCaller(site: string, atMs: number, number: string): void {
    this.#callers.push({ site, atMs, number });
  }

  /** Forgets what is older, so that a simulation may go on for ever. */
  forget(beforeMs: number): void {
    const newest = (list: readonly Change[]): Change[] => {
      const last = list.findLastIndex(({ timeMs }) => timeMs < beforeMs);
      return list.slice(Math.max(0, last));
    };
    for (const book of this.#sites) {
      book.primary = newest(book.primary);
      book.backup = newest(book.backup);
      book.calls = book.calls.filter(({ endMs }) => endMs >= beforeMs);
    }
    this.#reboots = this.#reboots.filter(({ atMs }) => atMs >= beforeMs);
    this.#hits = this.#hits.filter(({ toMs }) => toMs >= beforeMs);
    this.#callers = this.#callers.filter(({ atMs }) => atMs >= beforeMs);
  }

  /** Everything between two moments; what was under way at either end is cut there. */
  tell(fromMs: number, toMs: number, books: readonly MessageBook[]): NetworkTruth {
    const isWithin = ({ atMs }: { readonly atMs: number }): boolean => atMs >= fromMs && atMs <= toMs;
    const sites = this.#plan.sites.map((plan, index) => {
      const book = this.#sites[index] ?? { primary: [], backup: [], calls: [] };
      return [plan.name, siteTruth(plan, book, fromMs, toMs)] as const;
    });
    return {
      fromMs,
      toMs,
      sites: Object.fromEntries(sites),
      reboots: this.#reboots.filter(isWithin),
      trunkHits: this.#hits.filter((hit) => hit.toMs >= fromMs && hit.fromMs <= toMs),
      unexpectedCallers: this.#callers.filter(isWithin),
      messages: Object.fromEntries(
        this.#plan.devices.map(({ name, index }) => [name, { ...(books[index] as MessageBook) }] as const),
      ),
    };
  }
}

interface Piece {
  readonly fromMs: number;
  readonly toMs: number;
  readonly isUp: boolean;
}

/** States between the two moments, without empty ones. */
function pieces(changes: readonly Change[], fromMs: number, toMs: number): readonly Piece[] {
  const list: Piece[] = [];
  changes.forEach(({ timeMs, isUp }, index) => {
    const from = Math.max(fromMs, timeMs);
    const to = Math.min(toMs, changes[index + 1]?.timeMs ?? toMs);
    if (to > from) list.push({ fromMs: from, toMs: to, isUp });
  });
  return list;
}

function siteTruth(plan: SitePlan, book: SiteBook, fromMs: number, toMs: number): SiteTruth {
  const primary = pieces(book.primary, fromMs, toMs);
  const backup = pieces(book.backup, fromMs, toMs);
  let [isConfirmedUp, failures, drops, tries, flaps] = [primary[0]?.isUp ?? true, 0, 0, 0, 0];
  const credited: Piece[] = [];
  primary.forEach((piece, index) => {
    const isOpen = index === 0 || index === primary.length - 1;
    const isShort = piece.toMs - piece.fromMs < (piece.isUp ? tryMs : dropMs);
    if (!piece.isUp && index > 0) flaps++;
    if (piece.isUp !== isConfirmedUp) {
      if (isShort && !isOpen) {
        if (piece.isUp) tries++;
        else drops++;
      } else {
        isConfirmedUp = piece.isUp;
        if (!piece.isUp) failures++;
      }
    }
    // A drop is charged although the site counts as up; a try is not credited.
    credited.push({ ...piece, isUp: piece.isUp && isConfirmedUp });
  });
  const intervals: TrueInterval[] = [];
  const put = (from: number, to: number, state: TrueInterval['state']): void => {
    const last = intervals.at(-1);
    if (last?.state === state) intervals[intervals.length - 1] = { ...last, toMs: to };
    else intervals.push({ fromMs: from, toMs: to, state });
  };
  for (const piece of credited) {
    if (piece.isUp) put(piece.fromMs, piece.toMs, 'UP');
    else {
      for (const part of backup) {
        const from = Math.max(part.fromMs, piece.fromMs);
        const to = Math.min(part.toMs, piece.toMs);
        if (to > from) put(from, to, part.isUp ? 'BACKUP' : 'DOWN');
      }
    }
  }
  const sum = (state: TrueInterval['state']): number =>
    intervals.reduce((total, each) => total + (each.state === state ? each.toMs - each.fromMs : 0), 0);
  return {
    upMs: sum('UP'),
    backupMs: sum('BACKUP'),
    downMs: sum('DOWN'),
    intervals,
    failures,
    drops,
    tries,
    flaps,
    changes: primary.length + backup.length - 2,
    tests: testsOf(plan, book, primary, fromMs, toMs),
    calls: book.calls.filter(({ startMs, endMs }) => endMs >= fromMs && startMs <= toMs),
  };
}

/** The first call of a site in its daily window is the test (cisco 15.3). */
function testsOf(
  { testWindow }: SitePlan,
  { calls }: SiteBook,
  primary: readonly Piece[],
  fromMs: number,
  toMs: number,
): SiteTruth['tests'] {
  if (!testWindow) return [];
  const tests: { fromMs: number; isPass: boolean }[] = [];
  for (let day = Math.floor(fromMs / dayMs) - 1; day * dayMs < toMs; day++) {
    const opensMs = day * dayMs + testWindow.fromMinute * minuteMs;
    const closesMs = day * dayMs + testWindow.toMinute * minuteMs;
    if (opensMs < fromMs || closesMs > toMs) continue;
    const call = calls.find(({ startMs }) => startMs >= opensMs && startMs < closesMs);
    const isPrimaryUp = primary.some(
      (piece) => call && piece.isUp && piece.fromMs <= call.startMs && call.startMs < piece.toMs,
    );
    const isPass =
      call !== undefined && isPrimaryUp && call.protoMs !== undefined && call.endMs - call.startMs < testMs;
    tests.push({ fromMs: opensMs, isPass });
  }
  return tests;
}
