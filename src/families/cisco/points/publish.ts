// The story of the network as points that corrections overwrite (cisco 20): buckets, changes of state, calls, tests, trunk
// failures, flaps. What was written is remembered, so that only what has changed is written again.
import type { JsonValue, SampleSink } from '../../../model/family.ts';
import { hourTags, WeekClock } from '../../../model/week-clock.ts';
import { testCalls, testResults } from '../inference/backup-tests.ts';
import { BucketBook } from './bucket-book.ts';
import { callUse } from '../inference/call-use.ts';
import { linkFlaps } from '../inference/link-flaps.ts';
import type { LinkEnds } from '../inference/link-ends.ts';
import {
  ciscoBackupTest,
  ciscoCall,
  ciscoFailureHourly,
  ciscoInconsistency,
  ciscoLinkFlap,
  ciscoServiceBucket,
  ciscoServiceTransition,
  ciscoTrunkHit,
} from '../metrics.ts';
import type { NetworkStory, ServiceStory } from '../inference/network.ts';
import { PointBook, putPoint } from './points.ts';
import type { CorrectedPoint } from './points.ts';
import { ReportClock } from '../reports/report-words.ts';
import { BucketWalk, bucketMs } from './service-buckets.ts';
import type { ServiceBucket } from './service-buckets.ts';
import { serviceState } from '../inference/service-timeline.ts';
import type { Topology } from '../topology/topology.ts';
import type { Zones } from '../grammar/zone-offsets.ts';

const hourMs = 3_600_000;
const dayMs = 24 * hourMs;
/** A test window is no longer than a day, so one that ends within it may have begun before what is kept. */
const longestWindowMs = dayMs;

/** When and how far a story is written. */
export interface PublishSpan {
  /** What is older will not change any more. */
  readonly finalMs: number;
  /** What is older has been forgotten: the story says nothing of it. */
  readonly forgottenMs: number;
  /** Test windows must have ended before it: later calls may still be waiting for an earlier record. */
  readonly settledMs: number;
}

/** Writes what has changed. */
export class Publisher {
  readonly #devices: ReadonlySet<string>;
  readonly #ends: LinkEnds;
  readonly #clock: ReportClock;
  readonly #week: WeekClock;
  readonly #buckets = new Map<string, BucketBook>();
  readonly #changes = new PointBook(ciscoServiceTransition);
  readonly #calls = new PointBook(ciscoCall, { duration_s: 0, idle_s: 0, active_s: 0, test: 0, open: 0 });
  readonly #tests = new PointBook(ciscoBackupTest);
  readonly #hits = new PointBook(ciscoTrunkHit, { circuits: 0, down_s: 0, open: 0 });
  readonly #flaps = new PointBook(ciscoLinkFlap, { flaps: 0, down_s: 0 });
  readonly #inconsistencies = new PointBook(ciscoInconsistency, { count: 0 });
  readonly #hours = new PointBook(ciscoFailureHourly, { failures: 0 });

  constructor(topology: Topology, zones: Zones, ends: LinkEnds) {
    this.#devices = new Set(topology.devices.map(({ name }) => name));
    this.#ends = ends;
    this.#clock = new ReportClock(zones, topology.timezone);
    this.#week = new WeekClock(topology.timezone);
  }

