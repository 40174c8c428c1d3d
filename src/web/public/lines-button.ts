// A shown number as a button that opens the lines behind it; plain text where there are none.
import { element } from './dom.ts';
import type { PickedNumber } from './lines-link.ts';
import type { Origin } from './lines-origin.ts';
import type { Span } from './time-range.ts';
import type { PanelDefinition, Value } from './wire.ts';

/** Opens the lines of a number. */
export type OpenLines = (picked: PickedNumber) => void;

/** What a number needs to become a button: where it stands, and what is called with it. */
export interface LinesPlace {
  readonly panel: PanelDefinition;
  readonly span: Span;
  readonly open: OpenLines;
}

/** The text of a number, as a button when there are lines behind it. */
export function linesButton(
  text: string,
  value: Value,
  name: string,
  origin: Origin | undefined,
  place: LinesPlace | undefined,
): HTMLElement | string {
  if (!place || origin?.hasLines !== true || typeof value !== 'number' || value <= 0) return text;
  const { panel, span, open } = place;
  const title = titleOf(panel, name);
  const picked: PickedNumber = { panel: panel.id, origin, ...span, value: countOf(value), title };
  const label = `${text}: show the lines of ${title}`;
  return element(
    'button',
    {
      type: 'button',
      class: 'lines-button',
      title: 'Show the lines behind this number',
      'aria-label': label,
      onclick: () => open(picked),
    },
    text,
  );
}

/** What the lines are called: the panel, and the series where there are several. */
export function titleOf(panel: PanelDefinition, name: string): string {
  return name === '' ? panel.title : `${panel.title}: ${name}`;
}

/** A count as it is; a rate is no count of lines. */
export function countOf(value: number): number | undefined {
  return Number.isSafeInteger(value) ? value : undefined;
}
