// `mst asai`, `mst extract` and `mst trunc` (ecs 6.3 to 6.6 and 9): every fault of the old tools is a case.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { openInputs } from '../../src/engine/inputs.ts';
import { UsageError } from '../../src/model/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { runCommand } from './memory-inputs.ts';

const alerting = `   101  09:06:04.785 50 <-- DOMAIN  crv 4_0251
      CTI Link number: 4
      CALL IDENTITY: 02 51  (hex)
      CALLING PARTY NUMBER: 5551234
      CALLED PARTY NUMBER: 2420
      CONNECTED NUMBER: 421322
      SNC grp 305 trk 130
      SPECIFIC EVENT: 45 alerting
      UNIVERSAL CALL ID: 27 10 02 51 5c 49 c6 47  (hex)
      user-specific protocol
        | 04 41 42 |
        | 43 1b | <- uui
`;
const info = '   102  09:06:05.000 82 == INFO crv 0_0001\n';
const dropped = `   103  09:06:06.000 50 <-- DOMAIN crv 7_0252
      CTI Link number 7
      CALL IDENTITY: 02 52
      CALL IDENTITY: 02 53
      CONNECTED NUMBER: #####
`;
const trace = [alerting, info, dropped].join('\n');

function asai(text: string | Readonly<Record<string, string>>, options: Readonly<Record<string, unknown>> = {}) {
  return runCommand('asai', typeof text === 'string' ? { 'a.m': text } : text, options);
}

describe('asai', () => {
  test('the usual table', async () => {
    const { stdout, status } = await asai(alerting);
    expect([stdout, status]).toEqual([
      `   Timestamp Link   Callids               Calling                Called                Connected          Trunks                                Event
09:06:04.785    4      0251               5551234                  2420                   421322         305/130                             alerting
`,
      0,
    ]);
  });

  test('every field, with a message at the end of the file that has no blank line behind it', async () => {
    const { stdout } = await asai(trace, {
      json: true,
      fields: 'timestamp|crv|link|callids|calling|called|connected|trunks|ucid|uui|event',
    });
    expect(JSON.parse(stdout)).toEqual({
      messages: [
        {
          timestamp: '09:06:04.785',
          link: '4',
          callids: ['0251'],
          calling: '5551234',
          called: '2420',
          connected: ['421322'],
          trunks: ['305/130'],
          event: 'alerting',
          crv: '0251',
          ucid: '10000005931548338759',
          uui: String.raw`\x04ABC\x1b`,
        },
        {
          timestamp: '09:06:06.000',
          link: '7',
          callids: ['0252', '0253'],
          calling: '',
          called: '',
          connected: ['#####'],
          trunks: [],
          event: '',
          crv: '0252',
          ucid: '',
          uui: '',
        },
      ],
    });
  });

  test.each<[string, Readonly<Record<string, unknown>>, number]>([
    ['link', { link: '4' }, 1],
    ['links', { link: '4|7' }, 2],
    ['call id in upper case', { callid: '0253|FFFF' }, 1],
    ['a connected number', { number: '421322' }, 1],
    ['a part of a number is no match', { number: '42132' }, 0],
    ['trunk', { trunks: '305/130' }, 1],
    ['decimal id', { ucid: '10000005931548338759' }, 1],
    ['hex id', { ucid: '0x271002515C49C647' }, 1],
    ['all options must fit', { link: '7', number: '5551234' }, 0],
  ])('filter: %s', async (_name, options, found) => {
    const { stdout } = await asai(trace, { json: true, ...options });
    expect((JSON.parse(stdout) as { messages: unknown[] }).messages).toHaveLength(found);
  });

  test('an id keeps its zeros (case 27)', async () => {
    const { stdout } = await asai(alerting.replace('27 10 02 51 5c 49 c6 47', '00 01 00 02 00 00 00 01'), {
      fields: 'ucid',
    });
    expect(stdout.split('\n')[1]).toBe('00001000020000000001');
  });

  test('a day from the title, midnight, and the day that is given', async () => {
    const title = 'Message Trace Analyzer   01/24/19\n\n';
    const late = dropped.replace('09:06:06.000', '00:00:01.000');
    const day = async (text: string, options = {}): Promise<unknown> =>
      (JSON.parse((await asai(text, { json: true, fields: 'timestamp', ...options })).stdout) as { messages: unknown })
        .messages;
    const evening = alerting.replace('09:06:04.785', '23:59:59.785');
    expect(await day(`${title}${evening}\n${late}`)).toEqual([
      { timestamp: '2019-01-24T23:59:59.785' },
      { timestamp: '2019-01-25T00:00:01.000' },
    ]);
    expect(await day(alerting, { date: '2020-02-29' })).toEqual([{ timestamp: '2020-02-29T09:06:04.785' }]);
  });

  test('files are told apart', async () => {
    const { stdout } = await asai(
      { 'b.m': alerting, 'a.m': dropped },
      { withFile: true, csv: true, fields: 'timestamp' },
    );
    expect(stdout).toBe('file,date,timestamp\r\nb.m,,09:06:04.785\r\na.m,,09:06:06.000\r\n');
  });

  test('calls with several long calling numbers', async () => {
    const calls = ['555123456', '555123457', '555123456']
      .map((number) => alerting.replace('5551234', number))
      .join('\n');
    expect((await asai(calls, { severalCallers: true })).stdout).toBe('10000005931548338759 555123456 555123457\n');
    expect((await asai(trace, { severalCallers: true })).stdout).toBe('');
  });

  test('what the log holds never reaches the terminal as it is', async () => {
    const { stdout } = await asai(alerting.replace('5551234', 'x\u001b[31m\u009b'));
    expect(stdout).toContain(String.raw`x\x1b[31m\x9b`);
  });

  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['a field', { fields: 'timestamp|colour' }],
    ['an id', { ucid: '12345678901234567890123' }],
    ['a call id', { callid: '25' }],
    ['a link', { link: '04' }],
    ['a trunk', { trunks: '305' }],
    ['a day', { date: '2019-02-30' }],
    ['two formats', { json: true, csv: true }],
  ])('wrong use: %s', async (_name, options) => {
    await expect(asai(trace, options)).rejects.toBeInstanceOf(UsageError);
  });
});

