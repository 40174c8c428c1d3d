// Time series panels: the chart, its legend with figures, and the same values as a table for those who want numbers.
import { Chart } from './chart.ts';
import type { ChartEvents, CurveStyle } from './chart.ts';
import { figuresOf } from './chart-data.ts';
import { element } from './dom.ts';
import { format, windowText } from './format.ts';
import { countOf, linesButton, titleOf } from './lines-button.ts';
import type { OpenLines } from './lines-button.ts';
import { originsOf } from './lines-origin.ts';
import type { Origin } from './lines-origin.ts';
import { curvesOf } from './panel-data.ts';
import type { Answered, Curve, Curves } from './panel-data.ts';
import type { PanelFrame } from './panel-frame.ts';
import { ColourBook } from './series-names.ts';
import { currentTheme, styleValue } from './theme.ts';
import type { Span } from './time-range.ts';
import { ValuesTable } from './values-table.ts';
import type { AnnotationKind, TimeseriesDefinition } from './wire.ts';

/** Lines that share a colour range also differ in their strokes. */
const dashes: readonly (readonly number[])[] = [[], [], [], [], [8, 4], [8, 4], [8, 4], [2, 3], [2, 3], [2, 3]];

/** The content of a time series panel over its life. */
export class TimeseriesContent {
  readonly #frame: PanelFrame;
  readonly #panel: TimeseriesDefinition;
  readonly #colours = new ColourBook();
  readonly #chart: Chart;
  readonly #plot = element('div', { class: 'plot', role: 'img' });
  readonly #legend = element('div', { class: 'legend' });
  readonly #table: ValuesTable;
  readonly #openLines: OpenLines;
  #origins: readonly Origin[] = [];
  #isolated: ReadonlySet<string> | undefined;
  #data: Curves | undefined;
  #span: Span = { fromMs: 0, toMs: 1 };

