// The options of the ecs family: denial tables and patterns of one's own, and what is said about wrong ones.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import { UsageError } from '../../src/model/errors.ts';
import { analyze, analyzerContext } from './collecting-sink.ts';

const directory = mkdtempSync(join(tmpdir(), 'switchboard-ecs-'));
afterAll(() => rmSync(directory, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(directory, name);
  writeFileSync(path, text);
  return path;
}

async function categoryOf(event: number | string, denials?: unknown): Promise<string | undefined> {
  const log = `20170427:084400123:1:MAP(12):MED:[DENYEVT event=${event} d1=1 d2=2]\n`;
  const { points } = await analyze(log, { options: denials === undefined ? {} : { denials } });
  return /category=([^,]+)/.exec(points[0] ?? '')?.[1];
}

test.each([
  [1178, 'isdn'],
  [1636, 'call'],
  [1643, 'call'],
  [1907, 'ip'],
  [1911, 'registration'],
  [1926, 'registration'],
  [2006, 'unregistration'],
  [2012, 'unregistration'],
  [2020, 'ip'],
  [2021, 'call-ip'],
  [2299, 'call-ip'],
  [2300, 'unknown'],
  [1192, 'unknown'],
  ['01911', 'registration'],
])('denial %s is of category %s', async (event, category) => {
  expect(await categoryOf(event)).toBe(category);
});

const csv =
  'number,label,category,severity\n# ours\n1192,"a ""quoted"", label",trunk,info\r\n1900-1910,range,ours,critical\n';

test.each([
  ['a CSV file', () => file('a.csv', csv)],
  [
    'a CSV file with its columns in another order',
    () => file('b.csv', 'severity,category,label,number\ninfo, trunk ,x,1192\n'),
  ],
  ['a JSON file', () => file('a.json', '[{"number":1192,"label":"x","category":"trunk","severity":"info"}]')],
  ['rows in the configuration', () => [{ number: '1192', label: 'x', category: 'trunk', severity: 'info' }]],
])('%s adds to the shipped rows', async (_, source) => {
  expect(await categoryOf(1192, source())).toBe('trunk');
  expect(await categoryOf(1911, source())).toBe('registration');
});

test('the narrowest row counts, and of two alike the one of the installation', async () => {
  const denials = [
    { number: 1911, label: 'x', category: 'ours', severity: 'info' },
    { number: '1900-1999', label: 'x', category: 'wide', severity: 'info' },
  ];
  expect(await categoryOf(1911, denials)).toBe('ours');
  expect(await categoryOf(1950, denials)).toBe('wide');
  expect(await categoryOf(1926, denials)).toBe('registration');
});

test.each([
  ['a.csv', 'number,label,category\n1,x,y\n', /a\.csv:1: the head line lacks severity/],
  [
    'a.csv',
    'number,label,category,severity\n1,x,y,info\n\n12a,x,y,info\n',
    /a\.csv:4: number is "12a"; write 1911 or 1907-2020/,
  ],
  ['a.csv', 'number,label,category,severity\n9-3,x,y,info\n', /a\.csv:2: the range 9-3 ends before it begins/],
  ['a.csv', 'number,label,category,severity\n1,x,y,bad\n', /a\.csv:2: severity is "bad"; use info, warning, critical/],
  ['a.csv', 'number,label,category,severity\n1,,y,info\n', /a\.csv:2: label is missing/],
  ['a.csv', 'number,label,category,severity\n1,x,Not A Word,info\n', /a\.csv:2: category is "Not A Word"/],
  ['a.csv', 'number,label,category,severity\n1,x,y\n', /a\.csv:2: 3 cells where the head line has 4/],
  ['a.csv', 'number,label,category,severity\n1,"x,y,info\n', /a\.csv:2: a quote is not closed/],
  ['a.csv', 'number,label,category,severity,extra\n1,x,y,info,z\n', /a\.csv:2: unknown column "extra"/],
  [
    'a.json',
    '[\n{"number":1,"label":"a ] { \\" x","category":"c","severity":"info"},\n\n {"number":"x"}\n]',
    /a\.json:4: number is "x"/,
  ],
  ['a.json', '[\n[1]]', /a\.json:2: row 1 is no object/],
  ['a.json', '[1]', /a\.json:1: row 1 is no object/],
  ['a.json', '{}', /a\.json: a JSON table is an array/],
  ['a.json', '[', /a\.json: no JSON/],
  ['a.txt', 'x', /a\.txt is no table; give a \.csv or \.json file/],
])('%s with %j says where it is wrong', async (name, text, message) => {
  const context = await analyzerContext({ denials: file(name, text) });
  await expect(ecs.createAnalyzer(context)).rejects.toThrow(message);
  await expect(ecs.createAnalyzer(context)).rejects.toBeInstanceOf(UsageError);
});

test('a table that is not there says so', async () => {
  const context = await analyzerContext({ denials: join(directory, 'missing.csv') });
  await expect(ecs.createAnalyzer(context)).rejects.toThrow(/missing\.csv cannot be read/);
});

const pattern = { name: 'p', keyword: 'KEY', expression: '(?<a>\\w+)=(?<b>\\w+)', tags: ['a'], distinct: ['b'] };

test.each([
  ['an unknown key', { pattern: [] }, /pattern/],
  [
    'a group that the expression lacks',
    { patterns: [{ ...pattern, tags: ['c'] }] },
    /no group named "c" \(it has: a, b\)/,
  ],
  ['an expression that is none', { patterns: [{ ...pattern, expression: '(' }] }, /expression/],
  ['an expression with a backreference', { patterns: [{ ...pattern, expression: '(a)\\1' }] }, /expression/],
  ['a keyword of one letter', { patterns: [{ ...pattern, keyword: 'K' }] }, /2 to 100 printable/],
  ['two patterns of the same name', { patterns: [pattern, pattern] }, /two patterns have the same name/],
  [
    'a denial row with a wrong severity',
    { denials: [{ number: 1, label: '', category: 'c', severity: 'x' }] },
    /severity|Invalid/,
  ],
])('refuses %s', async (_, options, message) => {
  const result = (await ecs.options()).safeParse(options);
  expect(result.success).toBe(false);
  expect(JSON.stringify(result.error?.issues.map((issue) => issue)).replaceAll('\\"', '"')).toMatch(message);
});

test('a pattern counts lines of its own and lines of events alike, each line once', async () => {
  const log =
    '20170427:084400123:1:MAP(12):MED:[KEY x=1]\n' +
    '20170427:084400123:1:MAP(12):MED:[DENYEVT event=1192 d1=1 d2=2 KEY x=2]\n' +
    '20170427:084400123:1:MAP(12):MED:[DENYEVT event=1192 d1=1 d2=2 KEY\n' +
    '20170427:084400123:1:MAP(12):MED:[KEY and nothing else]\n';
  const { points, accepted, rejects } = await analyze(log, { options: { patterns: [pattern] } });
  expect(accepted).toBe(3);
  expect(rejects).toEqual([]);
  expect(
    points.map((point) => point.replace(/ \d+$/, '').replace(/host=cm1,(hour=08,)?instance=test,?/, '$1')),
  ).toEqual([
    'ecs_denial,category=unknown,event=1192, count=1i,distinct_d1=1i,distinct_d2=1i',
    'ecs_denial_hourly,category=unknown,hour=08,weekday=4 count=1i',
    'ecs_pattern,pattern=p,value=event count=2i,distinct_values=1i',
    'ecs_pattern,pattern=p,value=x count=1i,distinct_values=1i',
  ]);
});

test('more IPEVT words can be told apart', async () => {
  const log = '20170427:084400123:1:MAP(12):MED:[IPEVT IPT_NEW ext= 1 reason=brand_new]\n';
  const { points } = await analyze(log, { options: { ipEvents: ['IPT_NEW'], ipReasons: ['brand_new'] } });
  expect(points[0]).toMatch(/^ecs_ipevt,event=IPT_NEW,.*reason=brand_new /);
});
