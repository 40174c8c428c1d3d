// The story of the services as points that corrections overwrite (cisco 20): five-minute buckets and changes of state.
// What was written is remembered, so that only what has changed is written again.
import type { JsonValue, SampleSink } from '../../model/family.ts';
import { ciscoServiceBucket, ciscoServiceTransition, ciscoTrunk } from './metrics.ts';
import type { NetworkStory, ServiceStory } from './network.ts';
import { totals } from './service-timeline.ts';

const bucketMs = 300_000;

interface WrittenBucket {
  readonly hash: string;
  readonly rev: number;
}

/** What one service has in the database, by the start of its buckets and the times of its changes. */
interface Written {
  readonly buckets: Map<number, WrittenBucket>;
  readonly changes: Map<number, WrittenBucket>;
}

/** Writes what has changed. */
export class Publisher {
  readonly #written = new Map<string, Written>();
  readonly #hits = new Map<string, number>();

  /** Writes buckets and changes between the story's ends; those before `finalMs` will not change any more. */
  publish(story: NetworkStory, finalMs: number, sink: SampleSink): void {
    if (!(story.toMs > story.fromMs)) return;
    for (const service of story.services) {
      const { id } = service.service;
      let written = this.#written.get(id);
      if (!written) {
        written = { buckets: new Map(), changes: new Map() };
        this.#written.set(id, written);
      }
      this.#buckets(service, story, written, finalMs, sink);
      this.#changes(service, written, sink);
      for (const key of written.buckets.keys()) if (key < finalMs - bucketMs) written.buckets.delete(key);
      for (const key of written.changes.keys()) if (key < finalMs) written.changes.delete(key);
    }
    for (const { trunk, fromMs, toMs, openBefore } of story.hits) {
      const key = `${trunk.id} ${fromMs}`;
      if (this.#hits.get(key) === toMs) continue;
      this.#hits.set(key, toMs);
      const series = sink.series(ciscoTrunk, [trunk.device, trunk.id, trunk.kind]);
      sink.set(series, fromMs, 0, openBefore);
      sink.set(series, fromMs, 1, (toMs - fromMs) / 1000);
    }
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    const pack = (map: ReadonlyMap<number, WrittenBucket>): JsonValue =>
      [...map].map(([at, { hash, rev }]) => [at, hash, rev]);
    return {
      written: [...this.#written].map(([id, { buckets, changes }]) => [id, pack(buckets), pack(changes)]),
      hits: [...this.#hits],
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const kept = state as unknown as {
      written: [string, [number, string, number][], [number, string, number][]][];
      hits: [string, number][];
    };
    const unpack = (list: readonly [number, string, number][]): Map<number, WrittenBucket> =>
      new Map(list.map(([at, hash, rev]) => [at, { hash, rev }]));
    for (const [id, buckets, changes] of kept.written) {
      this.#written.set(id, { buckets: unpack(buckets), changes: unpack(changes) });
    }
    for (const [key, toMs] of kept.hits) this.#hits.set(key, toMs);
  }

  #buckets(
    { service, timeline }: ServiceStory,
    { fromMs, toMs }: NetworkStory,
    { buckets }: Written,
    finalMs: number,
    sink: SampleSink,
  ): void {
    const series = sink.series(ciscoServiceBucket, [service.id, service.site]);
    // Intervals are in order: each bucket looks only at those that reach into it.
    let first = 0;
    for (let start = Math.floor(fromMs / bucketMs) * bucketMs; start < toMs; start += bucketMs) {
      const end = start + bucketMs;
      while ((timeline.charged[first]?.toMs ?? Number.POSITIVE_INFINITY) <= start) first++;
      let last = first;
      while ((timeline.charged[last]?.fromMs ?? Number.POSITIVE_INFINITY) < end) last++;
      const sums = totals(timeline.charged.slice(first, last), Math.max(start, fromMs), Math.min(end, toMs));
      const within = (ms: number): boolean => ms >= start && ms < end;
      const blips = timeline.blips.filter((blip) => within(blip.fromMs));
      const failures = timeline.changes.filter(({ timeMs, previous }) => previous === 3 && within(timeMs)).length;
      const drops = blips.filter(({ kind }) => kind === 'drop').length;
      const values = [sums.upMs, sums.backupMs, sums.downMs, sums.unknownMs, failures, drops, blips.length - drops];
      const isFinal = end <= finalMs;
      const hash = `${values.join(' ')} ${Number(isFinal)}`;
      const known = buckets.get(start);
      if (known?.hash === hash) continue;
      const rev = (known?.rev ?? 0) + 1;
      buckets.set(start, { hash, rev });
      values.forEach((value, field) => sink.set(series, start, field, field < 4 ? value / 1000 : value));
      sink.set(series, start, 7, rev);
      sink.set(series, start, 8, Number(isFinal));
    }
  }

  #changes({ service, timeline }: ServiceStory, { changes }: Written, sink: SampleSink): void {
    const series = sink.series(ciscoServiceTransition, [service.id, service.site]);
    const now = new Map<number, readonly number[]>();
    for (const change of timeline.changes) {
      // Two changes in one millisecond: the later one moves on.
      let at = change.timeMs;
      while (now.has(at)) at++;
      now.set(at, [
        change.state,
        change.previous,
        change.strength,
        Number(change.isHint),
        Number(change.isPlanned),
        change.uncertaintyMs / 1000,
      ]);
    }
    const write = (at: number, values: readonly number[], isVoid: boolean): void => {
      const hash = isVoid ? `void ${values.join(' ')}` : values.join(' ');
      const known = changes.get(at);
      if (known?.hash === hash) return;
      const rev = (known?.rev ?? 0) + 1;
      changes.set(at, { hash, rev });
      values.forEach((value, field) => sink.set(series, at, field, value));
      sink.set(series, at, 6, rev);
      sink.set(series, at, 7, Number(isVoid));
    };
    for (const [at, { hash }] of changes) {
      if (now.has(at) || hash.startsWith('void') || at < timeline.fromMs) continue;
      write(at, hash.split(' ').map(Number), true);
    }
    for (const [at, values] of now) write(at, values, false);
  }
}
