// One batch to InfluxDB: send, judge, halve what was refused, create a missing database. Retrying is the spool's.
import { setTimeout as sleep } from 'node:timers/promises';
import { systemClock } from '../../model/clock.ts';
import type { Clock } from '../../model/clock.ts';
import { printable } from '../../model/errors.ts';
import type { Batch, Output, RefusedPoint, WriteResult } from '../../model/output.ts';
import { judge } from './answer.ts';
import type { Verdict } from './answer.ts';
import { connect } from './connection.ts';
import type { InfluxOptions } from './options.ts';
import { settle } from './refusals.ts';

/** Server texts are cut to this many characters. */
const reasonLength = 500;

/** Opens the output. Nothing is contacted before the first write; `clock` is for Retry-After dates. */
export function openInflux(options: InfluxOptions, clock: Clock = systemClock): Output {
  const connection = connect(options);
  const running = new Set<AbortController>();
  let isClosed = false;
  const secrets = [options.token, options.password].filter((secret) => secret !== undefined && secret.length > 3);

  /** A reason fit for a log: no secret that a server or proxy echoes, no control characters, bounded. */
  const clean = (reason: string): string => {
    let text = reason;
    for (const secret of secrets) text = text.replaceAll(secret ?? '', '***');
    return printable(text, reasonLength);
  };

  const attempt = async (lines: Buffer, signal: AbortSignal): Promise<Verdict> => {
    const answer = await connection.write(lines.toString('utf8'), signal);
    if ('fault' in answer) return { kind: 'later', reason: answer.fault, needsHuman: answer.needsHuman };
    return judge(answer, clock.now());
  };

  /** Undefined when the database is there now; else why not. */
  const createDatabase = async (signal: AbortSignal): Promise<string | undefined> => {
    const answer = await connection.createDatabase(signal);
    if ('fault' in answer) return answer.fault;
    // InfluxDB 1 answers 200 with the error inside for a statement that it refuses.
    const text = answer.body.trim();
    return answer.status === 200 && !text.includes('"error"') ? undefined : `answer ${answer.status}: ${text}`;
  };

  const send = async (batch: Batch, signal: AbortSignal): Promise<WriteResult> => {
    let verdict = await attempt(batch.lines, signal);
    if (verdict.kind === 'noDatabase' && options.database !== undefined) {
      const failure = await createDatabase(signal);
      if (failure !== undefined) {
        return retry(`${verdict.reason}; creating it failed: ${failure}`, true);
      }
      verdict = await attempt(batch.lines, signal);
    }
    if (verdict.kind === 'refused' || verdict.kind === 'tooLarge') {
      const outcome = await settle(
        batch.lines,
        verdict,
        (lines) => attempt(lines, signal),
        (ms) => sleep(ms, undefined, { signal }).catch(() => undefined),
      );
      if (outcome.kind === 'settled') return done(outcome.refused);
      verdict = outcome;
    }
    if (verdict.kind === 'stored') return done([]);
    return retry(
      verdict.reason,
      verdict.kind === 'noDatabase' || verdict.needsHuman,
      'afterMs' in verdict ? verdict.afterMs : undefined,
    );
  };

  const done = (refused: readonly RefusedPoint[]): WriteResult => ({
    kind: 'done',
    refused: refused.map((point) => ({ line: point.line, reason: clean(point.reason) })),
  });
  const retry = (reason: string, needsHuman: boolean, afterMs?: number): WriteResult => ({
    kind: 'retry',
    reason: clean(reason),
    needsHuman,
    ...(afterMs === undefined ? {} : { afterMs }),
  });

  return {
    write: async (batch, signal) => {
      if (batch.lines.length === 0) return done([]);
      if (isClosed) return retry('the output is closed', false);
      const either = new AbortController();
      const stop = (): void => either.abort();
      if (signal.aborted) stop();
      signal.addEventListener('abort', stop, { once: true });
      running.add(either);
      try {
        return await send(batch, either.signal);
      } finally {
        running.delete(either);
        signal.removeEventListener('abort', stop);
      }
    },
    close: async () => {
      isClosed = true;
      for (const write of running) write.abort();
      connection.close();
    },
  };
}
