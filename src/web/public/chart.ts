// A time chart on uPlot: curves, bars or points; zoom by dragging; a tooltip with all values at the pointer; events over
// it. Colours come from the style sheet, so a chart is made again when the theme changes.
import uPlot from './vendor/uPlot.esm.js';
import { AnnotationLayer } from './annotation-layer.ts';
import { axesOf } from './chart-axes.ts';
import { chartData, lonelyPoints } from './chart-data.ts';
import { element } from './dom.ts';
import { format, momentText, windowText } from './format.ts';
import type { Curve, Curves } from './panel-data.ts';
import { styleValue } from './theme.ts';
import { moveTimeCursor, onTimeCursor } from './time-cursor.ts';
import type { Span } from './time-range.ts';
import { Tooltip, tooltipRow } from './tooltip.ts';
import type { AnnotationKind, ThresholdStep, TimeseriesDefinition } from './wire.ts';

/** How long after a click a second one makes it a double click. */
const doubleClickMs = 250;
/** Most values listed in a tooltip. */
const maxTooltipRows = 12;

/** How a curve is drawn, for the chart and for its legend. */
export interface CurveStyle {
  readonly colour: string;
  readonly dash: readonly number[];
}

/** What the chart tells its panel. */
export interface ChartEvents {
  zoom(fromMs: number, toMs: number): void;
  zoomOut(): void;
  /** A click on a value of a curve, by its place in time. */
  pick?(curve: Curve, place: number): void;
}

/** A chart within an element; it follows the element's size. */
export class Chart {
  readonly #host: HTMLElement;
  readonly #panel: TimeseriesDefinition;
  readonly #events: ChartEvents;
  readonly #tooltip: Tooltip;
  readonly #annotations = new AnnotationLayer();
  readonly #resizes: ResizeObserver;
  readonly #stop: () => void;
  #plot: uPlot | undefined;
  #shape = '';
  #curves: readonly Curve[] = [];
  #styles: readonly CurveStyle[] = [];
  #windowMs = 0;
  #span: Span = { fromMs: 0, toMs: 1 };
  /** The click that ends a drag is none. */
  #isDragged = false;
  #picking: ReturnType<typeof setTimeout> | undefined;

  constructor(host: HTMLElement, panel: TimeseriesDefinition, events: ChartEvents) {
    this.#host = host;
    this.#panel = panel;
    this.#events = events;
    this.#tooltip = new Tooltip(host);
    this.#stop = onTimeCursor(this.#onTimeCursor);
    this.#resizes = new ResizeObserver(() => this.#plot?.setSize(this.#size()));
    this.#resizes.observe(host);
  }

