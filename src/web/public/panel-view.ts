// One panel over its life: asks its queries, draws the answers by type, keeps the last ones while new ones come.
import { ApiError, fetchAnswer } from './api.ts';
import type { Question } from './api.ts';
import type { LinesPlace, OpenLines } from './lines-button.ts';
import { drawBarGauge } from './panel-bargauge.ts';
import type { Answered } from './panel-data.ts';
import { panelFrame } from './panel-frame.ts';
import type { PanelFrame } from './panel-frame.ts';
import { drawStat } from './panel-stat.ts';
import { drawTable } from './panel-table.ts';
import type { TableOrder } from './panel-table.ts';
import { TimeseriesContent } from './panel-timeseries.ts';
import type { Span } from './time-range.ts';
import type { DrillLink, PanelDefinition } from './wire.ts';

/** What is asked for: the same for all panels of a dashboard. */
export interface Asked {
  readonly dashboard: string;
  readonly span: Span;
  readonly variables: ReadonlyMap<string, readonly string[]>;
}

/** What a panel needs of the page. */
export interface PanelEvents {
  zoom(fromMs: number, toMs: number): void;
  zoomOut(): void;
  hrefOf(link: DrillLink, tags: Readonly<Record<string, string>>): string;
  /** Shows the lines behind a number. */
  readonly openLines: OpenLines;
}

/** A panel on the page. */
export class PanelView {
  readonly #frame: PanelFrame;
  readonly #panel: PanelDefinition;
  readonly #events: PanelEvents;
  readonly #timeseries: TimeseriesContent | undefined;
  #running: AbortController | undefined;
  #order: TableOrder | undefined;
  #drawn: { answered: readonly Answered[]; curves: readonly Answered[]; span: Span } | undefined;

  constructor(panel: PanelDefinition, events: PanelEvents) {
    this.#panel = panel;
    this.#events = events;
    this.#frame = panelFrame(panel);
    this.#timeseries = panel.type === 'timeseries' ? new TimeseriesContent(this.#frame, panel, events) : undefined;
  }

  /** The element on the page. */
  get root(): HTMLElement {
    return this.#frame.root;
  }

  /** Asks and draws; a question still running is given up. Resolves to false when the server is away. */
  async load(asked: Asked): Promise<boolean> {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.#frame.setLoading(true);
    try {
      const hasLine = this.#panel.type === 'stat' && this.#panel.sparkline;
      const [answered, curves] = await Promise.all([
        this.#ask(asked, this.#panel.type === 'stat' ? 'range' : undefined, running.signal),
        hasLine ? this.#ask(asked, 'windows', running.signal) : [],
      ]);
      if (running.signal.aborted) return true;
      this.#drawn = { answered, curves, span: asked.span };
      this.redraw();
      return true;
    } catch (error) {
      if (running.signal.aborted) return true;
      const isAway = error instanceof ApiError && error.isAway;
      // While the server is away the last answer stays, under a banner; a refused question takes its place.
      if (!isAway || !this.#drawn) this.#frame.setMessage({ kind: 'error', text: messageText(error) });
      return !isAway;
    } finally {
      if (this.#running === running) this.#frame.setLoading(false);
    }
  }

  #ask(asked: Asked, shape: Question['shape'], signal: AbortSignal): Promise<readonly Answered[]> {
    const { dashboard, span, variables } = asked;
    return Promise.all(
      this.#panel.queries.map(async (query, index) => {
        const question: Question = {
          dashboard,
          panel: this.#panel.id,
          query: index,
          ...span,
          points: this.#points(shape),
          variables,
          ...(shape ? { shape } : {}),
        };
        return { query, answer: await fetchAnswer(question, signal) };
      }),
    );
  }

  /** How many windows the width has room for: a bar needs some pixels, a curve fewer. */
  #points(shape: Question['shape']): number {
    if (this.#panel.type !== 'timeseries') return shape === 'windows' ? 60 : 1;
    const width = this.#timeseries?.width ?? 600;
    return Math.max(20, Math.min(1000, Math.floor(width / (this.#panel.draw === 'bars' ? 5 : 2.5))));
  }

  /** Draws the last answers again. */
  redraw(): void {
    if (!this.#drawn) return;
    const { answered, curves, span } = this.#drawn;
    const panel = this.#panel;
    // The body must be visible while it is drawn: charts measure it.
    this.#frame.setMessage(undefined);
    let hasContent = true;
    const place: LinesPlace = { panel, span, open: this.#events.openLines };
    switch (panel.type) {
      case 'stat':
        drawStat(this.#frame.body, panel, answered, curves, place);
        break;
      case 'timeseries':
        hasContent = this.#timeseries?.draw(answered, span) ?? false;
        break;
      case 'bargauge':
        hasContent = drawBarGauge(this.#frame.body, panel, answered, place);
        break;
      case 'table':
        hasContent = drawTable(this.#frame.body, panel, answered, {
          order: this.#order,
          sort: (order) => {
            this.#order = order;
            this.redraw();
          },
          hrefOf: (link, tags) => this.#events.hrefOf(link, tags),
          lines: place,
        });
        break;
    }
    if (!hasContent) this.#frame.setMessage({ kind: 'empty', text: panel.noValue ?? 'No data in this time range' });
  }

  /** Gives up what runs and takes the panel away. */
  destroy(): void {
    this.#running?.abort();
    this.#timeseries?.destroy();
    this.root.remove();
  }
}

function messageText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
