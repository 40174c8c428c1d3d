// The memory of the receiver: which changes of alerts are known, which alerts are open, which tag values are in use.
// Pure: what a notification changes is planned first, made durable by others, and only then taken over.
import { createHash } from 'node:crypto';
import { z } from 'zod';
import { alertEvent, alertsService } from '../model/alert-event.ts';
import { otherValue } from '../model/catalogue.ts';
import type { JsonValue } from '../model/family.ts';
import { storedTag } from '../model/line-protocol.ts';
import { hourTags, WeekClock } from '../model/week-clock.ts';
import { hostZone } from '../model/zone.ts';
import { entryOf, keyOf } from './entry.ts';
import type { AlertEntry } from './entry.ts';
import type { Alert } from './notification.ts';

/** What is not mentioned for so long is forgotten (grafana 14.3). */
export const rememberedMs = 7 * 24 * 3_600_000;
/** So many changes are remembered; the ones not mentioned for longest are forgotten first. */
export const maxRemembered = 10_000;
/** Values of the common tag `host` in use. */
const maxHosts = 1000;
/** A repeat is written to disk when it was last mentioned there so long ago. */
const rewriteAfterMs = 3_600_000;

const changeSchema = z.union([
  /**
   * A change of an alert that was not known: key, fingerprint, start, resolved or not, about alerts themselves or not,
   * place of the point, when.
   */
  z.object({
    type: z.literal('new'),
    key: z.string(),
    fingerprint: z.string(),
    startsMs: z.number(),
    isResolved: z.boolean(),
    isAboutAlerts: z.boolean().default(false),
    place: z.string(),
    seenMs: z.number(),
  }),
  z.object({ type: z.literal('seen'), key: z.string(), seenMs: z.number() }),
  z.object({ type: z.literal('tag'), tag: z.string(), value: z.string() }),
]);

type Change = Readonly<z.output<typeof changeSchema>>;
type Known = Omit<Extract<Change, { type: 'new' }>, 'type' | 'seenMs'> & { seenMs: number; writtenMs: number };

/** What some alerts change. */
export interface Plan {
  readonly changes: readonly Change[];
  /** What is to be delivered: one entry per alert that was not known. */
  readonly entries: readonly AlertEntry[];
  readonly repeats: number;
}

const tagNames = ['alertname', 'severity', 'service', 'host'] as const;
type TagName = (typeof tagNames)[number];

/** Everything that the receiver remembers. */
export class AlertBook {
  readonly #instance: string;
  readonly #week: WeekClock;
  /** By key, the one not mentioned for longest first. */
  readonly #known = new Map<string, Known>();
  readonly #places = new Set<string>();
  /** How many resolutions are known of a fingerprint and start. */
  readonly #resolved = new Map<string, number>();
  /** The key of the firing that is open, by fingerprint. */
  readonly #open = new Map<string, string>();
  readonly #values = new Map<TagName, Set<string>>(tagNames.map((name) => [name, new Set()]));

  /** `timezone` is that of the hours in which alerts were raised. Throws RangeError for one that does not exist. */
  constructor(instance: string, timezone = hostZone()) {
    this.#instance = instance;
    this.#week = new WeekClock(timezone);
  }

  /** Alerts that were raised, not resolved, and mentioned within seven days. */
  get open(): number {
    return this.#open.size;
  }

  /**
   * When the oldest of the open alerts began, epoch milliseconds; undefined when there is none. Alerts about alerts do
   * not count: one that says "an alert has been firing for long" would keep itself alive.
   */
  get oldestStartMs(): number | undefined {
    let oldestMs: number | undefined;
    for (const key of this.#open.values()) {
      const alert = this.#known.get(key);
      if (!alert || alert.isAboutAlerts) continue;
      if (oldestMs === undefined || alert.startsMs < oldestMs) oldestMs = alert.startsMs;
    }
    return oldestMs;
  }

  /** Changes that are remembered. */
  get remembered(): number {
    return this.#known.size;
  }

