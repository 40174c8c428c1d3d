// From the configuration of a source to what the engine runs: units converted, outputs opened, the analyzer made.
import { join } from 'node:path';
import type { SourceOptions, SourceOutput } from '../engine/run.ts';
import type { Clock } from '../model/clock.ts';
import type { Log } from '../model/log.ts';
import type { ReceiverCounters } from '../model/receiver.ts';
import { segmentPattern } from '../receivers/receipt-journal.ts';
import { escapeGlob } from '../engine/glob.ts';
import { measurementsOf } from './catalogue.ts';
import type { OutputConfiguration, SourceConfiguration } from './configuration.ts';
import type { SharedOutputs } from './shared-outputs.ts';

/** What a source is given besides its own configuration. */
export interface SourceSurroundings {
  readonly stateDirectory: string;
  /** The outputs that this source writes to. */
  readonly outputs: readonly OutputConfiguration[];
  readonly shared: SharedOutputs;
  readonly mode: 'follow' | 'once';
  readonly stdin: NodeJS.ReadableStream;
  readonly clock: Clock;
  readonly log: Log;
}

const megabyte = 1024 * 1024;

/** Where the state of a source is. */
export function sourceDirectory(stateDirectory: string, name: string): string {
  return join(stateDirectory, 'sources', name);
}

/** Where the receiver of a source keeps what came by network. */
export function journalDirectory(stateDirectory: string, name: string): string {
  return join(sourceDirectory(stateDirectory, name), 'received');
}

/** The paths of that journal, to be read like any other log. */
export function journalPattern(stateDirectory: string, name: string): string {
  return join(escapeGlob(journalDirectory(stateDirectory, name)), segmentPattern);
}

/** Everything `Source.open` needs. Opens the outputs that are not open yet; rejects when one cannot be. */
export async function sourceOptions(
  { family, ...source }: SourceConfiguration,
  { stateDirectory, outputs, shared, mode, stdin, clock, log }: SourceSurroundings,
  received?: () => Readonly<ReceiverCounters>,
): Promise<SourceOptions> {
  const opened: SourceOutput[] = [];
  for (const configured of outputs) {
    const { name, kind, options } = configured;
    const output = await shared.get(configured, stateDirectory);
    opened.push({ name, values: kind.values, delivery: kind.delivery(options), output });
  }
  const { name, host, instance, options, timezone } = source;
  return {
    name,
    family: family.name,
    host,
    instance,
    measurements: measurementsOf([family]),
    analyzer: await family.createAnalyzer({ options, timezone, host }),
    follow: {
      paths: source.paths,
      mode,
      isLogName: (base: string) => family.isLogName(base),
      isNameOrdered: family.isNameOrdered,
      maxLineBytes: source.maxLineBytes,
      maxOpenFiles: source.maxOpenFiles,
      graceMs: source.rotationGraceSeconds * 1000,
      stdin,
      ...(source.rotatedPattern === undefined ? {} : { rotatedPattern: source.rotatedPattern }),
    },
    outputs: opened,
    directory: sourceDirectory(stateDirectory, name),
    bucketMs: source.bucketSeconds * 1000,
    latenessMs: source.latenessSeconds * 1000,
    lateHorizonMs: source.lateHorizonHours * 3_600_000,
    futureToleranceMs: source.futureToleranceSeconds * 1000,
    onStateLoss: source.onStateLoss,
    onFull: source.onFull,
    spoolLimitBytes: source.spoolLimitMegabytes * megabyte,
    lineIndexLimitBytes: source.lineIndexMegabytes * megabyte,
    deadLetterLimitBytes: source.deadLetterMegabytes * megabyte,
    ...(received === undefined ? {} : { received }),
    clock,
    log,
  };
}
