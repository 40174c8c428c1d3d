// `up` and `export`: a pipeline that follows logs until it is told to stop, with the live page beside it.
import { systemClock } from '../model/clock.ts';
import { ExitError, messageOf } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { measurementsOf } from './catalogue.ts';
import type { AlertFace, AlertSources } from './alerting.ts';
import type { Configuration } from './configuration.ts';
import { createLog } from './log.ts';
import { Pipeline } from './pipeline.ts';
import { families } from './registry.ts';
import { programVersion } from './version.ts';
import { currentQueries, WebFace } from './web-face.ts';

/** What the process gives. */
export interface ServeSurroundings {
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream & { readonly isTTY?: boolean };
  readonly hasColour: boolean;
  readonly environment: NodeJS.ProcessEnv;
  /** Aborted when the process shall end. */
  readonly signal: AbortSignal;
  /** How long a stop may take for what is not delivered yet, milliseconds (engine 5.7: 5 s). */
  readonly graceMs: () => number;
  /** Calls back when the configuration shall be read again. */
  onReload(callback: () => void): void;
}

/** How to serve one configuration. */
export interface ServePlan {
  /** Reads and completes the configuration, at the start and for every reload; throws UsageError. */
  load(): Promise<Configuration>;
  /** Whether alert rules are evaluated here (`up`). */
  readonly hasAlerts: boolean;
  /** Is told the address of the live page each time it is opened. */
  readonly announce: (url: string, configuration: Configuration) => void;
  /** Something that works beside the pipeline (the demo); begun before it. */
  begin?(log: Log): Promise<Companion>;
}

/** What works beside the pipeline. */
export interface Companion {
  /** Writes and sends no more; called before the pipeline stops. */
  quiet(): Promise<void>;
  /** Lets go of everything; called after the pipeline has stopped. */
  stop(): Promise<void>;
}

/** The most of a stop that may go into telling and storing alerts; what is left is done after the next start. */
const alertGraceMs = 2000;

/** Runs until the signal comes. Throws ExitError when nothing runs any more. */
export async function serve(plan: ServePlan, surroundings: ServeSurroundings): Promise<void> {
  const { stderr, hasColour } = surroundings;
  // From the first moment on: before anybody listens, SIGHUP would end the process.
  let reload = (): void => undefined;
  surroundings.onReload(() => reload());
  const configuration = await plan.load();
  const { secrets } = configuration;
  const log = createLog({ ...configuration.log, stream: stderr, hasColour, secrets });
  const companion = await plan.begin?.(log);
  try {
    const quiet = async (): Promise<void> => companion?.quiet();
    await follow(plan, configuration, log, surroundings, (callback) => (reload = callback), quiet);
  } finally {
    await companion?.quiet();
    await companion?.stop();
  }
  log.info('stopped');
}

async function follow(
  plan: ServePlan,
  configuration: Configuration,
  log: Log,
  { stdin, stdout, environment, signal, graceMs }: ServeSurroundings,
  onReload: (callback: () => void) => void,
  quiet: () => Promise<void>,
): Promise<void> {
  const clock = systemClock;
  const version = programVersion();
  const measurements = measurementsOf(families);
  const services = { clock, log, stdin, stdout, version, measurements, mode: 'follow' as const };
  const pipeline = await Pipeline.start(configuration, services);
  const alerts = plan.hasAlerts
    ? await alertFace(pipeline, { clock, log, environment, pageUrl: () => web.url })
    : undefined;
  const web: WebFace = new WebFace({
    families,
    alerts: () => alerts?.board,
    clock,
    log,
    status: () => pipeline.status(),
    queries: () => pipeline.queries,
    announce: plan.announce,
  });
  try {
    refuseWhenNothingRuns(pipeline, configuration);
    tellStart(configuration, version, log);
    await alerts?.apply(configuration);
    await web.apply(configuration);
    onReload(reloader(plan, { pipeline, web, alerts }, configuration, log));
    await Promise.race([aborted(signal), pipeline.finished()]);
  } finally {
    onReload(() => undefined);
    await quiet();
    // What alerts still have to store needs the outputs of the pipeline, which has to stop in time too.
    await alerts?.stop(Math.min(graceMs(), alertGraceMs));
    await pipeline.stop(graceMs());
    await web.close();
  }
  if (!signal.aborted) throw new ExitError(1, `every source has ended:\n${failuresOf(pipeline)}`);
}

/** What a reload changes. */
interface Parts {
  readonly pipeline: Pipeline;
  readonly web: WebFace;
  readonly alerts: AlertFace | undefined;
}

async function alertFace(
  pipeline: Pipeline,
  services: Pick<AlertSources, 'clock' | 'log' | 'environment' | 'pageUrl'>,
): Promise<AlertFace> {
  const { AlertFace } = await import('./alerting.ts');
  const { alertRulesOf, variableTags } = await import('./alert-rules.ts');
  const { dashboardsOf } = await import('./dashboards.ts');
  return new AlertFace({
    ...services,
    rules: await alertRulesOf(families),
    variables: variableTags(await dashboardsOf(families)),
    queries: currentQueries(() => pipeline.queries),
    output: (name) => pipeline.output(name),
  });
}

/** A fault of alerts is told and keeps nothing else from being reloaded. */
async function applyAlerts(alerts: AlertFace | undefined, next: Configuration, log: Log): Promise<void> {
  try {
    await alerts?.apply(next);
  } catch (error) {
    log.error('alert rules cannot be evaluated any more', { reason: messageOf(error) });
  }
}

/** One reload after the other, each valid as a whole or without any effect (engine 4.6). */
function reloader(plan: ServePlan, { pipeline, web, alerts }: Parts, first: Configuration, log: Log): () => void {
  const once = async (): Promise<void> => {
    let next: Configuration;
    try {
      next = await plan.load();
    } catch (error) {
      log.error('the new configuration is not valid; nothing was changed', { reason: messageOf(error) });
      return;
    }
    try {
      first.secrets.addAll(next.secrets);
      await pipeline.reload(next);
      log.info('the configuration was read again', { sources: next.sources.length, outputs: next.outputs.length });
      await applyAlerts(alerts, next, log);
      await web.apply(next);
    } catch (error) {
      log.error('the live page cannot be opened', { reason: messageOf(error) });
    }
  };
  let reloading: Promise<void> = Promise.resolve();
  return () => {
    reloading = reloading.then(once);
  };
}

function refuseWhenNothingRuns(pipeline: Pipeline, { sources }: Configuration): void {
  if (pipeline.failures.length < sources.length) return;
  throw new ExitError(1, `no source can be started:\n${failuresOf(pipeline)}`);
}

function failuresOf(pipeline: Pipeline): string {
  return pipeline.failures.map(({ name, reason }) => `  ${name}: ${reason}`).join('\n');
}

function tellStart({ file, sources, outputs: to }: Configuration, version: string, log: Log): void {
  log.info('started', { version, configuration: file, outputs: to.map(({ name }) => name).join(' ') });
  for (const { name, timezone, isHostZone, instance, paths } of sources) {
    const zone = isHostZone ? `${timezone} (of this machine)` : timezone;
    log.info('reading', { source: name, timezone: zone, instance, paths: paths.join(' ') });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener('abort', () => resolve(), { once: true });
  });
}