  /** What these alerts would change now. Nothing is changed yet. */
  plan(alerts: readonly Alert[], nowMs: number): Plan {
    const changes: Change[] = [];
    const entries: AlertEntry[] = [];
    const keys = new Set<string>();
    const free = new Map<string, number>();
    const values = new Map<TagName, Set<string>>(tagNames.map((name) => [name, new Set()]));
    let repeats = 0;
    for (const alert of alerts) {
      const key = keyOf(alert);
      const known = this.#known.get(key);
      if (known || keys.has(key)) {
        repeats++;
        if (known && nowMs - known.writtenMs >= rewriteAfterMs) changes.push({ type: 'seen', key, seenMs: nowMs });
        continue;
      }
      keys.add(key);
      const tags = this.#tags(alert, values, changes);
      const { timeMs, place } = this.#place(alert, tags, nowMs, free);
      const { fingerprint, startsMs, status } = alert;
      changes.push({
        type: 'new',
        key,
        fingerprint,
        startsMs,
        isResolved: status === 'resolved',
        isAboutAlerts: alert.labels['service'] === alertsService,
        place,
        seenMs: nowMs,
      });
      const hour = status === 'firing' ? { hour: hourTags(this.#week.hourOfWeek(timeMs)) } : {};
      entries.push(entryOf(alert, nowMs, { tags, timeMs, ...hour }));
    }
    return { changes, entries, repeats };
  }

  /** Takes over planned changes that are durable now. */
  apply(changes: readonly Change[]): void {
    for (const change of changes) {
      switch (change.type) {
        case 'new':
          this.#add(change);
          break;
        case 'seen':
          this.#see(change.key, change.seenMs, true);
          break;
        case 'tag':
          this.#values.get(change.tag as TagName)?.add(change.value);
      }
    }
    while (this.#known.size > maxRemembered) this.#forgetOldest();
  }

  /** Notes that known alerts were mentioned again; need not be durable. */
  touch(alerts: readonly Alert[], nowMs: number): void {
    for (const alert of alerts) this.#see(keyOf(alert), nowMs, false);
  }

  /** Forgets what was not mentioned for seven days. */
  expire(nowMs: number): void {
    for (const { seenMs } of this.#known.values()) {
      if (nowMs - seenMs < rememberedMs) return;
      this.#forgetOldest();
    }
  }

  /** Everything as changes that lead to it from nothing; with `changes` as if they were applied. */
  snapshot(changes: readonly Change[]): JsonValue {
    const own = [...this.#known.values()].map(({ writtenMs: _writtenMs, ...known }): Change => ({
      type: 'new',
      ...known,
    }));
    const tags = tagNames.flatMap((tag) =>
      [...(this.#values.get(tag) ?? [])].map((value): Change => ({ type: 'tag', tag, value })),
    );
    return [...own, ...tags, ...changes] satisfies JsonValue;
  }

  /** Takes back what `snapshot` gave or what was committed; throws when it cannot be understood. */
  restore(state: unknown): void {
    this.apply(z.array(changeSchema).parse(state));
  }

  #add({ type: _type, ...known }: Extract<Change, { type: 'new' }>): void {
    const { key, fingerprint, startsMs, isResolved, place } = known;
    if (this.#known.has(key)) return;
    this.#known.set(key, { ...known, writtenMs: known.seenMs });
    this.#places.add(place);
    const pair = pairOf(known);
    const openKey = this.#open.get(fingerprint);
    const open = openKey === undefined ? undefined : this.#known.get(openKey);
    if (isResolved) {
      this.#resolved.set(pair, (this.#resolved.get(pair) ?? 0) + 1);
      // The end of an earlier time, told late, does not end this one.
      if (open && open.startsMs <= startsMs) this.#open.delete(fingerprint);
    } else if (!this.#resolved.has(pair) && (!open || open.startsMs < startsMs)) this.#open.set(fingerprint, key);
  }

  #see(key: string, nowMs: number, isWritten: boolean): void {
    const known = this.#known.get(key);
    if (!known) return;
    known.seenMs = Math.max(known.seenMs, nowMs);
    if (isWritten) known.writtenMs = known.seenMs;
    this.#known.delete(key);
    this.#known.set(key, known);
  }

  #forgetOldest(): void {
    const [oldest] = this.#known.values();
    if (!oldest) return;
    this.#known.delete(oldest.key);
    this.#places.delete(oldest.place);
    if (this.#open.get(oldest.fingerprint) === oldest.key) this.#open.delete(oldest.fingerprint);
    if (!oldest.isResolved) return;
    const pair = pairOf(oldest);
    const count = this.#resolved.get(pair) ?? 0;
    if (count > 1) this.#resolved.set(pair, count - 1);
    else this.#resolved.delete(pair);
  }

  /** Values of all tags in the order in which they are stored. New ones are added to `values` and `changes`. */
  #tags({ labels, status }: Alert, values: ReadonlyMap<TagName, Set<string>>, changes: Change[]): string[] {
    const [alertname = '', severity = '', service = '', host = ''] = tagNames.map((tag) => {
      const value = storedTag(labels[tag] ?? '');
      const [used, added] = [this.#values.get(tag), values.get(tag)];
      if (value === '' || !used || !added || used.has(value) || added.has(value)) return value;
      const limit = tag === 'host' ? maxHosts : alertEvent.tags[tag].maxValues;
      if (used.size + added.size >= limit) return otherValue;
      added.add(value);
      changes.push({ type: 'tag', tag, value });
      return value;
    });
    return [alertname, severity, service, status, host, this.#instance];
  }

  /**
   * A time that no other point with these tags has: alerts of one rule that differ in other labels begin at the same
   * moment, and would overwrite each other. `free` says where to go on looking within one plan.
   */
  #place(
    { status, startsMs, endsMs }: Alert,
    tags: readonly string[],
    nowMs: number,
    free: Map<string, number>,
  ): { timeMs: number; place: string } {
    const series = createHash('sha256').update(JSON.stringify(tags)).digest('base64url').slice(0, 16);
    const wantedMs = status === 'firing' ? startsMs : (endsMs ?? nowMs);
    const wanted = `${series}@${wantedMs}`;
    let timeMs = free.get(wanted) ?? wantedMs;
    // Times near each other lead to the same free one.
    while (this.#places.has(`${series}@${timeMs}`) || free.has(`${series}=${timeMs}`)) timeMs++;
    free.set(wanted, timeMs + 1);
    free.set(`${series}=${timeMs}`, timeMs);
    return { timeMs, place: `${series}@${timeMs}` };
  }
}

function pairOf({ fingerprint, startsMs }: { readonly fingerprint: string; readonly startsMs: number }): string {
  return `${fingerprint}|${startsMs}`;
}
