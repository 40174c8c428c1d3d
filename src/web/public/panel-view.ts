// One panel over its life: asks its queries, draws the answers, keeps the last ones while new ones come.
import { ApiError, fetchAlerts, fetchAnswer } from './api.ts';
import type { Question } from './api.ts';
import { contentOf } from './panel-contents.ts';
import type { PanelAnswers, PanelContent, PanelEvents } from './panel-contents.ts';
import type { Answered } from './panel-data.ts';
import { panelFrame } from './panel-frame.ts';
import type { PanelFrame } from './panel-frame.ts';
import type { Span } from './time-range.ts';
import type { AnnotationKind, PanelDefinition } from './wire.ts';

/** The most windows that are asked for at once. */
const maxPoints = 1000;
const minPoints = 20;

/** What is asked for: the same for all panels of a dashboard. */
export interface Asked {
  readonly dashboard: string;
  readonly span: Span;
  readonly variables: ReadonlyMap<string, readonly string[]>;
}

/** A panel on the page. */
export class PanelView {
  readonly id: number;
  readonly #frame: PanelFrame;
  readonly #panel: PanelDefinition;
  readonly #content: PanelContent;
  readonly #resizes: ResizeObserver | undefined;
  #running: AbortController | undefined;
  #asked: Asked | undefined;
  #drawn: PanelAnswers | undefined;
  #size = '';

  constructor(panel: PanelDefinition, events: PanelEvents & { toggleView(id: number): void }) {
    this.id = panel.id;
    this.#panel = panel;
    this.#frame = panelFrame(panel, {
      toggleView: () => events.toggleView(panel.id),
      retry: () => {
        if (this.#asked) void this.load(this.#asked);
      },
      linkHref: (link) => events.hrefOf(link, {}),
    });
    this.#content = contentOf(panel, this.#frame, events, () => this.redraw());
    if (this.#content.isMeasured) {
      const { body } = this.#frame;
      this.#resizes = new ResizeObserver(() => {
        const size = `${body.clientWidth} ${body.clientHeight}`;
        if (size !== this.#size && !body.hidden && body.clientWidth > 0) this.redraw();
      });
      this.#resizes.observe(body);
    }
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
    this.#asked = asked;
    this.#frame.setLoading(true);
    const { signal } = running;
    try {
      const isStat = this.#panel.type === 'stat';
      const hasLine = this.#panel.type === 'stat' && this.#panel.sparkline;
      const [answered, curves, alerts] = await Promise.all([
        this.#ask(asked, isStat ? 'range' : undefined, signal),
        hasLine ? this.#ask(asked, 'windows', signal) : [],
        this.#panel.type === 'alertlist' ? fetchAlerts(signal) : undefined,
      ]);
      if (signal.aborted) return true;
      this.#drawn = { answered, curves, alerts, span: asked.span };
      this.redraw();
      return true;
    } catch (error) {
      if (signal.aborted) return true;
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
        const wanted = this.#content.points(shape);
        const question: Question = {
          dashboard,
          panel: this.#panel.id,
          query: index,
          ...span,
          points: query.over === 'windows' ? Math.max(minPoints, Math.min(maxPoints, wanted)) : Math.max(1, wanted),
          variables,
          ...(shape ? { shape } : {}),
        };
        return { query, answer: await fetchAnswer(question, signal) };
      }),
    );
  }

  /** Draws the last answers again. */
  redraw(): void {
    if (!this.#drawn) return;
    const { body } = this.#frame;
    // The body must be visible while it is drawn: charts measure it.
    this.#frame.setMessage(undefined);
    const words = this.#content.draw(this.#drawn);
    this.#size = `${body.clientWidth} ${body.clientHeight}`;
    if (words === undefined) return;
    const { noValue } = this.#panel;
    if (words !== '') this.#frame.setMessage({ kind: 'empty', text: words });
    else if (noValue !== undefined) this.#frame.setMessage({ kind: 'none', text: noValue });
    else this.#frame.setMessage({ kind: 'empty', text: 'No data in this time range' });
  }

  /** Shows events over the panel, where it draws time. */
  annotate(kinds: readonly AnnotationKind[]): void {
    this.#content.annotate?.(kinds);
  }

  /** Makes the panel fill the page, or takes its place in the grid again. */
  setViewed(isViewed: boolean): void {
    this.#frame.setViewed(isViewed);
  }

  /** Gives up what runs and takes the panel away. */
  destroy(): void {
    this.#running?.abort();
    this.#resizes?.disconnect();
    this.#content.destroy?.();
    this.root.remove();
  }
}

function messageText(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
