// When rules are evaluated: each group at full multiples of its interval, as Grafana does it. A rule that is still being
// evaluated is passed over, so no two evaluations of it overlap, and a slow one holds up no other for long.
import type { AlertGroup, AlertRule } from '../../model/alert.ts';
import type { Clock } from '../../model/clock.ts';
import type { Log } from '../../model/log.ts';
import type { QueryEngine } from '../../model/query.ts';
import { activeAlert } from './active-alert.ts';
import type { ActiveAlert } from './active-alert.ts';
import { evaluate } from './answers.ts';
import { advance, newRuleState } from './instances.ts';
import type { RuleState } from './instances.ts';

/** The longest that an evaluation may take. */
export const evaluationLimitMs = 30_000;
/** So many rules are evaluated at the same time: the store has others to answer too. */
const mostAtOnce = 2;

/** How a rule's evaluation is. */
export interface RuleHealth {
  /** Undefined before the first evaluation of this process. */
  readonly evaluatedMs: number | undefined;
  readonly durationMs: number;
  /** Why the last evaluation failed; empty when it did not. */
  readonly fault: string;
  readonly evaluations: number;
  readonly failures: number;
  /** Evaluations that were passed over because the one before was not done. */
  readonly missed: number;
}

/** What the evaluator needs. */
export interface EvaluatorOptions {
  readonly rules: readonly AlertRule[];
  readonly queries: QueryEngine;
  readonly clock: Clock;
  readonly log: Log;
  readonly states: ReadonlyMap<string, RuleState>;
  /** 30 s unless given. */
  readonly limitMs?: number;
  /** Takes what fires after an evaluation, and what is over since the last one; false: no state to remember. */
  onEvaluated(alerts: readonly ActiveAlert[], nowMs: number, hasStates: boolean): void;
}

interface Entry {
  readonly rule: AlertRule;
  state: RuleState;
  health: RuleHealth;
  isBusy: boolean;
}

const noHealth: RuleHealth = {
  evaluatedMs: undefined,
  durationMs: 0,
  fault: '',
  evaluations: 0,
  failures: 0,
  missed: 0,
};

/** Evaluates rules when they are due. */
export class Evaluator {
  readonly #options: EvaluatorOptions;
  readonly #entries: readonly Entry[];
  readonly #due = new Map<AlertGroup, number>();
  readonly #stopping = new AbortController();
  /** Rules that wait, each with the time that it is evaluated for. */
  #waiting: { readonly entry: Entry; readonly atMs: number }[] = [];
  readonly #working = new Set<Promise<void>>();

  constructor(options: EvaluatorOptions) {
    this.#options = options;
    this.#entries = options.rules.map((rule) => ({
      rule,
      state: options.states.get(rule.uid) ?? newRuleState,
      health: noHealth,
      isBusy: false,
    }));
    const now = options.clock.now();
    for (const { group } of options.rules) this.#due.set(group, nextOf(group, now));
  }

  /** Rules with their states and how their evaluation is. */
  get rules(): readonly { readonly rule: AlertRule; readonly state: RuleState; readonly health: RuleHealth }[] {
    return this.#entries;
  }

  /** Begins what is due. */
  tick(nowMs: number): void {
    if (this.#stopping.signal.aborted) return;
    for (const [group, dueMs] of this.#due) {
      const intervalMs = group.intervalSeconds * 1000;
      // A clock that was set back must not put the next evaluation off for hours.
      if (nowMs < dueMs && dueMs - nowMs <= intervalMs) continue;
      this.#due.set(group, nextOf(group, nowMs));
      if (nowMs < dueMs) continue;
      const atMs = Math.floor(nowMs / intervalMs) * intervalMs;
      for (const entry of this.#entries.filter(({ rule }) => rule.group === group)) this.#enqueue(entry, atMs);
    }
    this.#work();
  }

  /** Resolves when nothing is being evaluated. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Gives up what is under way. */
  async stop(): Promise<void> {
    this.#stopping.abort();
    this.#waiting = [];
    await this.idle();
  }

  #enqueue(entry: Entry, atMs: number): void {
    if (entry.isBusy) {
      entry.health = { ...entry.health, missed: entry.health.missed + 1 };
      return;
    }
    entry.isBusy = true;
    this.#waiting.push({ entry, atMs });
  }

  #work(): void {
    while (this.#working.size < mostAtOnce) {
      const next = this.#waiting.shift();
      if (!next) return;
      const work = this.#evaluate(next.entry, next.atMs).finally(() => {
        next.entry.isBusy = false;
        this.#working.delete(work);
        this.#work();
      });
      this.#working.add(work);
    }
  }

  async #evaluate(entry: Entry, atMs: number): Promise<void> {
    const { queries, clock, limitMs = evaluationLimitMs } = this.#options;
    const { rule } = entry;
    const startedMs = clock.monotonic();
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(limitMs)]);
    const outcome = await evaluate(rule, queries, atMs, signal);
    // What was given up because the process ends says nothing about the rule.
    if (this.#stopping.signal.aborted) return;
    const fault = outcome.kind === 'error' ? outcome.reason : '';
    this.#tell(entry, fault);
    const { next, resolved } = advance(rule, entry.state, outcome, atMs);
    const hasStates = entry.state.instances.size > 0 || next.instances.size > 0;
    entry.state = next;
    entry.health = {
      ...entry.health,
      evaluatedMs: atMs,
      durationMs: clock.monotonic() - startedMs,
      fault,
      evaluations: entry.health.evaluations + 1,
      failures: entry.health.failures + (fault === '' ? 0 : 1),
    };
    const firing = [...next.instances.values()].filter(({ state }) => state === 'firing');
    const alerts = [
      ...firing.map((instance) => activeAlert(rule, instance)),
      ...resolved.map((instance) => activeAlert(rule, instance, atMs)),
    ];
    this.#options.onEvaluated(alerts, atMs, hasStates);
  }

  #tell({ rule, health }: Entry, fault: string): void {
    if ((fault === '') === (health.fault === '')) return;
    if (fault === '') this.#options.log.info('an alert rule can be evaluated again', { rule: rule.uid });
    else this.#options.log.warn('an alert rule cannot be evaluated', { rule: rule.uid, reason: fault });
  }
}

function nextOf({ intervalSeconds }: AlertGroup, nowMs: number): number {
  const intervalMs = intervalSeconds * 1000;
  return (Math.floor(nowMs / intervalMs) + 1) * intervalMs;
}
