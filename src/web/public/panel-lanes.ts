// State timelines and status histories: a lane per series, coloured stretches or cells with their texts, a scale of
// time below, and a legend of the states. Tones differ by pattern too, so that no colour is needed to read them.
import { AnnotationLayer } from './annotation-layer.ts';
import { element } from './dom.ts';
import { momentText, windowText } from './format.ts';
import { lanesOf, stateText, statesOf } from './lanes.ts';
import type { Lane, Stretch } from './lanes.ts';
import { timeTicks } from './nice-steps.ts';
import { curvesOf } from './panel-data.ts';
import type { Answered, Curves } from './panel-data.ts';
import type { PanelFrame } from './panel-frame.ts';
import { moveTimeCursor, onTimeCursor } from './time-cursor.ts';
import type { Span } from './time-range.ts';
import { dragToZoom } from './drag-zoom.ts';
import { toneMarks, toneWords } from './tones.ts';
import { Tooltip, tooltipRow } from './tooltip.ts';
import { ValuesTable } from './values-table.ts';
import type { AnnotationKind, StateTimelineDefinition, StatusHistoryDefinition } from './wire.ts';

/** At most so many lanes; the rest is counted in a line. */
const maxLanes = 60;

/** What the lanes tell their panel. */
export interface LaneEvents {
  zoom(fromMs: number, toMs: number): void;
  zoomOut(): void;
}

/** The content of such a panel over its life. */
export class LanesContent {
  readonly #panel: StateTimelineDefinition | StatusHistoryDefinition;
  readonly #area = element('div', { class: 'lanes-area', 'aria-hidden': 'true' });
  readonly #line = element('div', { class: 'time-line', hidden: true });
  readonly #lanes = element('div', { class: 'lanes', tabindex: 0 });
  readonly #axis = element('div', { class: 'time-axis', 'aria-hidden': 'true' });
  readonly #legend = element('ul', { class: 'state-legend' });
  readonly #host = element('div', { class: 'lanes-host' });
  readonly #annotations = new AnnotationLayer();
  readonly #tooltip: Tooltip;
  readonly #table: ValuesTable;
  readonly #stop: () => void;
  #span: Span = { fromMs: 0, toMs: 1 };
  #curves: Curves = { times: [], windowMs: 0, curves: [] };
  #shown: readonly Lane[] = [];

