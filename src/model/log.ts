// How the program tells what it does: one line per change of state, structured. `app` gives the real one (pino).

/** Plain facts beside a message. Text from logs must go through `printable` first. */
export type LogFacts = Readonly<Record<string, string | number | boolean | undefined>>;

/** A log. Repeated faults are logged when their state changes, not each time (style S-32). */
export interface Log {
  info(message: string, facts?: LogFacts): void;
  warn(message: string, facts?: LogFacts): void;
  error(message: string, facts?: LogFacts): void;
}

/** A log that keeps nothing. */
export const silentLog: Log = { info: () => undefined, warn: () => undefined, error: () => undefined };
