// Events over a panel that draws time from left to right: a thin line and a flag with the first letter of their kind,
// so that kinds differ without colour; a tooltip says what happened. Events too close to tell apart share a flag.
import { element } from './dom.ts';
import { momentText } from './format.ts';
import type { Span } from './time-range.ts';
import { Tooltip, tooltipRow } from './tooltip.ts';
import type { AnnotationKind } from './wire.ts';

/** Flags closer than this, in CSS pixels, are one. */
const leastDistance = 16;

/** At most so many events in a tooltip. */
const maxListed = 6;

interface Mark {
  readonly x: number;
  readonly kinds: Set<AnnotationKind>;
  readonly events: { readonly kind: AnnotationKind; readonly event: AnnotationKind['events'][number] }[];
}

/** The events over one panel. */
export class AnnotationLayer {
  readonly #root = element('div', { class: 'annotations' });
  readonly #tooltip = new Tooltip(this.#root);
  #kinds: readonly AnnotationKind[] = [];
  #drawn = '';

  /** Takes the events that are to be shown; `place` draws them. */
  set(kinds: readonly AnnotationKind[]): void {
    this.#kinds = kinds;
    this.#drawn = '';
  }

  /** True while the pointer is over a flag, which then speaks in place of the panel. */
  get isHovered(): boolean {
    return this.#root.querySelector('.annotation:hover') !== null;
  }

  /** Draws over an element that reaches from the beginning to the end of the span. */
  place(area: HTMLElement, span: Span): void {
    if (this.#root.parentElement !== area) area.append(this.#root);
    const width = area.clientWidth;
    const key = JSON.stringify([width, span]);
    if (key === this.#drawn) return;
    this.#drawn = key;
    const marks = marksOf(this.#kinds, width, span).map((mark) => this.#flag(mark, width));
    this.#root.replaceChildren(...marks);
    this.#tooltip.hide();
  }

  #flag(mark: Mark, width: number): HTMLElement {
    const [kind] = mark.kinds;
    const letter = mark.kinds.size === 1 ? (kind?.name.slice(0, 1).toUpperCase() ?? '') : String(mark.events.length);
    const words = mark.events
      .slice(0, maxListed)
      .map(({ kind: { name }, event }) => `${name}, ${momentText(event.timeMs, 0)}: ${event.text}`);
    const flag = element(
      'div',
      { class: `annotation tone-${kind?.tone ?? 'neutral'}`, role: 'img', 'aria-label': words.join('; ') },
      element('span', { class: 'annotation-flag', 'aria-hidden': 'true' }, letter),
    );
    flag.style.left = `${((mark.x / Math.max(1, width)) * 100).toFixed(3)}%`;
    flag.addEventListener('pointerenter', () => this.#showTooltip(mark));
    flag.addEventListener('pointerleave', () => this.#tooltip.hide());
    return flag;
  }

  #showTooltip({ x, events }: Mark): void {
    const first = events[0];
    if (!first) return;
    const rows = events.slice(0, maxListed).flatMap(({ kind, event }) => [
      element(
        'div',
        { class: `annotation-text tone-${kind.tone}` },
        element('strong', {}, kind.name),
        events.length === 1 ? undefined : ` ${momentText(event.timeMs, 0)}`,
        element('div', {}, event.text),
      ),
      ...Object.entries(event.tags)
        .filter(([, value]) => value !== '')
        .map(([name, value]) => tooltipRow({ name, value })),
    ]);
    const rest = events.length - maxListed;
    if (rest > 0) rows.push(element('div', { class: 'hint' }, `and ${rest} more`));
    const heading = events.length === 1 ? momentText(first.event.timeMs, 0) : `${events.length} events`;
    this.#tooltip.show({ x, y: 16 }, [heading], rows);
  }
}

/** Events by place; one that is close to the one before shares its flag. */
function marksOf(kinds: readonly AnnotationKind[], width: number, { fromMs, toMs }: Span): readonly Mark[] {
  const all = kinds
    .flatMap((kind) => kind.events.map((event) => ({ kind, event })))
    .filter(({ event }) => event.timeMs >= fromMs && event.timeMs <= toMs)
    .toSorted((first, second) => first.event.timeMs - second.event.timeMs);
  const marks: Mark[] = [];
  for (const item of all) {
    const x = ((item.event.timeMs - fromMs) / (toMs - fromMs)) * width;
    const last = marks.at(-1);
    if (last && x - last.x < leastDistance) {
      last.kinds.add(item.kind);
      last.events.push(item);
    } else {
      marks.push({ x, kinds: new Set([item.kind]), events: [item] });
    }
  }
  return marks;
}
