// What a question for data may hold, and what it says of a time range and of variables. Anything else is refused before
// the store hears of it.
import type { Request } from 'express';
import { z } from 'zod';
import type { Dashboard } from '../model/panel.ts';
import type { VariableValues } from '../model/query.ts';

/** The longest range, the most windows, and the most values of a variable. */
const maxRangeMs = 20 * 366 * 86_400_000;
const maxPoints = 2000;
export const maxVariableValues = 1000;

const whole = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);

const rangeShape = { dashboard: z.string().max(100), from: whole, to: whole };

interface Range {
  readonly from: number;
  readonly to: number;
}

const isForward = ({ from, to }: Range): boolean => to > from;
const isShort = ({ from, to }: Range): boolean => to - from <= maxRangeMs;
const backward = 'the end of the range must be after its beginning';
const long = 'the range is too long: at most 20 years';

/** A question for the events over the charts of a dashboard. */
export const rangeSchema = z.object(rangeShape).refine(isForward, backward).refine(isShort, long);

/** A question for one query of a panel. */
export const questionSchema = z
  .object({
    ...rangeShape,
    panel: whole,
    query: whole,
    points: whole.pipe(z.number().min(1).max(maxPoints)).default(400),
    /** A stat asks its one query twice: for the number and for the curve behind it. */
    shape: z.enum(['range', 'windows']).optional(),
  })
  .refine(isForward, backward)
  .refine(isShort, long);

/** What is wrong with a question, for people. */
export function questionFault(error: z.ZodError): string {
  const issue = error.issues[0];
  const place = issue?.path.join('.') ?? '';
  return `${place === '' ? '' : `${place}: `}${issue?.message ?? 'invalid'}`;
}

/** The choice for each declared variable from `var-<name>`; other parameters are ignored. */
export function chosenVariables(dashboard: Dashboard, request: Request): VariableValues {
  const chosen: Record<string, readonly string[]> = {};
  for (const { name } of dashboard.variables) {
    const given = request.query[`var-${name}`];
    const values = (Array.isArray(given) ? given : [given]).filter((value) => typeof value === 'string');
    if (values.length > 0) chosen[name] = values.slice(0, maxVariableValues);
  }
  return chosen;
}
