// Options that several commands share, and how their values are checked.
import { InvalidArgumentError, Option } from 'commander';
import { UsageError } from '../model/errors.ts';

/** `--config FILE`. */
export function configOption(): Option {
  return new Option('-c, --config <file>', 'configuration file (YAML); SWITCHBOARD_CONFIG names it too');
}

/** The file that was named, by the option or by the environment. */
export function namedConfig(option: string | undefined, environment: NodeJS.ProcessEnv): string | undefined {
  const named = option ?? environment['SWITCHBOARD_CONFIG'];
  return named === '' ? undefined : named;
}

/** The file that was named; throws UsageError when there is none. */
export function neededConfig(option: string | undefined, environment: NodeJS.ProcessEnv): string {
  const named = namedConfig(option, environment);
  if (named === undefined) throw new UsageError('which configuration? name it with --config FILE');
  return named;
}

/** `--source NAME`, as often as needed. */
export function sourceOption(): Option {
  return new Option('--source <name>', 'only this source; may be given several times').argParser(collect);
}

/** Gathers the values of an option that is given several times. */
export function collect(value: string, before: readonly string[] | undefined): readonly string[] {
  return [...(before ?? []), value];
}

/** A whole number within limits, for an option. */
export function wholeNumber(low: number, high: number): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (!/^\d+$/.test(text) || value < low || value > high) {
      throw new InvalidArgumentError(`It must be a whole number from ${low} to ${high}.`);
    }
    return value;
  };
}

/** A number with separators for people: 1,234,567. */
export function grouped(value: number): string {
  return Math.round(value)
    .toString()
    .replace(/\B(?=(\d{3})+$)/g, ',');
}