describe('extract', () => {
  const extract = (text: string, pattern: string, options: Readonly<Record<string, unknown>> = {}) =>
    runCommand('extract', { 'a.m': text }, options, { names: [pattern, 'a.m'] });

  test('messages that contain one of the texts, in their order, each with one blank line', async () => {
    const { stdout, status } = await extract(trace, 'INFO|2420');
    expect([stdout, status]).toEqual([`${alerting}\n${info}\n`, 0]);
  });

  test('a message of one line is not glued to the next one', async () => {
    expect((await extract(`${info}\n${dropped}`, 'INFO')).stdout).toBe(`${info}\n`);
  });

  test('a blank line within a body belongs to it, with spaces or without', async () => {
    const body = '   1  09:00:00.000 8a --> SIP x\n      INVITE\n   \n\n      v=0\n';
    expect((await extract(`${body}\n${info}`, 'v=0')).stdout).toBe(`${body.replace('   \n', '\n')}\n`);
  });

  test('without any header it ends and shows nothing (case 26)', async () => {
    expect(await extract('x\n'.repeat(5000), 'x')).toEqual({ status: 0, stdout: '', stderr: '' });
  });

  test.each<[string, string, Readonly<Record<string, unknown>>, string]>([
    ['literal, not an expression', 'CALL.NG', {}, '0\n'],
    ['case matters', 'calling', {}, '0\n'],
    ['unless told', 'calling', { ignoreCase: true }, '1\n'],
    ['expression', String.raw`NUMBER: +5{3}\d`, { regex: true }, '1\n'],
    ['expression in any case', 'number: [a-f5]+', { regex: true, ignoreCase: true }, '1\n'],
    ['the others', 'INFO', { invert: true }, '2\n'],
  ])('%s', async (_name, pattern, options, count) => {
    expect((await extract(trace, pattern, { count: true, ...options })).stdout).toBe(count);
  });

  test('wrong use', async () => {
    await expect(extract(trace, '')).rejects.toBeInstanceOf(UsageError);
    await expect(extract(trace, '(', { regex: true })).rejects.toBeInstanceOf(UsageError);
    await expect(runCommand('extract', {}, {}, { names: ['x'] })).rejects.toBeInstanceOf(UsageError);
  });
});

