import { Writable } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createLog } from '../../src/app/log.ts';
import type { LogOptions } from '../../src/app/log.ts';
import { Secrets } from '../../src/app/secrets.ts';

function collector(isTTY: boolean): { lines: string[]; stream: LogOptions['stream'] } {
  const lines: string[] = [];
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      lines.push(chunk.toString());
      done();
    },
  });
  return { lines, stream: Object.assign(stream, { isTTY }) };
}

async function logTo(isTTY: boolean, options: Partial<LogOptions> = {}) {
  const { lines, stream } = collector(isTTY);
  const secrets = new Secrets();
  secrets.add('tell-nobody');
  const log = createLog({ level: 'info', format: 'auto', stream, hasColour: false, secrets, ...options });
  return { log, lines };
}

describe('the log', () => {
  test('is one JSON object a line when it does not go to a terminal', async () => {
    const { log, lines } = await logTo(false);
    log.warn('a file was truncated', { source: 'ecs-cm1', amount: 3 });
    expect(lines).toHaveLength(1);
    const { time, ...rest } = JSON.parse(lines[0] ?? '') as Record<string, unknown>;
    expect(rest).toEqual({ level: 'warn', source: 'ecs-cm1', amount: 3, message: 'a file was truncated' });
    expect(new Date(String(time)).getTime()).toBeGreaterThan(0);
  });

  test('is a readable line on a terminal, with nothing that could act on it', async () => {
    const { log, lines } = await logTo(true);
    log.error('cannot \x1b[31mread', { path: '/a\x07b', reason: 'no such file', none: undefined });
    expect(lines[0]).toMatch(
      /^\d\d:\d\d:\d\d error cannot \\x1b\[31mread {2}path=\/a\\x07b {2}reason="no such file"\n$/,
    );
  });

  test('has colours only where they are wanted', async () => {
    const { log, lines } = await logTo(true, { hasColour: true });
    log.info('started');
    expect(lines[0]).toContain('\x1b[32minfo\x1b[0m  started');
  });

  test('keeps what is below its level to itself', async () => {
    const { log, lines } = await logTo(false, { level: 'error' });
    log.info('a');
    log.warn('b');
    log.error('c');
    expect(lines).toHaveLength(1);
  });

  test.each([true, false])('masks secrets in messages and facts (terminal: %s)', async (isTTY) => {
    const { log, lines } = await logTo(isTTY);
    log.error('401: tell-nobody', { url: 'http://me:pass@host/?t=tell-nobody' });
    expect(lines[0]).not.toMatch(/tell-nobody|pass@/);
    expect(lines[0]).toContain('***');
  });
});
