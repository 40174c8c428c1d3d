// The lines behind a number of a panel. The client names the panel, the group and the time; which measurement, field and
// filters that means is in the definition.
import type { Request, Response } from 'express';
import { z } from 'zod';
import { messageOf, printable } from '../model/errors.ts';
import { goneText } from '../model/lines.ts';
import type { LineAnswer, LineCondition, LineQuestion } from '../model/lines.ts';
import type { Dashboard } from '../model/panel.ts';
import type { PanelQuery, VariableValues } from '../model/query.ts';
import { hasLines, panelOf } from './definitions.ts';
import { messagePage } from './message-page.ts';
import type { WebOptions } from './options.ts';
import { chosenVariables, questionFault } from './questions.ts';
import type { LinesAnswer } from './public/wire.ts';

const maxLines = 200;
const maxRangeMs = 20 * 366 * 86_400_000;

const whole = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

const groupSchema = z.array(z.string().max(1000)).max(20);

const questionSchema = z
  .object({
    dashboard: z.string().max(100),
    panel: whole,
    query: whole,
    select: whole,
    /** The group-by values of the series, a JSON array of texts. */
    group: z
      .string()
      .max(10_000)
      .transform((text, context) => {
        try {
          return groupSchema.parse(JSON.parse(text));
        } catch {
          context.addIssue({ code: 'custom', message: 'a JSON array of texts is needed' });
          return z.NEVER;
        }
      }),
    from: whole,
    to: whole,
    skip: whole.default(0),
    limit: whole.pipe(z.number().min(1).max(maxLines)).default(maxLines),
  })
  .refine(({ from, to }) => to > from, 'the end of the time must be after its beginning')
  .refine(({ from, to }) => to - from <= maxRangeMs, 'the time is too long');

/** Answers `/api/lines`. */
export async function answerLines(
  { lines: search, log }: WebOptions,
  dashboards: ReadonlyMap<string, Dashboard>,
  request: Request,
  response: Response,
): Promise<void> {
  const parsed = questionSchema.safeParse(request.query);
  if (!parsed.success) {
    return messagePage(response, 400, 'Not possible', questionFault(parsed.error));
  }
  const { dashboard: uid, panel, query: number, select, group, from, to, skip, limit } = parsed.data;
  const dashboard = dashboards.get(uid);
  const query = dashboard && panelOf(dashboard, panel)?.queries[number];
  const selection = query?.select[select];
  if (!dashboard || !query || !selection || group.length !== query.groupBy.length) {
    return messagePage(response, 404, 'Not found', 'There is no such number.');
  }
  if (!search) return messagePage(response, 503, 'No logs', 'No logs are read here: there are no lines to show.');
  if (!hasLines(query, selection)) {
    return messagePage(response, 404, 'No lines', 'This number does not come from single lines of a log.');
  }
  const question: LineQuestion = {
    measurement: query.measurement,
    fields: [selection.field],
    where: [...conditionsOf(query, chosenVariables(dashboard, request)), ...groupConditions(query, group)],
    fromMs: from,
    toMs: to,
    ofBuckets: true,
    skip,
    limit,
  };
  const givenUp = new AbortController();
  response.once('close', () => givenUp.abort());
  try {
    response.json(answerOf(await search.find(question, givenUp.signal)));
  } catch (error) {
    if (givenUp.signal.aborted) return;
    log.warn('live page: lines cannot be shown', { error: printable(messageOf(error), 500) });
    messagePage(response, 503, 'No answer', printable(messageOf(error), 500));
  }
}

/** The filters of the query; a variable without a choice (All) keeps everything. */
function conditionsOf({ where }: PanelQuery, variables: VariableValues): LineCondition[] {
  return where.flatMap(({ tag, values = [], variable, not }) => {
    const chosen = variable !== undefined && Object.hasOwn(variables, variable) ? variables[variable] : undefined;
    if (variable !== undefined && (chosen === undefined || chosen.length === 0)) return [];
    return [{ tag, values: [...values, ...(chosen ?? [])], isExcluded: not === true }];
  });
}

function groupConditions({ groupBy }: PanelQuery, group: readonly string[]): LineCondition[] {
  return groupBy.map((tag, index) => ({ tag, values: [group[index] ?? ''], isExcluded: false }));
}

function answerOf({ total, amount, lines, next, gone, notes }: LineAnswer): LinesAnswer {
  return {
    total,
    amount,
    lines: lines.map((line) => ({ ...line, path: printable(line.path) })),
    next: next ?? null,
    gone: gone.map((log) => ({ path: printable(log.path), text: printable(goneText(log)) })),
    notes,
  };
}
