// Grafana's expressions as far as our alert rules use them: each rule's data evaluated on the answers of its queries.

/** One number of a series, with the labels that make it an instance of the alert. */
export interface Instance {
  readonly labels: Readonly<Record<string, string>>;
  readonly value: number;
}

/** What a rule's `data` holds. */
export interface RuleNode {
  readonly refId: string;
  readonly datasourceUid: string;
  readonly relativeTimeRange: { readonly from: number; readonly to: number };
  readonly model: {
    readonly refId: string;
    readonly query?: string;
    readonly rawQuery?: boolean;
    readonly resultFormat?: string;
    readonly intervalMs?: number;
    readonly type?: string;
    readonly expression?: string;
    readonly reducer?: string;
    readonly settings?: { readonly mode: string };
    readonly conditions?: readonly {
      readonly evaluator: { readonly type: string; readonly params: readonly number[] };
    }[];
  };
}

/** Answers of a query node. */
export type Ask = (query: string, range: RuleNode['relativeTimeRange']) => Promise<readonly Instance[]>;

/** The numbers of every node by its name. Throws for what Grafana or this reader does not know. */
export async function evaluated(
  data: readonly RuleNode[],
  ask: Ask,
): Promise<ReadonlyMap<string, readonly Instance[]>> {
  const results = new Map<string, readonly Instance[]>();
  const of = (ref: string): readonly Instance[] => {
    const found = results.get(ref);
    if (!found) throw new Error(`${ref} is asked before it is known`);
    return found;
  };
  for (const { refId, relativeTimeRange, model } of data) {
    if (model.query !== undefined) results.set(refId, await ask(model.query, relativeTimeRange));
    else if (model.type === 'reduce') results.set(refId, of(model.expression ?? ''));
    else if (model.type === 'math') results.set(refId, math(model.expression ?? '', of));
    else if (model.type === 'threshold')
      results.set(
        refId,
        of(model.expression ?? '').map((one) => passed(one, model)),
      );
    else throw new Error(`${refId} is of no known type`);
  }
  return results;
}

function passed({ labels, value }: Instance, { conditions = [] }: RuleNode['model']): Instance {
  const [{ evaluator }] = conditions as [{ evaluator: { type: string; params: readonly number[] } }];
  const [limit = Number.NaN] = evaluator.params;
  if (evaluator.type !== 'gt' && evaluator.type !== 'lt') throw new Error(`no evaluator ${evaluator.type}`);
  return { labels, value: (evaluator.type === 'gt' ? value > limit : value < limit) ? 1 : 0 };
}

/** `288 * $B / $D`, `$B - $D`, `$E > 5 && $B >= 30`: of the label sets that every name has. */
function math(expression: string, of: (ref: string) => readonly Instance[]): Instance[] {
  const refs = [...new Set([...expression.matchAll(/\$([A-Z])/g)].map(([, ref = '']) => ref))];
  const [first = '', ...others] = refs;
  return of(first).flatMap((one) => {
    const values = new Map([[first, one.value]]);
    for (const ref of others) {
      const same = of(ref).find(({ labels }) => keyOf(labels) === keyOf(one.labels));
      if (!same) return [];
      values.set(ref, same.value);
    }
    return [{ labels: one.labels, value: truth(expression, values) }];
  });
}

/** Labels in one order, as text. */
export function keyOf(labels: Readonly<Record<string, string>>): string {
  return JSON.stringify(Object.entries(labels).toSorted(([first], [second]) => (first < second ? -1 : 1)));
}

function truth(expression: string, values: ReadonlyMap<string, number>): number {
  const parts = expression.split(' && ').map((part) => compared(part, values));
  return parts.length === 1 ? (parts[0] ?? Number.NaN) : Number(parts.every((part) => part !== 0));
}

function compared(part: string, values: ReadonlyMap<string, number>): number {
  const [, left = part, sign, right = ''] = /^(.+) (>=|>|<) (.+)$/.exec(part) ?? [];
  if (sign === undefined) return difference(left, values);
  const [first, second] = [difference(left, values), difference(right, values)];
  if (sign === '<') return Number(first < second);
  return Number(sign === '>' ? first > second : first >= second);
}

function difference(text: string, values: ReadonlyMap<string, number>): number {
  const [first = Number.NaN, ...others] = text.split(' - ').map((term) => product(term, values));
  return others.reduce((left, right) => left - right, first);
}

function product(text: string, values: ReadonlyMap<string, number>): number {
  const [first = '', ...rest] = text.split(' ');
  let result = operand(first, values);
  for (let at = 0; at < rest.length; at += 2) {
    const right = operand(rest[at + 1] ?? '', values);
    if (rest[at] === '*') result *= right;
    else if (rest[at] === '/') result /= right;
    else throw new Error(`no operator ${rest[at]} in "${text}"`);
  }
  return result;
}

function operand(text: string, values: ReadonlyMap<string, number>): number {
  const value = text.startsWith('$') ? values.get(text.slice(1)) : Number(text);
  if (value === undefined || text === '') throw new Error(`no number "${text}"`);
  return value;
}
