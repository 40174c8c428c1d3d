// Heat maps on a canvas: a cell per window and value of the group-by tag, stronger where more was counted, with the
// scale of colour as legend and the numbers in a tooltip.
import { AnnotationLayer } from './annotation-layer.ts';
import { dragToZoom } from './drag-zoom.ts';
import { element, shown } from './dom.ts';
import { format, momentText, windowText } from './format.ts';
import { heatCells, strengthOf } from './heatmap-cells.ts';
import type { HeatCells } from './heatmap-cells.ts';
import { timeTicks } from './nice-steps.ts';
import type { Answered } from './panel-data.ts';
import type { PanelFrame } from './panel-frame.ts';
import { styleValue } from './theme.ts';
import { moveTimeCursor, onTimeCursor } from './time-cursor.ts';
import type { Span } from './time-range.ts';
import { Tooltip, tooltipRow } from './tooltip.ts';
import { ValuesTable } from './values-table.ts';
import type { AnnotationKind, HeatmapDefinition } from './wire.ts';

const axisHeight = 20;
const gap = 1;

/** What the map tells its panel. */
export interface HeatmapEvents {
  zoom(fromMs: number, toMs: number): void;
  zoomOut(): void;
}

/** The content of a heat map over its life. */
export class HeatmapContent {
  readonly #panel: HeatmapDefinition;
  readonly #canvas = element('canvas', { role: 'img' });
  readonly #area = element('div', { class: 'heat-area', 'aria-hidden': 'true' });
  readonly #line = element('div', { class: 'time-line', hidden: true });
  readonly #mark = element('div', { class: 'heat-mark', hidden: true });
  readonly #host = element('div', { class: 'heat' });
  readonly #legend = element('div', { class: 'heat-legend' });
  readonly #annotations = new AnnotationLayer();
  readonly #tooltip: Tooltip;
  readonly #table: ValuesTable;
  readonly #stop: () => void;
  #cells: HeatCells = { times: [], windowMs: 0, rows: [], max: 0 };
  #span: Span = { fromMs: 0, toMs: 1 };
  #left = 0;

