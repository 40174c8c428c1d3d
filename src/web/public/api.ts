// Asking the server. A fault becomes an ApiError with a message for people.
import type { PickedNumber } from './lines-link.ts';
import type {
  AlertAnswer,
  AnnotationAnswer,
  DashboardDefinition,
  DashboardList,
  LinesAnswer,
  QueryAnswer,
  SpanAnswer,
  StatusAnswer,
  VariableAnswer,
} from './wire.ts';

/** A question that the server refused or could not be asked; the message is for people. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  /** True when the server did not answer at all. */
  readonly isAway: boolean;
  /** The HTTP status; 0 when there was none. */
  readonly status: number;
  constructor(message: string, isAway: boolean, status = 0) {
    super(message);
    this.isAway = isAway;
    this.status = status;
  }
}

async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  let response: Response;
  try {
    response = await fetch(path, { headers: { Accept: 'application/json' }, ...(signal ? { signal } : {}) });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError('Switchboard does not answer.', true);
  }
  const body: unknown = await response.json().catch(() => undefined);
  if (response.ok && body !== undefined) return body as T;
  const message = (body as { error?: unknown } | undefined)?.error;
  throw new ApiError(
    typeof message === 'string' ? message : `The server answered ${response.status}.`,
    false,
    response.status,
  );
}

/** All dashboards. */
export const fetchDashboards = (): Promise<DashboardList> => get('/api/dashboards');

/** One dashboard's definition. */
export const fetchDashboard = (uid: string): Promise<DashboardDefinition> =>
  get(`/api/dashboards/${encodeURIComponent(uid)}`);

/** Time of the oldest and the newest stored point. */
export const fetchSpan = (): Promise<SpanAnswer> => get('/api/span');

/** The pipeline's state. */
export const fetchStatus = (signal?: AbortSignal): Promise<StatusAnswer> => get('/api/status', signal);

/** The values that each variable of a dashboard can have. */
export const fetchVariableValues = (uid: string, signal?: AbortSignal): Promise<VariableAnswer> =>
  get(`/api/variables?dashboard=${encodeURIComponent(uid)}`, signal);

/** The alerts of all rules; undefined where this server evaluates none. */
export async function fetchAlerts(signal: AbortSignal): Promise<AlertAnswer | undefined> {
  try {
    return await get<AlertAnswer>('/api/alerts', signal);
  } catch (error) {
    if (error instanceof ApiError && error.status === 404) return undefined;
    throw error;
  }
}

/** What is to be drawn over the charts of a dashboard in a range. */
export function fetchAnnotations(
  asked: Pick<Question, 'dashboard' | 'fromMs' | 'toMs' | 'variables'>,
  signal: AbortSignal,
): Promise<AnnotationAnswer> {
  const parameters = new URLSearchParams({
    dashboard: asked.dashboard,
    from: String(asked.fromMs),
    to: String(asked.toMs),
  });
  addVariables(parameters, asked.variables);
  return get(`/api/annotations?${parameters}`, signal);
}

function addVariables(parameters: URLSearchParams, variables: Question['variables']): void {
  for (const [name, values] of variables) for (const value of values) parameters.append(`var-${name}`, value);
}

/** What a panel asks for. */
export interface Question {
  readonly dashboard: string;
  readonly panel: number;
  readonly query: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
  readonly shape?: 'range' | 'windows';
  readonly variables: ReadonlyMap<string, readonly string[]>;
}

/** The answer to one query of a panel. */
export function fetchAnswer(question: Question, signal: AbortSignal): Promise<QueryAnswer> {
  const parameters = new URLSearchParams({
    dashboard: question.dashboard,
    panel: String(question.panel),
    query: String(question.query),
    from: String(question.fromMs),
    to: String(question.toMs),
    points: String(question.points),
  });
  if (question.shape) parameters.set('shape', question.shape);
  addVariables(parameters, question.variables);
  return get(`/api/query?${parameters}`, signal);
}

/** Which lines are asked for: those behind a number, from the `skip`-th on. */
export interface LinesQuestion extends PickedNumber {
  readonly dashboard: string;
  readonly variables: ReadonlyMap<string, readonly string[]>;
  readonly skip: number;
}

/** The lines behind a number. */
export function fetchLines(question: LinesQuestion, signal: AbortSignal): Promise<LinesAnswer> {
  const { dashboard, panel, origin, fromMs, toMs, skip, variables } = question;
  const parameters = new URLSearchParams({
    dashboard,
    panel: String(panel),
    query: String(origin.query),
    select: String(origin.select),
    group: JSON.stringify(origin.group),
    from: String(fromMs),
    to: String(toMs),
    skip: String(skip),
  });
  for (const [name, values] of variables) for (const value of values) parameters.append(`var-${name}`, value);
  return get(`/api/lines?${parameters}`, signal);
}
