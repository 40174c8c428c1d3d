// What a value means: thresholds, texts in place of numbers, and the marks that show it without colour.
import type { ThresholdStep, Tone, ValueText } from './wire.ts';

/** The tone of a value: the last step that it reaches; neutral without steps. */
export function toneOf(value: number | string | null | undefined, steps: readonly ThresholdStep[] | undefined): Tone {
  let tone: Tone = 'neutral';
  if (typeof value !== 'number') return tone;
  for (const step of steps ?? []) if (step.from === undefined || value >= step.from) tone = step.tone;
  return tone;
}

/** The text that stands for a value, if one is declared. */
export function valueTextOf(
  value: number | string | null | undefined,
  texts: readonly ValueText[] | undefined,
): ValueText | undefined {
  return texts?.find((candidate) => candidate.value === value);
}

/** A mark for each tone, so that colour is never the only sign. */
export const toneMarks: Readonly<Record<Tone, string>> = {
  neutral: '',
  good: '✓',
  warning: '▲',
  serious: '▲▲',
  critical: '✖',
};

/** What a screen reader says for a tone. */
export const toneWords: Readonly<Record<Tone, string>> = {
  neutral: '',
  good: 'good',
  warning: 'warning',
  serious: 'serious',
  critical: 'critical',
};
