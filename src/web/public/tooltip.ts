// The small window beside the pointer: a heading and rows of name and value. Never wider than its panel, never a target
// of the pointer itself.
import { element } from './dom.ts';

/** A row: its colour, where it has one, its name and its value. */
export interface TooltipRow {
  readonly name: string;
  readonly value: string;
  readonly colour?: string | undefined;
  /** True for the row that the pointer is at. */
  readonly isNear?: boolean;
}

/** A tooltip within a host, which must be positioned. */
export class Tooltip {
  readonly #host: HTMLElement;
  readonly #root = element('div', { class: 'tooltip', hidden: true });

  constructor(host: HTMLElement) {
    this.#host = host;
    host.append(this.#root);
  }

  /** Shows rows beside a place of the host, in CSS pixels. */
  show(
    place: { readonly x: number; readonly y: number },
    heading: readonly (Node | string)[],
    rows: readonly Node[],
  ): void {
    this.#root.replaceChildren(element('div', { class: 'tooltip-time' }, ...heading), ...rows);
    if (!this.#root.isConnected) this.#host.append(this.#root);
    this.#root.hidden = false;
    const { offsetWidth: width, offsetHeight: height } = this.#root;
    const room = this.#host.clientWidth;
    const isRight = place.x + width + 24 < room || place.x < room / 2;
    const left = isRight ? place.x + 14 : place.x - width - 14;
    this.#root.style.left = `${Math.round(Math.max(0, Math.min(left, room - width)))}px`;
    const top = Math.min(place.y + 12, this.#host.clientHeight - height);
    this.#root.style.top = `${Math.round(Math.max(0, top))}px`;
  }

  /** Takes it away. */
  hide(): void {
    this.#root.hidden = true;
  }
}

/** A row as an element. */
export function tooltipRow({ name, value, colour, isNear = false }: TooltipRow): HTMLElement {
  const swatch = colour === undefined ? undefined : element('span', { class: 'swatch' });
  if (swatch && colour !== undefined) swatch.style.background = colour;
  return element(
    'div',
    { class: `tooltip-row${isNear ? ' is-near' : ''}` },
    swatch,
    element('span', { class: 'tooltip-name' }, name),
    element('span', { class: 'tooltip-value' }, value),
  );
}
