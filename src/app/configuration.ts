// A configuration after validation: plain values with every default filled in. See config.ts for how it is read.
import type { AlertsOptions, ListenOptions } from '../alerts/options.ts';
import type { Family } from '../model/family.ts';
import type { OutputKind } from '../model/output.ts';
import type { FileValues, SourceValues } from './config-schema.ts';
import type { Secrets } from './secrets.ts';

/** Where the live page, /healthz and /metrics listen. */
export interface WebConfiguration {
  readonly host: string;
  readonly port: number;
  readonly token: string | undefined;
}

/** One output with checked options. */
export interface OutputConfiguration {
  readonly name: string;
  readonly kind: OutputKind;
  readonly options: unknown;
  /** Equal for outputs that need not be opened again when the configuration is read again. */
  readonly fingerprint: string;
}

/** One source with every default filled in. Units are in the names, as in the file. */
export interface SourceConfiguration extends Omit<
  SourceValues,
  'family' | 'name' | 'timezone' | 'instance' | 'outputs' | 'paths' | 'options' | 'spoolLimitMegabytes'
> {
  readonly name: string;
  readonly family: Family;
  readonly options: unknown;
  readonly timezone: string;
  /** True when the file names no zone and that of the machine is used. */
  readonly isHostZone: boolean;
  readonly instance: string;
  /** Absolute, or `-`. With `listen`, the journal of what was received is among them. */
  readonly paths: readonly string[];
  /** Names of outputs. */
  readonly outputs: readonly string[];
  readonly spoolLimitMegabytes: number;
  readonly deadLetterMegabytes: number;
}

/** The alert receiver with every default filled in. */
export interface ListenConfiguration extends Omit<ListenOptions, 'outputs' | 'timezone'> {
  /** Names of outputs. */
  readonly outputs: readonly string[];
  readonly timezone: string;
  readonly instance: string;
  readonly spoolLimitMegabytes: number;
  readonly deadLetterMegabytes: number;
}

/** The evaluation of alerts with every default filled in; only `up` has it at work. */
export interface AlertsConfiguration extends Omit<AlertsOptions, 'outputs'> {
  /** Names of outputs. */
  readonly outputs: readonly string[];
  readonly instance: string;
  readonly spoolLimitMegabytes: number;
  readonly deadLetterMegabytes: number;
}

/** Everything a process needs to know. */
export interface Configuration {
  /** The file as it was named, for messages; empty when there is none (demo, ad hoc import). */
  readonly file: string;
  readonly stateDirectory: string;
  readonly log: FileValues['log'];
  readonly web: WebConfiguration | undefined;
  readonly listen: ListenConfiguration | undefined;
  readonly alerts: AlertsConfiguration;
  readonly outputs: readonly OutputConfiguration[];
  /** Empty only in the configuration of an alert receiver. */
  readonly sources: readonly SourceConfiguration[];
  readonly secrets: Secrets;
}
