// `import`: the back-fill. Reads every source once to its end, commits, delivers, and gives the account of it.
import { systemClock } from '../model/clock.ts';
import type { PipelineStatus, SourceStatus } from '../model/health.ts';
import type { Log } from '../model/log.ts';
import { measurementsOf } from './catalogue.ts';
import type { Configuration } from './configuration.ts';
import { Pipeline } from './pipeline.ts';
import { families } from './registry.ts';
import { programVersion } from './version.ts';

/** What an import needs. */
export interface ImportRequest {
  readonly configuration: Configuration;
  readonly log: Log;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly signal: AbortSignal;
  /** How long a stop may take for what is not delivered yet, milliseconds. */
  readonly graceMs: () => number;
  /** Is told how far it is, about five times a second. */
  readonly onProgress: (status: PipelineStatus) => void;
}

/** How an import ended. */
export interface ImportResult {
  readonly status: PipelineStatus;
  /** What went wrong, in words; empty when everything was read and stored. */
  readonly problems: readonly string[];
}

const progressMs = 200;

/** Runs it to its end or until the signal comes. */
export async function runImport(request: ImportRequest): Promise<ImportResult> {
  const { configuration, log, stdin, stdout, signal, graceMs, onProgress } = request;
  const pipeline = await Pipeline.start(configuration, {
    clock: systemClock,
    log,
    stdin,
    stdout,
    version: programVersion(),
    measurements: measurementsOf(families),
    mode: 'once',
  });
  // Now, before anything is read: what earlier runs have read is no progress of this one.
  onProgress(pipeline.status());
  const timer = setInterval(() => onProgress(pipeline.status()), progressMs);
  const stop = (): void => void pipeline.stop(graceMs());
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  try {
    await pipeline.finished();
  } finally {
    clearInterval(timer);
    signal.removeEventListener('abort', stop);
    await pipeline.stop(graceMs());
  }
  const status = pipeline.status();
  onProgress(status);
  const failed = pipeline.failures.map(({ name, reason }) => `${name}: ${reason}`);
  return { status, problems: [...failed, ...status.sources.flatMap(problemsOf)] };
}

/** What of a source was not read or not stored. */
function problemsOf({ name, awaited, files, outputs, reasons }: SourceStatus): string[] {
  const problems = awaited.map((path) => `${name}: ${path} matches nothing`);
  for (const { path, state, hasFault } of files) if (hasFault) problems.push(`${name}: ${path}: ${state}`);
  for (const output of outputs) {
    if (output.refused > 0)
      problems.push(`${name}: ${output.name} refused ${output.refused} points (see the dead letters)`);
    if (output.spooled > 0) problems.push(`${name}: ${output.spooled} points wait for ${output.name}`);
  }
  for (const reason of reasons) if (reason.includes(' is damaged: ')) problems.push(`${name}: ${reason}`);
  return problems;
}