describe('trunc', () => {
  const pairs = (count: number, pair = 'ab'): string => Array.from({ length: count }, () => pair).join(' ');
  const record = (count: number, end = 'N\n'): string =>
    `M 1 22 x\n${Array.from({ length: Math.ceil(count / 16) }, (_, line) => `D\t\t${pairs(Math.min(16, count - 16 * line))}\n`).join('')}${end}`;

  async function trunc(text: string, size: string, { output, force }: { output?: string; force?: boolean } = {}) {
    const folder = temporaryFolder();
    const input = join(folder, 'a.M');
    writeFileSync(input, text, 'latin1');
    const path = output === undefined ? join(folder, 'a_trunc.M') : join(folder, output);
    const names = [input, size, ...(output === undefined ? [] : [path])];
    const result = await runCommand('trunc', {}, force === true ? { force } : {}, { names, openInputs });
    return { ...result, folder, text: existsSync(path) ? readFileSync(path, 'latin1') : undefined };
  }

  test('bytes are compared with bytes (case 28)', async () => {
    const { text, status, stderr } = await trunc(record(40), '41');
    expect(text).toBe(`M 1 22 x\nD\t\t${pairs(16)}\nD\t\t${pairs(16)}\nD\t\t${pairs(8)} 00\nN\n`);
    expect([status, stderr]).toEqual([0, expect.stringContaining('1 records, 0 cut, 1 filled, 0 unchanged')]);
  });

  test.each([
    [40, 40, '0 cut, 0 filled, 1 unchanged'],
    [40, 10, '1 cut, 0 filled, 0 unchanged'],
    [0, 3, '0 cut, 1 filled, 0 unchanged'],
  ])('a record of %i bytes made %i', async (bytes, size, told) => {
    const { text = '', stderr } = await trunc(record(bytes), String(size));
    expect(text.match(/\b(?:ab|00)\b/g)).toHaveLength(size);
    expect(stderr).toContain(told);
  });

  test('what follows N stays with its record (case 29), other records and lines as they are, CR LF kept', async () => {
    const others = 'M 1 23 y\r\nD\t\t01\r\nN\r\nsomething\r\nM short\r\n';
    const { text, status } = await trunc(`${record(2, 'N aa\n')}${others}${record(2)}`, '2');
    expect([text, status]).toEqual([`${record(2, 'N aa\n')}${others}${record(2)}`, 0]);
  });

  test.each([
    ['no N at the end of the file', record(4, '')],
    ['a new record inside', record(4, '') + record(4)],
    ['no hex digits', record(4).replace('ab', 'zz')],
  ])('%s: written, warned of, status 3', async (_name, text) => {
    const result = await trunc(text, '4');
    expect([result.status, result.text?.includes('M 1 22 x\nD\t\tab ab ab')]).toEqual([3, true]);
    expect(result.stderr).toMatch(/line \d+: /);
  });

  test('nothing is replaced unless forced, and nothing half-written is left', async () => {
    const folder = temporaryFolder();
    mkdirSync(folder, { recursive: true });
    const input = join(folder, 'a.M');
    writeFileSync(input, record(40));
    const names = [input, '8', input];
    await expect(runCommand('trunc', {}, {}, { names, openInputs })).rejects.toThrow('use --force');
    expect(readFileSync(input, 'latin1')).toBe(record(40));
    expect((await runCommand('trunc', {}, { force: true }, { names, openInputs })).status).toBe(0);
    expect(readFileSync(input, 'latin1')).toBe(`M 1 22 x\nD\t\t${pairs(8)}\nN\n`);
    expect(readdirSync(folder)).toEqual(['a.M']);
  });

  test('the name that is given is used', async () => {
    expect((await trunc(record(4), '4', { output: 'b.M' })).text).toBe(record(4));
  });

  test('an unreadable trace leaves no file', async () => {
    const folder = temporaryFolder();
    const result = await runCommand('trunc', {}, {}, { names: [join(folder, 'none.M'), '4'], openInputs });
    expect([result.status, readdirSync(folder)]).toEqual([2, []]);
  });

  test.each([[['a.M']], [['a.M', 'many']], [['a.M', '0']], [['-', '4']], [['a.M', '4', 'b', 'c']]])(
    'wrong use: %j',
    async (names) => {
      await expect(runCommand('trunc', {}, {}, { names, openInputs })).rejects.toBeInstanceOf(UsageError);
    },
  );
});
