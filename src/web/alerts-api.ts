// Alerts for the page: what fires, the rules, the history, and silences, which are all that can be changed here.
import express, { Router } from 'express';
import type { Request, Response } from 'express';
import { z } from 'zod';
import { alertEvent } from '../model/alert-event.ts';
import { messageOf, printable } from '../model/errors.ts';
import { query } from '../model/query.ts';
import { access } from './access.ts';
import { messagePage } from './message-page.ts';
import type { WebOptions } from './options.ts';
import type { AlertCounts, AlertHistory, AlertsAnswer, RunbookAnswer, SilenceItem } from './public/alerts-wire.ts';
import { runbookSection } from './runbooks.ts';

/** More alerts than this nobody reads; the rest is counted. */
const maxAlerts = 500;
/** So many changes of the past are given. */
const maxEvents = 20;
const historyMs = 90 * 86_400_000;
/** The longest silence, as alerts/rules/silences.ts has it. */
const maxMinutes = 30 * 1440;

const silenceSchema = z
  .strictObject({
    ruleUid: z.string().min(1).max(100),
    labels: z
      .record(z.string().min(1).max(256), z.string().max(4096))
      .refine((labels) => Object.keys(labels).length <= 50, 'at most 50 labels')
      .default({}),
    minutes: z.int().min(1).max(maxMinutes).optional(),
    untilMs: z.int().min(0).max(8.64e15).optional(),
    comment: z.string().trim().max(500).default(''),
  })
  .refine(
    ({ minutes, untilMs }) => (minutes === undefined) !== (untilMs === undefined),
    'give either "minutes" or "untilMs"',
  );

/** The newest changes as they are stored. */
const newestEvents = query(alertEvent, {
  select: [
    { field: 'summary', aggregate: 'last' },
    { field: 'duration_s', aggregate: 'last' },
  ],
  groupBy: ['status', 'alertname', 'severity', 'host'],
  over: 'rows',
  limit: maxEvents,
});

/** True for the requests that may change something. */
export function canChange({ method, path }: Request): boolean {
  if (method === 'POST') return path === '/api/silences';
  return method === 'DELETE' && /^\/api\/silences\/[\w-]{1,100}$/.test(path);
}

/** Routes below /api. */
export function alertRoutes(options: WebOptions): Router {
  const router = Router();
  router.use(['/alerts', '/silences', '/runbooks'], (_request, response, next) => {
    response.set('Cache-Control', 'no-store');
    next();
  });
  router.get('/alerts', (_request, response) => {
    if (!options.alerts?.()) return messagePage(response, 404, 'Not found', 'No alert rules are evaluated here.');
    response.json(alertsAnswer(options));
  });
  router.get('/alerts/counts', (_request, response) => {
    const answer: AlertCounts = alertsAnswer(options).counts;
    response.json(answer);
  });
  router.get('/alerts/history', (_request, response) => answerHistory(options, response));
  router.get('/runbooks/:rule', (request, response) => answerRunbook(options, request.params.rule, response));
  router.post('/silences', access.ownPage, express.json({ limit: '64kb', strict: true }), (request, response) =>
    addSilence(options, request, response),
  );
  router.delete('/silences/:id', access.ownPage, (request, response) =>
    endSilence(options, String(request.params['id']), response),
  );
  return router;
}

function alertsAnswer({ alerts, clock }: WebOptions): AlertsAnswer {
  const board = alerts?.();
  const view = board?.view() ?? { alerts: [], rules: [], silences: [], targets: [] };
  const firing = view.alerts.filter(({ state }) => state === 'firing');
  const loud = firing.filter(({ silencedUntilMs }) => silencedUntilMs === null);
  return {
    nowMs: clock.now(),
    counts: {
      isEvaluated: board !== undefined,
      firing: loud.length,
      critical: loud.filter(({ severity }) => severity === 'critical').length,
      silenced: firing.length - loud.length,
      pending: view.alerts.length - firing.length,
    },
    ...view,
    alerts: view.alerts.slice(0, maxAlerts),
    left: Math.max(0, view.alerts.length - maxAlerts),
  };
}

async function answerHistory({ queries, clock }: WebOptions, response: Response): Promise<void> {
  if (!queries) {
    const answer: AlertHistory = { events: [] };
    response.json(answer);
    return;
  }
  const toMs = clock.now() + 60_000;
  try {
    const rows = await queries.run(newestEvents, { fromMs: toMs - historyMs, toMs, windowMs: 1000 }, {});
    const answer: AlertHistory = {
      events: rows.slice(0, maxEvents).map(({ group, timeMs, values: [summary, duration] }) => ({
        timeMs,
        status: group[0] === 'resolved' ? 'resolved' : 'firing',
        title: group[1] ?? '',
        severity: group[2] ?? '',
        host: group[3] ?? '',
        summary: typeof summary === 'string' ? summary : '',
        durationSeconds: typeof duration === 'number' ? duration : null,
      })),
    };
    response.json(answer);
  } catch (error) {
    messagePage(response, 503, 'No answer', printable(messageOf(error), 500));
  }
}

async function answerRunbook({ alerts, runbooks }: WebOptions, uid: string, response: Response): Promise<void> {
  const rule = alerts?.()
    ?.view()
    .rules.find(({ ruleUid }) => ruleUid === uid);
  if (!rule) return messagePage(response, 404, 'Not found', 'There is no such rule.');
  const answer: RunbookAnswer = { path: rule.runbook, text: (await runbookSection(rule.runbook, runbooks)) ?? null };
  response.json(answer);
}

async function endSilence({ alerts }: WebOptions, id: string, response: Response): Promise<void> {
  const isEnded = await alerts?.()?.endSilence(id);
  if (isEnded !== true) return messagePage(response, 404, 'Not found', 'There is no such silence any more.');
  response.status(204).end();
}

async function addSilence({ alerts, clock }: WebOptions, request: Request, response: Response): Promise<void> {
  const board = alerts?.();
  if (!board) return messagePage(response, 503, 'Not possible', 'No alert rules are evaluated here.');
  const parsed = silenceSchema.safeParse(request.body);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const place = issue?.path.map(String).join('.') ?? '';
    const text = `${place === '' ? '' : `${place}: `}${issue?.message ?? 'invalid'}`;
    return messagePage(response, 400, 'Not possible', printable(text, 300));
  }
  const { ruleUid, labels, minutes = 0, untilMs, comment } = parsed.data;
  const result = await board.silence({ ruleUid, labels, comment, endsMs: untilMs ?? clock.now() + minutes * 60_000 });
  if ('fault' in result) return messagePage(response, 400, 'Not possible', result.fault);
  const answer: SilenceItem = result;
  response.status(201).json(answer);
}