  constructor(frame: PanelFrame, panel: HeatmapDefinition, events: HeatmapEvents) {
    this.#panel = panel;
    this.#area.append(this.#line, this.#mark);
    this.#host.append(this.#canvas, this.#area);
    this.#tooltip = new Tooltip(this.#host);
    frame.body.append(this.#host, this.#legend);
    this.#table = new ValuesTable(frame, panel.title, (isTable) => {
      this.#host.hidden = isTable;
      this.#legend.hidden = isTable;
      this.#redraw();
    });
    const listener = (timeMs: number | undefined): void => this.#drawLine(timeMs);
    this.#stop = onTimeCursor(listener);
    const timeAt = (event: PointerEvent): number => {
      const box = this.#area.getBoundingClientRect();
      const share = Math.min(1, Math.max(0, (event.clientX - box.left) / Math.max(1, box.width)));
      return this.#span.fromMs + share * (this.#span.toMs - this.#span.fromMs);
    };
    const leave = (): void => {
      this.#tooltip.hide();
      this.#mark.hidden = true;
      this.#drawLine(undefined);
      moveTimeCursor(undefined, listener);
    };
    this.#host.addEventListener('pointermove', (event) => {
      const box = this.#area.getBoundingClientRect();
      const isInside = event.clientX >= box.left && event.clientY >= box.top && event.clientY < box.bottom;
      if (!isInside) return leave();
      const timeMs = timeAt(event);
      moveTimeCursor(timeMs, listener);
      this.#showTooltip(event, timeMs);
    });
    this.#host.addEventListener('pointerleave', leave);
    dragToZoom(this.#host, this.#area, timeAt, events);
  }

  /** Shows answers; false when there is nothing to show. */
  draw(answered: readonly Answered[], span: Span): boolean {
    const cells = heatCells(answered);
    if (cells.max <= 0) return false;
    this.#cells = cells;
    this.#span = span;
    this.#redraw();
    return true;
  }

  #redraw(): void {
    const { rows, times, windowMs } = this.#cells;
    if (this.#table.isShown) {
      const columns = rows.map(({ name, values }) => ({
        name,
        cellAt: (index: number): string => format(values[index], this.#panel.unit, this.#panel.decimals),
      }));
      this.#table.draw({ times, windowMs, columns });
      return;
    }
    this.#drawLegend();
    this.#paint();
    this.#annotations.place(this.#area, this.#span);
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

  /** Text of a count. */
  #count(value: number): string {
    return format(value, this.#panel.unit, this.#panel.decimals);
  }

  #paint(): void {
    const { rows, times, windowMs, max } = this.#cells;
    const width = Math.max(120, this.#host.clientWidth);
    const height = Math.max(60, this.#host.clientHeight);
    const ratio = Math.max(1, devicePixelRatio);
    this.#canvas.width = Math.round(width * ratio);
    this.#canvas.height = Math.round(height * ratio);
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.scale(ratio, ratio);
    context.font = `11px ${styleValue('--font')}`;
    const widest = Math.max(...rows.map(({ name }) => context.measureText(name).width));
    this.#left = Math.ceil(Math.min(widest, width * 0.3)) + 10;
    const plotWidth = width - this.#left - 2;
    const plotHeight = height - axisHeight;
    this.#area.style.inset = `0 2px ${axisHeight}px ${this.#left}px`;
    const rowHeight = plotHeight / rows.length;
    const x = (timeMs: number): number =>
      this.#left + ((timeMs - this.#span.fromMs) / (this.#span.toMs - this.#span.fromMs)) * plotWidth;
    context.fillStyle = styleValue('--heat');
    for (const [index, { values }] of rows.entries()) {
      const top = plotHeight - (index + 1) * rowHeight;
      for (const [place, value] of values.entries()) {
        const strength = strengthOf(value, max);
        const time = times[place];
        if (strength === 0 || time === undefined) continue;
        const left = Math.max(this.#left, x(time));
        const right = Math.min(this.#left + plotWidth, x(time + windowMs));
        if (right <= left) continue;
        context.globalAlpha = strength;
        const inner = right - left > 3 * gap ? gap : 0;
        context.fillRect(
          left,
          top + (rowHeight > 3 * gap ? gap : 0),
          right - left - inner,
          Math.max(1, rowHeight - gap),
        );
      }
    }
    context.globalAlpha = 1;
    context.fillStyle = styleValue('--text-dim');
    context.textBaseline = 'middle';
    context.textAlign = 'right';
    const every = Math.ceil(13 / rowHeight);
    for (const [index, { name }] of rows.entries()) {
      if (index % every === 0)
        context.fillText(shown(name), this.#left - 6, plotHeight - (index + 0.5) * rowHeight, this.#left - 8);
    }
    context.textAlign = 'center';
    for (const { timeMs, label } of timeTicks(this.#span, Math.max(2, Math.floor(plotWidth / 72)))) {
      const place = x(timeMs);
      if (place > this.#left + 16 && place < width - 16) context.fillText(label, place, height - axisHeight / 2 + 2);
    }
    this.#canvas.setAttribute('aria-label', this.#summary());
  }

  /** What a screen reader says in place of the picture. */
  #summary(): string {
    const parts = this.#cells.rows.map(({ name, values }) => {
      const total = values.reduce<number>((sum, value) => sum + (value ?? 0), 0);
      return `${name}: ${this.#count(total)}`;
    });
    return `${this.#panel.title}, heat map. Totals: ${parts.join('; ')}`;
  }

  #drawLegend(): void {
    this.#legend.replaceChildren(
      element('span', {}, '0'),
      element('span', { class: 'heat-scale', 'aria-hidden': 'true' }),
      element('span', {}, this.#count(this.#cells.max)),
      element('span', { class: 'hint' }, `per ${windowText(this.#cells.windowMs)}`),
    );
  }

  #drawLine(timeMs: number | undefined): void {
    const { fromMs, toMs } = this.#span;
    this.#line.hidden = timeMs === undefined || timeMs < fromMs || timeMs > toMs;
    if (timeMs !== undefined) this.#line.style.left = `${((timeMs - fromMs) / (toMs - fromMs)) * 100}%`;
  }

  #showTooltip(event: PointerEvent, timeMs: number): void {
    const { rows, times, windowMs } = this.#cells;
    const box = this.#area.getBoundingClientRect();
    const row = Math.min(rows.length - 1, Math.floor(((box.bottom - event.clientY) / box.height) * rows.length));
    const place = times.findIndex((time) => time <= timeMs && timeMs < time + windowMs);
    const cell = rows[row];
    const time = times[place];
    this.#mark.hidden = time === undefined;
    if (!cell || time === undefined || this.#annotations.isHovered) return this.#tooltip.hide();
    const share = (value: number): number => (value - this.#span.fromMs) / (this.#span.toMs - this.#span.fromMs);
    const left = Math.max(0, share(time)) * box.width;
    this.#mark.style.left = `${left}px`;
    this.#mark.style.width = `${Math.min(1, share(time + windowMs)) * box.width - left}px`;
    this.#mark.style.bottom = `${(row / rows.length) * box.height}px`;
    this.#mark.style.height = `${box.height / rows.length}px`;
    const host = this.#host.getBoundingClientRect();
    const value = cell.values[place] ?? null;
    this.#tooltip.show(
      { x: event.clientX - host.left, y: event.clientY - host.top },
      [momentText(time, windowMs), element('span', { class: 'hint' }, ` + ${windowText(windowMs)}`)],
      [tooltipRow({ name: cell.name, value: value === null ? 'no value' : this.#count(value) })],
    );
  }
}