  constructor(frame: PanelFrame, panel: TimeseriesDefinition, events: ChartEvents & { readonly openLines: OpenLines }) {
    this.#frame = frame;
    this.#panel = panel;
    frame.body.append(this.#plot, this.#legend);
    this.#openLines = events.openLines;
    const pick: ChartEvents['pick'] = (curve, place) => this.#pick(curve, place);
    this.#chart = new Chart(this.#plot, panel, {
      zoom: (fromMs, toMs) => events.zoom(fromMs, toMs),
      zoomOut: () => events.zoomOut(),
      ...(panel.queries.some(({ select }) => select.some(({ hasLines }) => hasLines === true)) ? { pick } : {}),
    });
    this.#table = new ValuesTable(frame, panel.title, (isTable) => {
      this.#plot.hidden = isTable;
      this.#legend.hidden = isTable;
      this.redraw();
    });
  }

  /** Shows answers; false when there is nothing to show. */
  draw(answered: readonly Answered[], span: Span): boolean {
    this.#data = curvesOf(this.#panel, answered);
    this.#origins = originsOf(answered, true);
    this.#span = span;
    if (!this.#data.curves.some((curve) => curve.values.some((value) => value !== null))) return false;
    this.redraw();
    return true;
  }

  /** Draws the same data again: after a change of theme, or of what is shown. */
  redraw(): void {
    const data = this.#data;
    if (!data) return;
    this.#colours.enter(bySize(data.curves).map((curve) => curve.name));
    const styles = data.curves.map((curve) => this.#styleOf(curve));
    if (this.#table.isShown) {
      this.#drawTable(data);
      return;
    }
    const shown = data.curves.filter((curve) => this.#isShown(curve));
    const shownStyles = styles.filter((_, index) => shown.includes(data.curves[index] as Curve));
    this.#drawLegend(data, styles);
    this.#chart.show({ ...data, curves: shown }, shownStyles, this.#span, currentTheme());
    this.#plot.setAttribute('aria-label', this.#summary(data));
  }

  /** Shows events over the chart. */
  annotate(kinds: readonly AnnotationKind[]): void {
    this.#chart.annotate(kinds);
  }

  /** Shows the lines behind a value of a curve. */
  #pick(curve: Curve, place: number): void {
    const data = this.#data;
    const origin = data && this.#origins[data.curves.findIndex(({ name }) => name === curve.name)];
    const value = curve.values[place];
    if (!origin?.hasLines || typeof value !== 'number' || value <= 0) return;
    const title = titleOf(this.#panel, curve.name);
    this.#openLines({ panel: this.#panel.id, origin, ...this.#windowAt(place), value: countOf(value), title });
  }

  /** The time of a value: its window, as far as it lies in the range that was asked for. */
  #windowAt(place: number): Span {
    const fromMs = this.#data?.times[place] ?? 0;
    return { fromMs, toMs: Math.min(fromMs + (this.#data?.windowMs ?? 0), Math.max(this.#span.toMs, fromMs + 1)) };
  }

  /** Takes the chart away. */
  destroy(): void {
    this.#chart.destroy();
  }

  #isShown(curve: Curve): boolean {
    return !this.#isolated || this.#isolated.has(curve.name);
  }

  #styleOf(curve: Curve): CurveStyle {
    if (curve.name.startsWith('__other__')) return { colour: styleValue('--text-dim'), dash: [2, 3] };
    const { seriesTones } = this.#panel;
    const tone = seriesTones && Object.hasOwn(seriesTones, curve.name) ? seriesTones[curve.name] : undefined;
    if (tone) return { colour: styleValue(`--tone-${tone}`), dash: [] };
    const place = this.#colours.colourOf(curve.name);
    const hasDash = this.#panel.draw === 'lines' && !this.#panel.stacked;
    return { colour: styleValue(`--series-${place}`), dash: hasDash ? (dashes[place] ?? [2, 3]) : [] };
  }

  /** A click shows a curve alone, and again all; with Ctrl or Shift it adds or takes away one. */
  #choose(name: string, adds: boolean, all: readonly Curve[]): void {
    const current = this.#isolated ?? new Set(all.map((curve) => curve.name));
    if (adds) {
      const next = new Set(current);
      if (!next.delete(name)) next.add(name);
      this.#isolated = next.size === 0 || next.size === all.length ? undefined : next;
    } else {
      const isAlone = this.#isolated?.size === 1 && this.#isolated.has(name);
      this.#isolated = isAlone ? undefined : new Set([name]);
    }
    this.redraw();
  }

  #drawLegend({ curves, windowMs }: Curves, styles: readonly CurveStyle[]): void {
    const areCounts = curves.every((curve) => curve.isCount);
    const { unit, decimals } = this.#panel;
    const figureNames = areCounts ? (['total', 'max', 'last'] as const) : (['last', 'mean', 'max'] as const);
    const rows = bySize(curves).map((curve) => {
      const style = styles[curves.indexOf(curve)];
      const figures = figuresOf(curve.values);
      const swatch = element('span', {
        class: `swatch${(style?.dash.length ?? 0) > 0 ? ' swatch-dashed' : ''}`,
      });
      swatch.style.color = style?.colour ?? '';
      const button = element(
        'button',
        {
          type: 'button',
          class: 'legend-name',
          'aria-pressed': String(this.#isShown(curve)),
          title: `${curve.name} (click: show alone, Ctrl+click: hide)`,
        },
        swatch,
        element('span', {}, curve.name),
      );
      button.addEventListener('click', (event) =>
        this.#choose(curve.name, event.ctrlKey || event.shiftKey || event.metaKey, curves),
      );
      const row = element(
        'tr',
        { class: this.#isShown(curve) ? '' : 'is-off' },
        element('th', { scope: 'row' }, button),
        ...figureNames.map((name) => element('td', {}, format(figures[name], unit, decimals))),
      );
      row.addEventListener('pointerenter', () => this.#chart.emphasise(curve.name));
      row.addEventListener('pointerleave', () => this.#chart.emphasise(undefined));
      return row;
    });
    const focused = this.#legend.contains(document.activeElement)
      ? [...this.#legend.querySelectorAll('button')].indexOf(document.activeElement as HTMLButtonElement)
      : -1;
    const scrolled = this.#legend.scrollTop;
    this.#legend.replaceChildren(
      element(
        'table',
        {},
        element(
          'thead',
          {},
          element(
            'tr',
            {},
            element('th', { scope: 'col', class: 'legend-window' }, `per ${windowText(windowMs)}`),
            ...figureNames.map((name) => element('th', { scope: 'col' }, name)),
          ),
        ),
        element('tbody', {}, ...rows),
      ),
    );
    this.#legend.scrollTop = scrolled;
    if (focused >= 0) this.#legend.querySelectorAll('button')[focused]?.focus({ preventScroll: true });
  }

  #drawTable({ times, curves, windowMs }: Curves): void {
    const { unit, decimals } = this.#panel;
    const columns = curves.map(({ name, values }, curve) => ({
      name,
      cellAt: (index: number): HTMLElement | string => {
        const value = values[index] ?? null;
        const place = { panel: this.#panel, span: this.#windowAt(index), open: this.#openLines };
        return linesButton(format(value, unit, decimals), value, name, this.#origins[curve], place);
      },
    }));
    this.#table.draw({ times, windowMs, columns });
  }

  /** What a screen reader says in place of the picture. */
  #summary({ curves, windowMs }: Curves): string {
    const { unit, decimals } = this.#panel;
    const parts = curves.slice(0, 8).map((curve) => {
      const { last, max } = figuresOf(curve.values);
      return `${curve.name}: last ${format(last, unit, decimals)}, greatest ${format(max, unit, decimals)}`;
    });
    return `${this.#panel.title}, chart per ${windowText(windowMs)}. ${parts.join('; ')}`;
  }

  /** Width for which the chart is asked, in CSS pixels. */
  get width(): number {
    return this.#plot.clientWidth || this.#frame.root.clientWidth || 600;
  }
}

/** Curves with the greatest total first; those of one size stay in order of name. */
function bySize(curves: readonly Curve[]): readonly Curve[] {
  const sizes = new Map(curves.map((curve) => [curve, figuresOf(curve.values).total ?? -1]));
  return curves.toSorted((first, second) => (sizes.get(second) ?? 0) - (sizes.get(first) ?? 0));
}