  /** Writes what has changed between the story's ends. */
  publish(story: NetworkStory, span: PublishSpan, sink: SampleSink): void {
    if (!(story.toMs > story.fromMs)) return;
    for (const service of story.services) this.#writeBuckets(service, story, span.finalMs, sink);
    const fromMs = story.fromMs;
    this.#changes.write(story.services.flatMap(changesOf), fromMs, sink);
    this.#calls.write(this.#callsOf(story, { ...story, toMs: span.settledMs }), fromMs, sink);
    this.#writeTests(story, span.settledMs, sink);
    this.#hits.write(story.hits.map(hitOf(story.toMs)), fromMs, sink);
    this.#flaps.write(linkFlaps(story, this.#ends), Math.floor(fromMs / bucketMs) * bucketMs, sink);
    this.#inconsistencies.write(story.services.flatMap(inconsistenciesOf), fromMs, sink);
    this.#writeHours(story, span.forgottenMs, sink);
    for (const book of [this.#changes, this.#calls, this.#hits, this.#flaps, this.#inconsistencies]) {
      book.forget(fromMs - bucketMs);
    }
    this.#hours.forget(fromMs - dayMs);
    // The result before the first that is kept still counts for failures in a row.
    this.#tests.forget(fromMs - 3 * dayMs);
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      buckets: [...this.#buckets].map(([id, book]) => [id, book.snapshot()]),
      books: this.#books().map((book) => book.snapshot()),
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as { buckets: [string, JsonValue][]; books: JsonValue[] };
    for (const [id, book] of kept.buckets) this.#bucketBook(id).restore(book);
    this.#books().forEach((book, index) => book.restore(kept.books[index] ?? null));
  }

  #books(): readonly { snapshot(): JsonValue; restore(state: JsonValue): void }[] {
    return [this.#changes, this.#calls, this.#tests, this.#hits, this.#flaps, this.#inconsistencies, this.#hours];
  }

  #bucketBook(id: string): BucketBook {
    let book = this.#buckets.get(id);
    if (!book) {
      book = new BucketBook();
      this.#buckets.set(id, book);
    }
    return book;
  }

  #writeBuckets(
    { service, timeline }: ServiceStory,
    { fromMs, toMs }: NetworkStory,
    finalMs: number,
    sink: SampleSink,
  ): void {
    const walk = new BucketWalk(timeline);
    const isFinal = (startMs: number): number => Number(startMs + bucketMs <= finalMs);
    const read = (number: number): readonly [content: string, bucket: ServiceBucket] => {
      const bucket = walk.next(number * bucketMs);
      return [isFinal(number * bucketMs) === 1 ? bucket.finalText : bucket.text, bucket];
    };
    const put = (number: number, { rev, bucket }: { readonly rev: number; readonly bucket: ServiceBucket }): void => {
      const { upMs, backupMs, downMs, unknownMs, failures, drops, tries, worst } = bucket;
      putPoint(sink, ciscoServiceBucket, [service.id, service.site], number * bucketMs, {
        up_s: upMs / 1000,
        backup_s: backupMs / 1000,
        down_s: downMs / 1000,
        unknown_s: unknownMs / 1000,
        failures,
        drops,
        tries,
        blips: drops + tries,
        available_s: (upMs + backupMs) / 1000,
        failed_s: (backupMs + downMs) / 1000,
        known_s: (upMs + backupMs + downMs) / 1000,
        worst,
        rev,
        final: isFinal(number * bucketMs),
      });
    };
    const last = Math.ceil(toMs / bucketMs) - 1;
    this.#bucketBook(service.id).write(Math.floor(fromMs / bucketMs), last, read, put);
  }

