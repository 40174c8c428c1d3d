// The states of a rule's alerts, one for each group of tags, as in Grafana: normal, pending while the condition has not
// held for long enough, firing, and over. Pure: an outcome and a time in, the next states and what was resolved out.
import type { AlertRule } from '../../model/alert.ts';
import { keyOf } from './answers.ts';
import type { Outcome, Tags, Verdict } from './answers.ts';

/** What an alert is about: a group of tags, a store without any answer, or an evaluation that failed. */
export type InstanceKind = 'tags' | 'nodata' | 'error';

/** One alert of a rule. Times are those of evaluations, epoch milliseconds. */
export interface Instance {
  readonly kind: InstanceKind;
  readonly tags: Tags;
  readonly state: 'normal' | 'pending' | 'firing';
  /** When it took on its state: for a firing one the time that Grafana calls `startsAt`. */
  readonly sinceMs: number;
  /** The last evaluation that had something to say about it. */
  readonly seenMs: number;
  /** Undefined where there was no number. */
  readonly value: number | undefined;
  readonly values: Readonly<Record<string, number>>;
  /** Why the evaluation failed; empty otherwise. */
  readonly reason: string;
}

/** The states of one rule. Alerts in the state normal are kept only where silence is a failure. */
export interface RuleState {
  readonly instances: ReadonlyMap<string, Instance>;
  /** Undefined before the first evaluation. */
  readonly evaluatedMs: number | undefined;
  /** Groups that had no place any more at the last evaluation. */
  readonly left: number;
}

/** What one evaluation changed. */
export interface Advance {
  readonly next: RuleState;
  /** Alerts that fired and do so no more; over at the time of the evaluation. */
  readonly resolved: readonly Instance[];
}

/** A rule that was never evaluated. */
export const newRuleState: RuleState = { instances: new Map(), evaluatedMs: undefined, left: 0 };

/** So many alerts of one rule are kept: a person reads none of them beyond that. */
export const maxInstances = 1000;
/** An alert whose group is gone from the answers is over after so many intervals without it (Grafana's default). */
const missingIntervals = 2;
/** After a pause of so many intervals nobody knows whether a condition held: what was pending begins anew. */
const forgottenIntervals = 3;

/** Tags of the alert that stands for a store without an answer; Grafana puts the data source there. */
const storeTags: Tags = { datasource_uid: 'embedded', ref_id: 'A' };

/** The next states of a rule at `nowMs`. When the clock was set back, no state has begun later than now. */
export function advance(rule: AlertRule, state: RuleState, outcome: Outcome, nowMs: number): Advance {
  return new Turn(rule, state, nowMs).take(outcome);
}

/** One evaluation. */
class Turn {
  readonly #rule: AlertRule;
  readonly #before: ReadonlyMap<string, Instance>;
  readonly #next = new Map<string, Instance>();
  /** Keys that this evaluation had something to say about. */
  readonly #told = new Set<string>();
  readonly #resolved: Instance[] = [];
  readonly #nowMs: number;
  #left = 0;