  constructor(frame: PanelFrame, panel: StateTimelineDefinition | StatusHistoryDefinition, events: LaneEvents) {
    this.#panel = panel;
    this.#lanes.setAttribute('aria-label', panel.title);
    this.#lanes.setAttribute('role', 'region');
    this.#area.append(this.#line);
    this.#host.append(this.#lanes, this.#area, this.#axis);
    frame.body.append(this.#host, this.#legend);
    this.#table = new ValuesTable(frame, panel.title, (isTable) => {
      this.#host.hidden = isTable;
      this.#legend.hidden = isTable;
      this.#redraw();
    });
    this.#tooltip = new Tooltip(this.#host);
    const listener = (timeMs: number | undefined): void => this.#drawLine(timeMs);
    this.#stop = onTimeCursor(listener);
    const timeAt = (event: PointerEvent): number => {
      const box = this.#area.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
      return this.#span.fromMs + share * (this.#span.toMs - this.#span.fromMs);
    };
    this.#host.addEventListener('pointermove', (event) => {
      const box = this.#area.getBoundingClientRect();
      if (event.clientX < box.left || event.clientX > box.right) return this.#leave(listener);
      const timeMs = timeAt(event);
      this.#drawLine(timeMs);
      moveTimeCursor(timeMs, listener);
      this.#showTooltip(event, timeMs);
    });
    this.#host.addEventListener('pointerleave', () => this.#leave(listener));
    dragToZoom(this.#host, this.#area, timeAt, events);
  }

  /** Shows answers; false when there is nothing to show. */
  draw(answered: readonly Answered[], span: Span): boolean {
    this.#curves = curvesOf(this.#panel, answered);
    this.#span = span;
    if (this.#curves.curves.every(({ values }) => values.every((value) => value === null))) return false;
    this.#redraw();
    return true;
  }

  #redraw(): void {
    const { times, windowMs, curves } = this.#curves;
    const span = this.#span;
    if (this.#table.isShown) {
      const columns = curves.map(({ name, values }) => ({
        name,
        cellAt: (index: number): string => stateText(this.#panel, values[index] ?? null),
      }));
      this.#table.draw({ times, windowMs, columns });
      return;
    }
    const lanes = lanesOf(this.#panel, this.#curves, span);
    this.#shown = lanes.slice(0, maxLanes);
    const rest = lanes.length - this.#shown.length;
    const scrolled = this.#lanes.scrollTop;
    this.#lanes.replaceChildren(...this.#shown.map((lane, index) => this.#laneElement(lane, index)));
    if (rest > 0) this.#lanes.append(element('p', { class: 'hint' }, `and ${rest} more`));
    this.#lanes.scrollTop = scrolled;
    // A scroll bar takes its width from the lanes; the scale of time below them must end where they end.
    this.#host.style.setProperty('--lane-scroll', `${this.#lanes.offsetWidth - this.#lanes.clientWidth}px`);
    this.#annotations.place(this.#area, span);
    const width = this.#area.clientWidth || 500;
    const ticks = timeTicks(span, Math.max(2, Math.floor(width / 72)));
    // A label at the edge would be cut off.
    const margin = (18 / width) * (span.toMs - span.fromMs);
    const isWhole = (timeMs: number): boolean => timeMs - span.fromMs >= margin && span.toMs - timeMs >= margin;
    this.#axis.replaceChildren(
      ...ticks
        .filter(({ timeMs }) => isWhole(timeMs))
        .map(({ timeMs, label }) => {
          const tick = element('span', { class: 'time-tick' }, label);
          tick.style.left = this.#percent(timeMs);
          return tick;
        }),
    );
    this.#legend.replaceChildren(
      ...statesOf(this.#panel, lanes).map(({ text, tone }) =>
        element('li', {}, element('span', { class: `state-key tone-${tone}` }), text),
      ),
      element('li', { class: 'hint' }, `per ${windowText(windowMs)}`),
    );
  }

  /** Shows events over it. */
  annotate(kinds: readonly AnnotationKind[]): void {
    this.#annotations.set(kinds);
    this.#annotations.place(this.#area, this.#span);
  }

  /** Takes it away. */
  destroy(): void {
    this.#stop();
  }

  #percent(timeMs: number): string {
    const { fromMs, toMs } = this.#span;
    return `${(((timeMs - fromMs) / (toMs - fromMs)) * 100).toFixed(3)}%`;
  }

  #laneElement(lane: Lane, index: number): HTMLElement {
    const track = element('div', { class: 'lane-track', 'aria-hidden': 'true' });
    for (const stretch of lane.stretches) {
      const part = element(
        'div',
        { class: `stretch tone-${stretch.tone}` },
        element('span', { class: 'stretch-text' }, stretch.text),
      );
      part.style.left = this.#percent(stretch.fromMs);
      part.style.width = `calc(${this.#percent(this.#span.fromMs + stretch.toMs - stretch.fromMs)} - var(--stretch-gap))`;
      track.append(part);
    }
    const last = lane.stretches.at(-1);
    const now = last ? `${last.text} since ${momentText(last.fromMs, 60_000)}` : 'no value';
    return element(
      'div',
      { class: 'lane', 'data-lane': index },
      element('div', { class: 'lane-name', title: lane.name }, lane.name),
      track,
      element('span', { class: 'unseen' }, `: ${now}, ${lane.stretches.length} stretches`),
    );
  }

  #drawLine(timeMs: number | undefined): void {
    const { fromMs, toMs } = this.#span;
    this.#line.hidden = timeMs === undefined || timeMs < fromMs || timeMs > toMs;
    if (timeMs !== undefined) this.#line.style.left = this.#percent(timeMs);
  }

  #leave(listener: (timeMs: number | undefined) => void): void {
    this.#tooltip.hide();
    this.#drawLine(undefined);
    moveTimeCursor(undefined, listener);
  }

  #showTooltip(event: PointerEvent, timeMs: number): void {
    const row = event.target instanceof Element ? event.target.closest('[data-lane]') : null;
    const lane = row instanceof HTMLElement ? this.#shown[Number(row.dataset['lane'])] : undefined;
    if (!lane || this.#annotations.isHovered) return this.#tooltip.hide();
    const stretch = lane.stretches.find(({ fromMs, toMs }) => fromMs <= timeMs && timeMs < toMs);
    const box = this.#host.getBoundingClientRect();
    const place = { x: event.clientX - box.left, y: event.clientY - box.top };
    this.#tooltip.show(
      place,
      [lane.name],
      stretch ? stretchRows(stretch) : [tooltipRow({ name: 'no value', value: '' })],
    );
  }
}

function stretchRows({ fromMs, toMs, text, tone }: Stretch): readonly HTMLElement[] {
  const mark = toneMarks[tone] === '' ? '' : `${toneMarks[tone]} `;
  return [
    tooltipRow({ name: 'State', value: `${mark}${text}${toneWords[tone] === '' ? '' : ` (${toneWords[tone]})`}` }),
    tooltipRow({ name: 'From', value: momentText(fromMs, 1000) }),
    tooltipRow({ name: 'To', value: momentText(toMs, 1000) }),
    tooltipRow({ name: 'Duration', value: windowText(toMs - fromMs) }),
  ];
}