  #callsOf(story: NetworkStory, settled: NetworkStory): readonly CorrectedPoint<typeof ciscoCall>[] {
    const told = story.services.flatMap((service) => {
      const isTest = testCalls(service, this.#clock, settled);
      return service.calls.map((call): CorrectedPoint<typeof ciscoCall> => {
        const { startMs, endMs, lastedMs, hub } = call;
        const { idleMs, activeMs } = callUse(call, service.timeline);
        return {
          // A site that tells of a call alone names the other end as it likes.
          tags: [service.service.site, this.#devices.has(hub) ? hub : 'unknown'],
          timeMs: startMs,
          values: {
            duration_s: (lastedMs ?? (endMs ?? story.toMs) - startMs) / 1000,
            idle_s: idleMs / 1000,
            active_s: activeMs / 1000,
            test: Number(isTest.has(call)),
            open: Number(endMs === undefined),
          },
        };
      });
    });
    const untold = story.unattributed.map(({ device, startMs, endMs, lastedMs }): CorrectedPoint<typeof ciscoCall> => {
      const isOpen = Number.isNaN(endMs);
      const lengthMs = Number.isNaN(lastedMs) ? (isOpen ? story.toMs : endMs) - startMs : lastedMs;
      return {
        tags: ['unattributed', device],
        timeMs: startMs,
        values: { duration_s: lengthMs / 1000, idle_s: 0, active_s: 0, test: 0, open: Number(isOpen) },
      };
    });
    return [...told, ...untold];
  }

  #writeTests(story: NetworkStory, settledMs: number, sink: SampleSink): void {
    const span = { ...story, toMs: Math.min(settledMs, story.toMs) };
    const points = story.services.flatMap((service) => {
      const tags = [service.service.site];
      let failed: number | undefined;
      return testResults(service, this.#clock, span).map(
        ({ toMs, isPass, reason, call }): CorrectedPoint<typeof ciscoBackupTest> => {
          failed ??= Number(this.#tests.before(tags, toMs)?.['failed_in_row'] ?? 0);
          failed = isPass ? 0 : failed + 1;
          const lengthMs = call ? (call.lastedMs ?? (call.endMs ?? span.toMs) - call.startMs) : 0;
          return {
            tags,
            timeMs: toMs,
            values: {
              pass: Number(isPass),
              fail: Number(!isPass),
              failed_in_row: failed,
              duration_s: lengthMs / 1000,
              reason,
            },
          };
        },
      );
    });
    this.#tests.write(points, story.fromMs + longestWindowMs, sink);
  }

  #writeHours({ services, fromMs }: NetworkStory, forgottenMs: number, sink: SampleSink): void {
    const counts = new Map<number, number>();
    // Of an hour that was forgotten in part not all failures are known any more.
    const wholeMs = fromMs <= forgottenMs ? Math.ceil(fromMs / hourMs) * hourMs : Math.floor(fromMs / hourMs) * hourMs;
    for (const { timeline } of services) {
      for (const { timeMs, previous } of timeline.changes) {
        const startMs = Math.floor(timeMs / hourMs) * hourMs;
        if (previous === serviceState.up && startMs >= wholeMs) counts.set(startMs, (counts.get(startMs) ?? 0) + 1);
      }
    }
    const points = [...counts].map(([timeMs, failures]) => {
      const { hour, weekday } = hourTags(this.#week.hourOfWeek(timeMs));
      return { tags: [hour, weekday], timeMs, values: { failures } };
    });
    this.#hours.write(points, wholeMs, sink);
  }
}

function changesOf({ service, timeline }: ServiceStory): readonly CorrectedPoint<typeof ciscoServiceTransition>[] {
  return timeline.changes.map((change) => ({
    tags: [service.id, service.site],
    timeMs: change.timeMs,
    values: {
      state: change.state,
      prev: change.previous,
      strength: change.strength,
      hint: Number(change.isHint),
      planned: Number(change.isPlanned),
      uncertainty_s: change.uncertaintyMs / 1000,
    },
  }));
}

function hitOf(nowMs: number): (hit: NetworkStory['hits'][number]) => CorrectedPoint<typeof ciscoTrunkHit> {
  return ({ trunk, fromMs, toMs, isOpen, openBefore }) => ({
    tags: [trunk.device, trunk.id, trunk.kind],
    timeMs: fromMs,
    values: {
      circuits: openBefore,
      down_s: ((isOpen ? nowMs : toMs) - fromMs) / 1000,
      open: Number(isOpen),
      what: `Trunk failed with ${openBefore} circuits`,
    },
  });
}

/** What contradicted what was believed of the service. */
function inconsistenciesOf({
  service,
  inconsistencies,
}: ServiceStory): readonly CorrectedPoint<typeof ciscoInconsistency>[] {
  return inconsistencies.map(({ kind, timeMs }) => ({ tags: [service.id, kind], timeMs, values: { count: 1 } }));
}
