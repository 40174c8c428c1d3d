// One evaluation of a rule: asks the store its questions and takes the steps of grafana/alert-steps.ts on the answers.
// What it gives is what Grafana's expressions would give; a test compares both on the same points.
import { alertSteps } from '../../grafana/alert-steps.ts';
import type { AlertStep } from '../../grafana/alert-steps.ts';
import type { AlertQuestion, AlertRule, Limit } from '../../model/alert.ts';
import { messageOf, printable } from '../../model/errors.ts';
import type { QueryEngine } from '../../model/query.ts';

/** Tags of a group by name. */
export type Tags = Readonly<Record<string, string>>;

/** One group of tags that the rule has a verdict on. */
export interface Verdict {
  readonly tags: Tags;
  readonly isTrue: boolean;
  /** The number that `{value}` stands for. */
  readonly value: number;
  /** Numbers by the name of their step, queries left out; only finite ones. */
  readonly values: Readonly<Record<string, number>>;
}

/**
 * What came of an evaluation. `nothing`: there is no group to have a verdict on; `isSilent` when the store has no answer
 * to the first question either, and not only nothing to compare it with.
 */
export type Outcome =
  | { readonly kind: 'verdicts'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'nothing'; readonly isSilent: boolean }
  | { readonly kind: 'error'; readonly reason: string };

/** Numbers of a step by the key of their group. */
type Numbers = ReadonlyMap<string, number>;

/** The tags of a group as one text: equal for equal tags. */
export function keyOf(tags: Tags): string {
  return JSON.stringify(Object.entries(tags).toSorted(([first], [second]) => (first < second ? -1 : 1)));
}

/**
 * Evaluates a rule at `nowMs`. A store that fails or does not answer before `signal` is an outcome, never an
 * exception; one that ignores the signal is not waited for.
 */
export async function evaluate(
  rule: AlertRule,
  queries: QueryEngine,
  nowMs: number,
  signal: AbortSignal,
): Promise<Outcome> {
  try {
    return await given(signal, answered(rule, queries, nowMs, signal));
  } catch (error) {
    return { kind: 'error', reason: printable(messageOf(error), 300) };
  }
}

async function answered(rule: AlertRule, queries: QueryEngine, nowMs: number, signal: AbortSignal): Promise<Outcome> {
  const { steps, value, condition } = alertSteps(rule);
  const groups = new Map<string, Tags>();
  const results = new Map<string, Numbers>();
  for (const step of steps) {
    const numbers =
      step.kind === 'query' ? await ask(step.question, queries, nowMs, signal, groups) : taken(step, results);
    results.set(step.ref, numbers);
  }
  const verdicts = [...(results.get(condition) ?? [])].map(([key, truth]): Verdict => ({
    tags: groups.get(key) ?? {},
    isTrue: truth !== 0,
    value: results.get(value)?.get(key) ?? Number.NaN,
    values: Object.fromEntries(
      steps
        .filter(({ kind }) => kind !== 'query')
        .flatMap(({ ref }) => {
          const number = results.get(ref)?.get(key);
          return number !== undefined && Number.isFinite(number) ? [[ref, number] as const] : [];
        }),
    ),
  }));
  const [first] = steps;
  const isSilent = first === undefined || results.get(first.ref)?.size === 0;
  return verdicts.length === 0 ? { kind: 'nothing', isSilent } : { kind: 'verdicts', verdicts };
}

async function ask(
  { query, fromSeconds, toSeconds }: AlertQuestion,
  queries: QueryEngine,
  nowMs: number,
  signal: AbortSignal,
  groups: Map<string, Tags>,
): Promise<Numbers> {
  const fromMs = nowMs - fromSeconds * 1000;
  const toMs = nowMs - toSeconds * 1000;
  const rows = await queries.run(query, { fromMs, toMs, windowMs: toMs - fromMs }, {}, signal);
  const numbers = new Map<string, number>();
  for (const { group, values } of rows) {
    const [number] = values;
    if (typeof number !== 'number') continue;
    const tags = Object.fromEntries(query.groupBy.map((name, index) => [name, group[index] ?? '']));
    const key = keyOf(tags);
    groups.set(key, tags);
    numbers.set(key, number);
  }
  return numbers;
}

function taken(step: Exclude<AlertStep, { kind: 'query' }>, results: ReadonlyMap<string, Numbers>): Numbers {
  const of = (ref: string): Numbers => results.get(ref) ?? new Map<string, number>();
  switch (step.kind) {
    case 'reduce':
      return of(step.of);
    case 'compare': {
      const { how, times = 1 } = step;
      return joined(of(step.left), of(step.right), (left, right) =>
        how === 'minus' ? left - times * right : (times * left) / right,
      );
    }
    case 'both': {
      const { leftLimit, rightLimit } = step;
      return joined(of(step.left), of(step.right), (left, right) =>
        Number(isPassed(left, leftLimit) && isPassed(right, rightLimit)),
      );
    }
    case 'threshold':
      return new Map([...of(step.of)].map(([key, number]) => [key, Number(isPassed(number, step.limit))]));
  }
}

/** Groups that only one side has are left out. */
function joined(left: Numbers, right: Numbers, join: (left: number, right: number) => number): Numbers {
  const result = new Map<string, number>();
  for (const [key, number] of left) {
    const other = right.get(key);
    if (other !== undefined) result.set(key, join(number, other));
  }
  return result;
}

function isPassed(value: number, limit: Limit): boolean {
  if ('above' in limit) return value > limit.above;
  return 'below' in limit ? value < limit.below : value >= limit.atLeast;
}

/** The promise, or a rejection as soon as the signal comes. */
function given<T>(signal: AbortSignal, promise: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      const isTimeout = signal.reason instanceof Error && signal.reason.name === 'TimeoutError';
      reject(new Error(isTimeout ? 'the store did not answer in time' : 'the evaluation was given up'));
    };
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