  constructor(rule: AlertRule, { instances, evaluatedMs }: RuleState, nowMs: number) {
    this.#rule = rule;
    this.#nowMs = nowMs;
    const forgottenMs = forgottenIntervals * rule.group.intervalSeconds * 1000;
    const isForgotten = evaluatedMs !== undefined && nowMs - evaluatedMs >= forgottenMs;
    const before = [...instances].filter(([, { state }]) => !isForgotten || state !== 'pending');
    const notLater = (timeMs: number): number => Math.min(timeMs, nowMs);
    this.#before = new Map(
      before.map(([key, one]) => [key, { ...one, sinceMs: notLater(one.sinceMs), seenMs: notLater(one.seenMs) }]),
    );
  }

  take(outcome: Outcome): Advance {
    const { silence } = this.#rule;
    if (outcome.kind === 'verdicts') for (const verdict of outcome.verdicts) this.#judge(verdict);
    else if (silence === 'failure') {
      // A source that has just begun has nothing from before to be compared with, and is not silent.
      if (outcome.kind === 'error' || outcome.isSilent) this.#failAll(outcome);
    } else if (outcome.kind === 'error') this.#raise('error', outcome.reason);
    else if (silence === 'unknown') this.#raise('nodata', '');
    else this.#endAll();
    this.#missAll();
    const next = { instances: this.#next, evaluatedMs: this.#nowMs, left: this.#left };
    return { next, resolved: this.#resolved };
  }

  #judge({ tags, isTrue, value, values }: Verdict): void {
    const number = Number.isNaN(value) ? undefined : value;
    this.#set(keyOf(tags), isTrue, { kind: 'tags', tags, value: number, values, reason: '' });
  }

  /** Silence or an error is the alarm itself: for all alerts there are, or for one that stands for them. */
  #failAll(outcome: Exclude<Outcome, { kind: 'verdicts' }>): void {
    const reason = outcome.kind === 'error' ? outcome.reason : '';
    const known = [...this.#before];
    if (known.length === 0) known.push([`store ${keyOf(storeTags)}`, this.#fresh('tags', storeTags)]);
    for (const [key, { kind, tags }] of known) {
      this.#set(key, true, { kind, tags, value: undefined, values: {}, reason });
    }
  }

  /** Something that Grafana tells at once, whatever the rule waits for otherwise. */
  #raise(kind: 'nodata' | 'error', reason: string): void {
    const key = `${kind} ${keyOf(storeTags)}`;
    const before = this.#before.get(key);
    this.#told.add(key);
    this.#next.set(key, {
      ...this.#fresh(kind, storeTags),
      state: 'firing',
      sinceMs: before?.state === 'firing' ? before.sinceMs : this.#nowMs,
      reason,
    });
  }

  /** Nothing to tell of is normal. */
  #endAll(): void {
    for (const [key, { kind, tags }] of this.#before) {
      this.#set(key, false, { kind, tags, value: undefined, values: {}, reason: '' });
    }
  }

  #set(key: string, isTrue: boolean, fields: Pick<Instance, 'kind' | 'tags' | 'value' | 'values' | 'reason'>): void {
    const before = this.#before.get(key);
    const nowMs = this.#nowMs;
    this.#told.add(key);
    if (!isTrue) {
      if (before?.state === 'firing') this.#resolved.push(before);
      if (this.#rule.silence !== 'failure' || fields.kind !== 'tags') return;
      const sinceMs = before?.state === 'normal' ? before.sinceMs : nowMs;
      return this.#keep(key, { ...fields, state: 'normal', sinceMs, seenMs: nowMs });
    }
    const forMs = this.#rule.forSeconds * 1000;
    if (before?.state === 'firing') return this.#keep(key, { ...before, ...fields, seenMs: nowMs });
    if (before?.state === 'pending' && nowMs - before.sinceMs < forMs) {
      return this.#keep(key, { ...before, ...fields, seenMs: nowMs });
    }
    const state = before?.state === 'pending' || forMs === 0 ? 'firing' : 'pending';
    this.#keep(key, { ...fields, state, sinceMs: nowMs, seenMs: nowMs });
  }

  #keep(key: string, instance: Instance): void {
    // What is known keeps its place; only new ones are turned away.
    if (this.#next.size >= maxInstances && !this.#before.has(key)) this.#left++;
    else this.#next.set(key, instance);
  }

  /** What the answers do not mention any more stays as it was for a while, and is over then. */
  #missAll(): void {
    const limitMs = missingIntervals * this.#rule.group.intervalSeconds * 1000;
    for (const [key, before] of this.#before) {
      if (this.#told.has(key)) continue;
      if (this.#nowMs - before.seenMs < limitMs) this.#next.set(key, before);
      else if (before.state === 'firing') this.#resolved.push(before);
    }
  }

  #fresh(kind: InstanceKind, tags: Tags): Instance {
    const nowMs = this.#nowMs;
    return { kind, tags, state: 'normal', sinceMs: nowMs, seenMs: nowMs, value: undefined, values: {}, reason: '' };
  }
}
