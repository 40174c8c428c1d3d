// The program's log: one JSON object a line (pino), or one readable line on a terminal. Secrets are masked here, in
// the finished line, so that no caller has to think of them.
import { createRequire } from 'node:module';
import type { Logger } from 'pino';
import { printable } from '../model/errors.ts';
import type { Log, LogFacts } from '../model/log.ts';
import type { Secrets } from './secrets.ts';

/** How to log. */
export interface LogOptions {
  readonly level: 'info' | 'warn' | 'error';
  /** `auto` is `text` on a terminal and `json` otherwise. */
  readonly format: 'auto' | 'json' | 'text';
  readonly stream: NodeJS.WritableStream & { readonly isTTY?: boolean };
  /** Colours are used for `text` only. */
  readonly hasColour: boolean;
  readonly secrets: Secrets;
}

/** Makes the log. The library is loaded for the first message: most imports end without one. */
export function createLog(options: LogOptions): Log {
  let made: Logger | undefined;
  const logger = (): Logger => (made ??= createLogger(options));
  const { level } = options;
  return {
    info: (message, facts = {}) => {
      if (level === 'info') logger().info(facts, message);
    },
    warn: (message, facts = {}) => {
      if (level !== 'error') logger().warn(facts, message);
    },
    error: (message, facts = {}) => logger().error(facts, message),
  };
}

function createLogger({ level, format, stream, hasColour, secrets }: LogOptions): Logger {
  // Not `import()`: the first message may be the last one before the end.
  const { pino } = createRequire(import.meta.url)('pino') as typeof import('pino');
  const isText = format === 'text' || (format === 'auto' && stream.isTTY === true);
  const destination = {
    write(line: string): void {
      stream.write(secrets.hide(isText ? readable(line, hasColour) : line));
    },
  };
  return pino(
    {
      level,
      base: null,
      messageKey: 'message',
      timestamp: pino.stdTimeFunctions.isoTime,
      formatters: { level: (label) => ({ level: label }) },
    },
    destination,
  );
}

/** Green, yellow, red. Not `styleText`: it looks at standard output, and this is another stream. */
const colours: Readonly<Record<string, string>> = { info: '\x1b[32m', warn: '\x1b[33m', error: '\x1b[31m' };

/** `12:30:59 warn  a file was truncated  source=ecs-cm1 path=/var/log/ecs/x`, in UTC like everything else. */
function readable(line: string, hasColour: boolean): string {
  const { level, time, message, ...facts } = JSON.parse(line) as Record<string, unknown>;
  const label = String(level);
  const colour = hasColour ? (colours[label] ?? '') : '';
  const shown = colour === '' ? label : `${colour}${label}\x1b[0m`;
  const padding = ' '.repeat(Math.max(0, 5 - label.length));
  return `${String(time).slice(11, 19)} ${shown}${padding} ${printable(String(message))}${pairs(facts as LogFacts)}\n`;
}

function pairs(facts: LogFacts): string {
  return Object.entries(facts)
    .filter(([, value]) => value !== undefined && value !== '')
    .map(
      ([name, value]) => `  ${name}=${/[\s"=]/.test(String(value)) ? JSON.stringify(value) : printable(String(value))}`,
    )
    .join('');
}