  /** Shows curves over a span; the chart is made anew only when its curves or their looks have changed. */
  show(data: Curves, styles: readonly CurveStyle[], span: Span, look: string): void {
    this.#curves = data.curves;
    this.#styles = styles;
    this.#windowMs = data.windowMs;
    this.#span = span;
    const areWhole = data.curves.every((curve) =>
      curve.values.every((value) => value === null || Number.isInteger(value)),
    );
    const { columns } = chartData(data.times, data.curves, this.#panel);
    // Drawn from the top of the stack down, so that each part covers what is below it.
    const aligned = [data.times, ...(this.#panel.stacked ? columns.toReversed() : columns)] as uPlot.AlignedData;
    const shape = JSON.stringify([look, areWhole, data.curves.map((curve) => curve.name), styles]);
    if (this.#plot && shape === this.#shape) {
      this.#plot.setData(aligned, false);
      this.#plot.setScale('x', { min: span.fromMs, max: span.toMs });
      return;
    }
    this.#plot?.destroy();
    this.#shape = shape;
    this.#plot = new uPlot(this.#options(areWhole), aligned, this.#host);
    this.#plot.over.addEventListener('dblclick', () => {
      clearTimeout(this.#picking);
      this.#events.zoomOut();
    });
    if (this.#events.pick) this.#plot.over.classList.add('has-lines');
    this.#plot.over.addEventListener('pointerdown', () => (this.#isDragged = false));
    this.#plot.over.addEventListener('click', () => this.#pick());
    this.#plot.over.addEventListener('pointerleave', () => {
      this.#tooltip.hide();
      moveTimeCursor(undefined, this.#onTimeCursor);
    });
  }

  /** Draws events over the chart. */
  annotate(kinds: readonly AnnotationKind[]): void {
    this.#annotations.set(kinds);
    if (this.#plot) this.#annotations.place(this.#plot.over, this.#span);
  }

  /** Lets one curve stand out, or none. */
  emphasise(name: string | undefined): void {
    const index = this.#curves.findIndex((curve) => curve.name === name);
    if (!this.#plot) return;
    const place = this.#panel.stacked ? this.#curves.length - index : index + 1;
    for (let series = 1; series < this.#plot.series.length; series++) {
      const target = this.#plot.series[series];
      if (target) target.alpha = index < 0 || series === place ? 1 : 0.2;
    }
    this.#plot.redraw(false, false);
  }

  /** Takes the chart away. */
  destroy(): void {
    this.#resizes.disconnect();
    clearTimeout(this.#picking);
    this.#plot?.destroy();
    this.#plot = undefined;
    this.#stop();
  }

  /** Another panel's pointer has moved: the line goes there too, without words. */
  readonly #onTimeCursor = (timeMs: number | undefined): void => {
    const plot = this.#plot;
    if (!plot || plot.over.clientWidth === 0) return;
    const isInside = timeMs !== undefined && timeMs >= this.#span.fromMs && timeMs <= this.#span.toMs;
    const left = isInside ? plot.valToPos(timeMs, 'x') : -10;
    plot.setCursor({ left, top: isInside ? plot.over.clientHeight / 2 : -10 }, false);
  };

  #size(): { width: number; height: number } {
    return { width: Math.max(60, this.#host.clientWidth), height: Math.max(60, this.#host.clientHeight) };
  }

  #options(areWhole: boolean): uPlot.Options {
    const { draw, stacked, unit, decimals } = this.#panel;
    const styles = stacked ? this.#styles.toReversed() : this.#styles;
    const { bars } = uPlot.paths;
    const series = styles.map(({ colour, dash }): uPlot.Series => {
      // Below more than three lines, colours on colours would only be mud.
      const thin = draw === 'lines' && styles.length <= 3 ? `${colour}14` : undefined;
      const fill = draw === 'bars' ? colour : stacked ? `${colour}b0` : thin;
      return {
        stroke: colour,
        width: draw === 'bars' ? 0 : 1.6,
        ...(fill === undefined ? {} : { fill }),
        ...(draw === 'lines' && !stacked && dash.length > 0 ? { dash: [...dash] } : {}),
        ...(draw === 'bars' && bars ? { paths: bars({ align: 1, size: [0.86, 60] }) } : {}),
        ...(draw === 'points' ? { paths: () => null } : {}),
        points: {
          ...(draw === 'points' ? { show: true } : draw === 'bars' ? { show: false } : {}),
          size: draw === 'points' ? 7 : 5,
          fill: colour,
          filter: (plot, index, isShown) => (isShown || draw !== 'lines' ? null : lonelyIn(plot, index)),
        },
        spanGaps: false,
      };
    });
    return {
      ...this.#size(),
      ms: 1,
      padding: [10, 14, 0, 0],
      legend: { show: false },
      scales: {
        x: { time: true, range: () => [this.#span.fromMs, this.#span.toMs] },
        y: { range: (_plot, low, high) => rangeOf(low, high) },
      },
      axes: axesOf(unit, decimals, areWhole),
      series: [{}, ...series],
      cursor: {
        drag: { x: true, y: false, setScale: false },
        points: { size: 7, show: draw !== 'bars' && !stacked },
        bind: { dblclick: () => null },
        y: false,
      },
      hooks: {
        drawAxes: [(plot) => drawThresholds(plot, this.#panel.thresholds)],
        draw: [(plot) => this.#annotations.place(plot.over, this.#span)],
        setCursor: [(plot) => this.#pointerMoved(plot)],
        setSelect: [
          (plot) => {
            if (plot.select.width < 5) return;
            const from = plot.posToVal(plot.select.left, 'x');
            const to = plot.posToVal(plot.select.left + plot.select.width, 'x');
            plot.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false);
            this.#isDragged = true;
            this.#events.zoom(from, to);
          },
        ],
      },
    };
  }

  #pick(): void {
    const { idx, top } = this.#plot?.cursor ?? {};
    if (this.#isDragged || !this.#plot || idx === undefined || idx === null || top === undefined || top < 0) return;
    const curve = curveAt(this.#curves, idx, this.#plot.posToVal(top, 'y'), this.#panel.stacked);
    clearTimeout(this.#picking);
    // A second click means zooming out.
    if (curve) this.#picking = setTimeout(() => this.#events.pick?.(curve, idx), doubleClickMs);
  }

  #pointerMoved(plot: uPlot): void {
    const { idx, left, top } = plot.cursor;
    // Set by another panel, or gone: only the chart under the pointer says what it shows.
    if (left === undefined || left < 0 || !plot.over.matches(':hover')) return this.#tooltip.hide();
    moveTimeCursor(plot.posToVal(left, 'x'), this.#onTimeCursor);
    if (idx === undefined || idx === null || this.#annotations.isHovered) return this.#tooltip.hide();
    const near = plot.posToVal(top ?? 0, 'y');
    const rows = this.#curves
      .map((curve, index) => ({ name: curve.name, value: curve.values[idx] ?? null, style: this.#styles[index] }))
      .filter((row) => row.value !== null && !(row.value === 0 && this.#curves.length > maxTooltipRows))
      .toSorted((first, second) => (second.value ?? 0) - (first.value ?? 0));
    const shown = rows.slice(0, maxTooltipRows);
    const distance = (value: number | null): number => Math.abs((value ?? 0) - near);
    const nearest = this.#panel.stacked
      ? undefined
      : shown.toSorted((first, second) => distance(first.value) - distance(second.value))[0];
    const { unit, decimals } = this.#panel;
    const lines = shown.map((row) =>
      tooltipRow({
        name: row.name,
        value: format(row.value, unit, decimals),
        colour: row.style?.colour ?? '',
        isNear: row === nearest && shown.length > 1,
      }),
    );
    const rest = rows.length - shown.length;
    if (lines.length === 0) lines.push(element('div', { class: 'hint' }, this.#panel.noValue ?? 'no value'));
    if (rest > 0) lines.push(element('div', { class: 'hint' }, `and ${rest} more`));
    const time = plot.data[0][idx] ?? 0;
    const heading = [
      momentText(time, this.#windowMs),
      element('span', { class: 'hint' }, ` + ${windowText(this.#windowMs)}`),
    ];
    this.#tooltip.show({ x: plot.over.offsetLeft + left, y: plot.over.offsetTop + (top ?? 0) }, heading, lines);
  }
}

/** Values of a drawn curve that no line reaches. */
function lonelyIn(plot: uPlot, index: number): number[] {
  const [first, last] = plot.series[0]?.idxs ?? [0, -1];
  return lonelyPoints(plot.data[index] ?? [], first, last);
}

/** The curve that is meant by a click at a height: of stacked ones the part that is there, else the nearest. */
function curveAt(curves: readonly Curve[], place: number, height: number, isStacked: boolean): Curve | undefined {
  const shown = curves.filter((curve) => (curve.values[place] ?? 0) > 0);
  if (isStacked) {
    let top = 0;
    return shown.find((curve) => (top += curve.values[place] ?? 0) >= height) ?? shown.at(-1);
  }
  const distance = (curve: Curve): number => Math.abs((curve.values[place] ?? 0) - height);
  return shown.toSorted((one, other) => distance(one) - distance(other))[0];
}

/** From zero where nothing is below it, with some air above. */
function rangeOf(low: number | null, high: number | null): [number, number] {
  if (low === null || high === null) return [0, 1];
  const air = (Math.max(high, 0) - Math.min(low, 0)) * 0.06;
  const top = high > 0 ? high + air : 0;
  const bottom = low < 0 ? low - air : 0;
  return top === bottom ? [0, 1] : [bottom, top];
}

function drawThresholds(plot: uPlot, steps: readonly ThresholdStep[] | undefined): void {
  const { ctx, bbox } = plot;
  const scale = plot.scales['y'];
  for (const { from, tone } of steps ?? []) {
    if (from === undefined || tone === 'neutral' || tone === 'good') continue;
    if (from < (scale?.min ?? 0) || from > (scale?.max ?? 0)) continue;
    const y = Math.round(plot.valToPos(from, 'y', true));
    ctx.save();
    ctx.strokeStyle = styleValue(`--tone-${tone}`);
    ctx.lineWidth = Math.max(1, devicePixelRatio);
    ctx.setLineDash([6 * devicePixelRatio, 4 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(bbox.left, y);
    ctx.lineTo(bbox.left + bbox.width, y);
    ctx.stroke();
    ctx.restore();
  }
}
