// What is inside a panel's frame, by type: one small interface over the renderers, so that the panel's life does not
// know them.
import type { LinesPlace, OpenLines } from './lines-button.ts';
import { drawBarChart } from './panel-barchart.ts';
import { drawBarGauge } from './panel-bargauge.ts';
import type { Answered } from './panel-data.ts';
import { drawAlertList } from './panel-alertlist.ts';
import { drawGauge } from './panel-gauge.ts';
import { HeatmapContent } from './panel-heatmap.ts';
import { LanesContent } from './panel-lanes.ts';
import type { PanelFrame } from './panel-frame.ts';
import { drawStat } from './panel-stat.ts';
import { drawTable } from './panel-table.ts';
import { drawText } from './panel-text.ts';
import { TimeseriesContent } from './panel-timeseries.ts';
import type { TableOrder } from './table-data.ts';
import type { Span } from './time-range.ts';
import type { AlertAnswer, AnnotationKind, DrillLink, PanelDefinition } from './wire.ts';

/** What was answered: the queries, the curves behind the numbers of a stat, the alerts of an alert list. */
export interface PanelAnswers {
  readonly answered: readonly Answered[];
  readonly curves: readonly Answered[];
  readonly alerts: AlertAnswer | undefined;
  readonly span: Span;
}

/** What a panel can ask of the page. */
export interface PanelEvents {
  zoom(fromMs: number, toMs: number): void;
  zoomOut(): void;
  /** The address of a link, with the tags of the row it belongs to. */
  hrefOf(link: DrillLink, tags: Readonly<Record<string, string>>): string;
  /** The address of a panel of a dashboard. */
  panelHref(dashboard: string, panel: number | null): string;
  /** Shows the lines of the log behind a number. */
  readonly openLines: OpenLines;
}

/** The inside of a panel. */
export interface PanelContent {
  /** Draws answers; the words that stand for them where there is nothing to show (empty for the usual ones). */
  draw(answers: PanelAnswers): string | undefined;
  /** True when it must be drawn again in another size. */
  readonly isMeasured: boolean;
  /** Shows events over it, where it draws time. */
  annotate?(kinds: readonly AnnotationKind[]): void;
  /** Windows that it has room for. */
  points(shape: 'range' | 'windows' | undefined): number;
  destroy?(): void;
}

/** Makes the inside of a panel; `redraw` draws the last answers again. */
export function contentOf(
  panel: PanelDefinition,
  frame: PanelFrame,
  events: PanelEvents,
  redraw: () => void,
): PanelContent {
  const { body } = frame;
  const hrefOf: PanelEvents['hrefOf'] = (link, tags) => events.hrefOf(link, tags);
  const placeOf = ({ span }: PanelAnswers): LinesPlace => ({ panel, span, open: events.openLines });
  const width = (): number => body.clientWidth || frame.root.clientWidth || 600;
  const simple = (draw: (answers: PanelAnswers) => boolean, isMeasured = false): PanelContent => ({
    draw: (answers) => (draw(answers) ? undefined : ''),
    isMeasured,
    points: (shape) => (shape === 'windows' ? 60 : 1),
  });
  switch (panel.type) {
    case 'stat':
      return simple((answers) => {
        drawStat(body, panel, answers.answered, answers.curves, hrefOf, placeOf(answers));
        return true;
      });
    case 'gauge':
      return simple(({ answered }) => {
        drawGauge(body, panel, answered);
        return true;
      });
    case 'bargauge':
      return simple((answers) => drawBarGauge(body, panel, answers.answered, hrefOf, placeOf(answers)));
    case 'barchart':
      return simple(({ answered }) => drawBarChart(body, panel, answered), true);
    case 'text':
      return simple(() => drawText(body, panel));
    case 'table': {
      let order: TableOrder | undefined;
      const sort = (next: TableOrder): void => {
        order = next;
        redraw();
      };
      return simple((answers) =>
        drawTable(body, panel, answers.answered, { order, sort, hrefOf, lines: placeOf(answers) }),
      );
    }
    case 'alertlist':
      return {
        draw: ({ alerts }) => drawAlertList(body, alerts, (uid, id) => events.panelHref(uid, id)),
        isMeasured: false,
        points: () => 1,
      };
    case 'timeseries': {
      const content = new TimeseriesContent(frame, panel, events);
      return {
        draw: ({ answered, span }) => (content.draw(answered, span) ? undefined : ''),
        isMeasured: false,
        annotate: (kinds) => content.annotate(kinds),
        // A bar needs some pixels, a curve fewer.
        points: () => Math.floor(content.width / (panel.draw === 'bars' ? 5 : 2.5)),
        destroy: () => content.destroy(),
      };
    }
    case 'state-timeline':
    case 'status-history': {
      const content = new LanesContent(frame, panel, events);
      return {
        draw: ({ answered, span }) => (content.draw(answered, span) ? undefined : ''),
        isMeasured: true,
        annotate: (kinds) => content.annotate(kinds),
        points: () => Math.min(300, Math.floor((width() * 0.75) / (panel.type === 'state-timeline' ? 4 : 16))),
        destroy: () => content.destroy(),
      };
    }
    case 'heatmap': {
      const content = new HeatmapContent(frame, panel, events);
      return {
        draw: ({ answered, span }) => (content.draw(answered, span) ? undefined : ''),
        isMeasured: true,
        annotate: (kinds) => content.annotate(kinds),
        points: () => Math.floor(width() / 8),
        destroy: () => content.destroy(),
      };
    }
  }
}
