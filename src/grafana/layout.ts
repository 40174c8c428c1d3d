// Places panels on Grafana's grid of 24 columns: left to right, line by line, without overlap or gap.
import type { Panel, Section } from '../model/panel.ts';

const columns = 24;

/** Place and size on the grid. */
export interface Place {
  readonly x: number;
  readonly y: number;
  readonly w: number;
  readonly h: number;
}

/** A heading or a panel with its place. */
export type Placed =
  | { readonly kind: 'heading'; readonly title: string; readonly id: number; readonly place: Place }
  | { readonly kind: 'panel'; readonly panel: Panel; readonly place: Place };

/** Ids of headings begin here, above those of panels; the first section has the first. */
const firstHeadingId = 1000;

/** Places all sections. Throws when a line of panels does not fill the width, or its panels differ in height. */
export function placed(sections: readonly Section[]): readonly Placed[] {
  const result: Placed[] = [];
  let y = 0;
  for (const [index, section] of sections.entries()) {
    result.push({
      kind: 'heading',
      title: section.title,
      id: firstHeadingId + index,
      place: { x: 0, y, w: columns, h: 1 },
    });
    y++;
    let x = 0;
    let height: number | undefined;
    for (const panel of section.panels) {
      if (x + panel.width > columns || (height !== undefined && panel.height !== height)) {
        throw new Error(`section "${section.title}": panel "${panel.title}" does not fit its line`);
      }
      height = panel.height;
      result.push({ kind: 'panel', panel, place: { x, y, w: panel.width, h: panel.height } });
      x += panel.width;
      if (x < columns) continue;
      x = 0;
      y += height;
      height = undefined;
    }
    if (x !== 0) throw new Error(`section "${section.title}": the last line leaves a gap of ${columns - x} columns`);
  }
  return result;
}
