// Patterns of the configuration: a literal keyword first, then a linear-time expression on the line as latin-1 text.
import { compileExpression } from '../../model/expression.ts';
import type { Expression } from '../../model/expression.ts';

/** The longest part of a line that expressions see, in bytes (engine 7: bounded input). */
export const longestExpressionText = 65_536;

/** A pattern as configured. */
export interface WrittenPattern {
  readonly name: string;
  readonly keyword: string;
  readonly expression: string;
  readonly tags: readonly string[];
  readonly distinct: readonly string[];
}

/** What a pattern found in a line. */
export interface PatternMatch {
  readonly value: string;
  /** Values to count as different, or empty when the pattern asks for none. */
  readonly distinct: string;
}

/** A compiled pattern. */
export class LinePattern {
  readonly name: string;
  readonly keyword: Buffer;
  readonly #expression: Expression;
  readonly #tags: readonly number[];
  readonly #distinct: readonly number[];

  constructor(pattern: WrittenPattern) {
    this.name = pattern.name;
    this.keyword = Buffer.from(pattern.keyword, 'latin1');
    this.#expression = compileExpression(pattern.expression);
    const indexOf = (group: string): number => this.#expression.names.indexOf(group);
    this.#tags = pattern.tags.map(indexOf);
    this.#distinct = pattern.distinct.map(indexOf);
  }

  /** Tries the pattern on `line`, which holds no line feed. A group that took no part is empty. */
  match(line: Buffer): PatternMatch | undefined {
    if (!line.includes(this.keyword)) return undefined;
    const found = this.#expression.exec(line.toString('latin1', 0, Math.min(line.length, longestExpressionText)));
    if (!found) return undefined;
    const join = (groups: readonly number[]): string =>
      groups
        .map((group) => found.groups[group] ?? '')
        .join(' ')
        .trim();
    return { value: join(this.#tags), distinct: join(this.#distinct) };
  }
}
