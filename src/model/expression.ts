// Regular expressions for configured patterns, matched in linear time whatever the expression and the text: a virtual
// machine that follows all alternatives at once, in order of priority, instead of trying one after the other.
import { UsageError } from './errors.ts';
import { parseExpression } from './expression-syntax.ts';
import type { CharacterSet, Tree } from './expression-syntax.ts';

/** What an expression found. */
export interface ExpressionMatch {
  /** Text of each group, undefined for one that took no part. */
  readonly groups: readonly (string | undefined)[];
  readonly start: number;
  readonly end: number;
}

/** A compiled expression. */
export interface Expression {
  readonly source: string;
  /** Names of the groups, undefined for one without. */
  readonly names: readonly (string | undefined)[];
  /** The first match in the text, chosen as JavaScript would. Takes time in proportion to `text.length`. */
  exec(text: string): ExpressionMatch | undefined;
}

type Step =
  | { readonly kind: 'set'; readonly set: CharacterSet }
  | { kind: 'split'; first: number; second: number }
  | { kind: 'jump'; to: number }
  | { readonly kind: 'save'; readonly slot: number }
  | { readonly kind: 'assert'; readonly what: 'start' | 'end' | 'boundary' | 'inside' }
  | { readonly kind: 'match' };

/** The most steps of a program: the bound on the work per character. */
const mostSteps = 5000;

/**
 * Compiles an expression, of ASCII letters in any case if asked; throws UsageError saying where it is wrong, not
 * supported, or too large.
 */
export function compileExpression(source: string, isAnyCase = false): Expression {
  const { tree, names } = parseExpression(source, isAnyCase);
  const steps: Step[] = [];
  const add = (step: Step): number => {
    if (steps.length >= mostSteps) throw new UsageError(`expression ${JSON.stringify(source)} is too large`);
    return steps.push(step) - 1;
  };
  const emit = (node: Tree): void => {
    switch (node.kind) {
      case 'set':
        add({ kind: 'set', set: node.set });
        return;
      case 'assert':
        add({ kind: 'assert', what: node.what });
        return;
      case 'sequence':
        node.items.forEach(emit);
        return;
      case 'group':
        add({ kind: 'save', slot: 2 * node.index });
        emit(node.item);
        add({ kind: 'save', slot: 2 * node.index + 1 });
        return;
      case 'choice':
        emitChoice(node.items);
        return;
      case 'repeat':
        emitRepeat(node);
        return;
    }
  };
  const emitChoice = (items: readonly Tree[]): void => {
    const ends: { kind: 'jump'; to: number }[] = [];
    items.forEach((item, index) => {
      if (index === items.length - 1) return emit(item);
      const split = { kind: 'split' as const, first: steps.length + 1, second: 0 };
      add(split);
      emit(item);
      const end = { kind: 'jump' as const, to: 0 };
      add(end);
      ends.push(end);
      split.second = steps.length;
    });
    for (const end of ends) end.to = steps.length;
  };
  const emitRepeat = ({ item, least, most, isLazy }: Extract<Tree, { kind: 'repeat' }>): void => {
    const branch = (): { kind: 'split'; first: number; second: number } => {
      const split = { kind: 'split' as const, first: 0, second: 0 };
      add(split);
      return split;
    };
    const aim = (split: { first: number; second: number }, inside: number, outside: number): void => {
      split.first = isLazy ? outside : inside;
      split.second = isLazy ? inside : outside;
    };
    for (let count = 0; count < least; count++) emit(item);
    if (most === Infinity) {
      const split = branch();
      const inside = steps.length;
      emit(item);
      add({ kind: 'jump', to: inside - 1 });
      aim(split, inside, steps.length);
      return;
    }
    const splits: [{ first: number; second: number }, number][] = [];
    for (let count = least; count < most; count++) {
      const split = branch();
      splits.push([split, steps.length]);
      emit(item);
    }
    for (const [split, inside] of splits) aim(split, inside, steps.length);
  };
  emit(tree);
  add({ kind: 'match' });
  return { source, names, exec: (text) => run(steps, names.length, text) };
}

type Slots = readonly number[];

/** The alternatives alive at one place of the text, the preferred ones first. */
interface Threads {
  readonly steps: number[];
  readonly slots: Slots[];
}

function run(program: readonly Step[], groups: number, text: string): ExpressionMatch | undefined {
  const seen = new Int32Array(program.length).fill(-1);
  const none: Slots = Array.from({ length: 2 * groups + 1 }, () => -1);
  let current: Threads = { steps: [], slots: [] };
  let next: Threads = { steps: [], slots: [] };
  let found: { slots: Slots; end: number } | undefined;

  /** Follows everything that takes no character, keeping the order of preference. */
  const follow = (threads: Threads, from: number, at: number, start: Slots): void => {
    const pending: [number, Slots][] = [[from, start]];
    for (let top = pending.pop(); top; top = pending.pop()) {
      const [index, slots] = top;
      if (seen[index] === at) continue;
      seen[index] = at;
      const step = program[index];
      switch (step?.kind) {
        case 'jump':
          pending.push([step.to, slots]);
          break;
        case 'split':
          pending.push([step.second, slots], [step.first, slots]);
          break;
        case 'save':
          pending.push([index + 1, slots.with(step.slot, at)]);
          break;
        case 'assert':
          if (holds(step.what, text, at)) pending.push([index + 1, slots]);
          break;
        case 'set':
        case 'match':
          threads.steps.push(index);
          threads.slots.push(slots);
          break;
        case undefined:
          break;
      }
    }
  };

  for (let at = 0; at <= text.length; at++) {
    if (!found) follow(current, 0, at, none.with(-1, at));
    if (found && current.steps.length === 0) break;
    const code = text.charCodeAt(at);
    for (let thread = 0; thread < current.steps.length; thread++) {
      const index = current.steps[thread] ?? 0;
      const slots = current.slots[thread] ?? none;
      const step = program[index];
      if (step?.kind === 'match') {
        found = { slots, end: at };
        break;
      }
      if (step?.kind === 'set' && at < text.length && includes(step.set, code)) follow(next, index + 1, at + 1, slots);
    }
    current.steps.length = 0;
    current.slots.length = 0;
    [current, next] = [next, current];
  }
  if (!found) return undefined;
  const { slots, end } = found;
  const part = (group: number): string | undefined => {
    const from = slots[2 * group] ?? -1;
    const to = slots[2 * group + 1] ?? -1;
    return from < 0 || to < 0 ? undefined : text.slice(from, to);
  };
  return { groups: Array.from({ length: groups }, (_, group) => part(group)), start: slots.at(-1) ?? 0, end };
}

function includes(set: CharacterSet, code: number): boolean {
  for (const [low, high] of set) if (code >= low && code <= high) return true;
  return false;
}

function holds(what: 'start' | 'end' | 'boundary' | 'inside', text: string, at: number): boolean {
  if (what === 'start') return at === 0;
  if (what === 'end') return at === text.length;
  return (isWord(text.charCodeAt(at - 1)) !== isWord(text.charCodeAt(at))) === (what === 'boundary');
}

function isWord(code: number): boolean {
  return (
    (code >= 0x30 && code <= 0x39) || (code >= 0x41 && code <= 0x5a) || code === 0x5f || (code >= 0x61 && code <= 0x7a)
  );
}
