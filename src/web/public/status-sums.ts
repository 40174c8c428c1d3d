// An accounting identity on the status page: the whole, its parts as numbers and as a bar, and whether they add up.
import { element } from './dom.ts';
import { exact } from './format.ts';

/** A part of a sum: its name, its value, and the tone of its piece. */
export type Part = readonly [label: string, value: number, tone: string];

/** An accounting identity: the whole, its parts as a bar and as numbers, and whether they add up. */
export function identity(label: string, whole: number, parts: readonly Part[]): HTMLElement {
  const sum = parts.reduce((total, [, value]) => total + value, 0);
  const isExact = sum === whole;
  const bar = element('div', { class: 'identity-bar', 'aria-hidden': 'true' });
  for (const [, value, tone] of parts) {
    if (value === 0) continue;
    const piece = element('span', { class: `piece piece-${tone}` });
    piece.style.flexGrow = String(value / (sum || 1));
    bar.append(piece);
  }
  const terms = parts.map(([name, value, tone], index) =>
    element(
      'span',
      { class: `term${value > 0 ? '' : ' is-zero'}` },
      index === 0 ? '= ' : '+ ',
      element('span', { class: `piece-key piece-${tone}`, 'aria-hidden': 'true' }),
      element('b', {}, exact(value)),
      ` ${name} `,
    ),
  );
  return element(
    'div',
    { class: 'identity' },
    element(
      'p',
      { class: 'identity-text' },
      element('span', { class: 'term' }, element('b', {}, exact(whole)), ` ${label} `),
      ...terms,
      element(
        'span',
        { class: isExact ? 'sum sum-ok' : 'sum sum-wrong' },
        isExact ? '✓ adds up' : `✖ differs by ${exact(whole - sum)}`,
      ),
    ),
    bar,
  );
}
