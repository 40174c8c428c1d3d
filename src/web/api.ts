// The data of the page as JSON. A question names a dashboard, a panel and a query of it; what is asked of the store
// is in the definition, so no text of the client ever becomes part of a statement.
import { Router } from 'express';
import type { Request, Response } from 'express';
import { messageOf, printable } from '../model/errors.ts';
import type { Dashboard, Panel } from '../model/panel.ts';
import { rateSeconds } from '../model/query-rules.ts';
import type { PanelQuery, QueryRange, ResultRow } from '../model/query.ts';
import { annotationsIn } from './annotations.ts';
import { definitionOf, isCount, panelOf } from './definitions.ts';
import { answerLines } from './lines.ts';
import { messagePage } from './message-page.ts';
import type { WebOptions } from './options.ts';
import { chosenVariables, maxVariableValues, questionFault, questionSchema, rangeSchema } from './questions.ts';
import type { DashboardList, QueryAnswer, SpanAnswer, StatusAnswer, VariableAnswer } from './public/wire.ts';
import { windowFor } from './windows.ts';

/** Routes below /api. */
export function apiRoutes(options: WebOptions): Router {
  const router = Router();
  const dashboards = new Map(options.dashboards.map((dashboard) => [dashboard.uid, dashboard]));
  router.use((_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.get('/dashboards', (_request, response) => {
    const list = options.dashboards.map(({ uid, title, description, folder }) => ({ uid, title, description, folder }));
    const answer: DashboardList = { hasStore: options.queries !== undefined, dashboards: list };
    response.json(answer);
  });
  router.get('/dashboards/:uid', (request, response) => {
    const dashboard = dashboards.get(request.params.uid);
    if (!dashboard) return messagePage(response, 404, 'Not found', 'There is no such dashboard.');
    response.json(definitionOf(dashboard, options.lines !== undefined));
  });
  router.get('/status', (_request, response) => {
    const answer: StatusAnswer = { ...options.status(), nowMs: options.clock.now() };
    response.json(answer);
  });
  router.get('/span', async (_request, response) => {
    try {
      const answer: SpanAnswer = { span: (await options.queries?.span()) ?? null };
      response.json(answer);
    } catch (error) {
      storeFault(response, error);
    }
  });
  router.get('/variables', (request, response) => answerVariables(options, dashboards, request, response));
  router.get('/annotations', (request, response) => answerAnnotations(options, dashboards, request, response));
  router.get('/query', (request, response) => answerQuery(options, dashboards, request, response));
  router.get('/lines', (request, response) => answerLines(options, dashboards, request, response));
  router.use((_request, response) => messagePage(response, 404, 'Not found', 'There is no such question.'));
  return router;
}

async function answerVariables(
  { queries }: WebOptions,
  dashboards: ReadonlyMap<string, Dashboard>,
  request: Request,
  response: Response,
): Promise<void> {
  const uid = request.query['dashboard'];
  const dashboard = typeof uid === 'string' ? dashboards.get(uid) : undefined;
  if (!dashboard) return messagePage(response, 404, 'Not found', 'There is no such dashboard.');
  if (!queries) return noStore(response);
  try {
    const values: Record<string, readonly string[]> = {};
    for (const { name, measurement, tag } of dashboard.variables) {
      values[name] = await queries.tagValues(measurement, tag, maxVariableValues);
    }
    const answer: VariableAnswer = { values };
    response.json(answer);
  } catch (error) {
    storeFault(response, error);
  }
}

async function answerAnnotations(
  { queries, annotations = [] }: WebOptions,
  dashboards: ReadonlyMap<string, Dashboard>,
  request: Request,
  response: Response,
): Promise<void> {
  const parsed = rangeSchema.safeParse(request.query);
  if (!parsed.success) return messagePage(response, 400, 'Not possible', questionFault(parsed.error));
  const { dashboard: uid, from: fromMs, to: toMs } = parsed.data;
  const dashboard = dashboards.get(uid);
  if (!dashboard) return messagePage(response, 404, 'Not found', 'There is no such dashboard.');
  if (!queries) return noStore(response);
  const givenUp = new AbortController();
  response.once('close', () => givenUp.abort());
  const range = { fromMs, toMs, windowMs: toMs - fromMs };
  const variables = chosenVariables(dashboard, request);
  const kinds = [...annotations, ...(dashboard.annotations ?? [])];
  const answer = await annotationsIn(queries, kinds, range, variables, givenUp.signal);
  if (!givenUp.signal.aborted) response.json(answer);
}

async function answerQuery(
  { queries }: WebOptions,
  dashboards: ReadonlyMap<string, Dashboard>,
  request: Request,
  response: Response,
): Promise<void> {
  const parsed = questionSchema.safeParse(request.query);
  if (!parsed.success) return messagePage(response, 400, 'Not possible', questionFault(parsed.error));
  const question = parsed.data;
  const dashboard = dashboards.get(question.dashboard);
  const panel = dashboard && panelOf(dashboard, question.panel);
  const query = panel?.queries[question.query];
  if (!dashboard || !panel || !query) return messagePage(response, 404, 'Not found', 'There is no such panel.');
  if (!queries) return noStore(response);
  const shaped = shapedQuery(panel, query, question.shape);
  const windowMs = windowFor(question.to - question.from, question.points, query.minWindowSeconds);
  // The first window is asked whole: half of one would draw a fall that never was.
  const fromMs = shaped.over === 'windows' ? Math.floor(question.from / windowMs) * windowMs : question.from;
  const range = { fromMs, toMs: question.to, windowMs };
  const givenUp = new AbortController();
  response.once('close', () => givenUp.abort());
  try {
    const rows = await queries.run(shaped, range, chosenVariables(dashboard, request), givenUp.signal);
    response.json(answerOf(shaped, range, rows));
  } catch (error) {
    if (!givenUp.signal.aborted) storeFault(response, error);
  }
}

/** A number stands for the whole range; the curve behind it has windows, with zero where nothing was counted. */
function shapedQuery(panel: Panel, query: PanelQuery, shape: 'range' | 'windows' | undefined): PanelQuery {
  if (panel.type !== 'stat') return query;
  if (shape !== 'windows') return { ...query, over: 'range' };
  const hasZero = query.select.every((selection) => isCount(query, selection) || rateSeconds(selection) !== undefined);
  return { ...query, over: 'windows', fill: hasZero ? 'zero' : 'null' };
}

/** Series of an answer: groups with their windows, or an entry for each row, which has its own time. */
function answerOf(query: PanelQuery, range: QueryRange, rows: readonly ResultRow[]): QueryAnswer {
  if (query.over !== 'windows') {
    const series = rows.map(({ group, values }) => ({ group, values: values.map((value) => [value]) }));
    return { ...range, times: rows.map((row) => row.timeMs), series };
  }
  const times = [...new Set(rows.map((row) => row.timeMs))].toSorted((first, second) => first - second);
  const places = new Map(times.map((timeMs, index) => [timeMs, index]));
  const groups = new Map<string, { group: readonly string[]; values: (number | string | null)[][] }>();
  for (const row of rows) {
    const key = JSON.stringify(row.group);
    let series = groups.get(key);
    if (!series) {
      series = { group: row.group, values: query.select.map(() => times.map(() => null)) };
      groups.set(key, series);
    }
    const place = places.get(row.timeMs) ?? 0;
    for (const [index, value] of row.values.entries()) {
      const column = series.values[index];
      if (column) column[place] = value;
    }
  }
  return { ...range, times, series: [...groups.values()] };
}

function noStore(response: Response): void {
  messagePage(response, 503, 'No store', 'No embedded store is configured (output duckdb): there is nothing to draw.');
}

function storeFault(response: Response, error: unknown): void {
  messagePage(response, 503, 'No answer', printable(messageOf(error), 500));
}
