// The analyzer of the ecs family: what is an event, what is a reject, when it happened, what it becomes (ecs 2, 3, 7, 9).
import { expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import type { JsonValue } from '../../src/model/family.ts';
import { analyze, analyzerContext, chunkOf, CollectingSink, logFile } from './collecting-sink.ts';

const stamp = '20170427:084400123';

function line(message: string): string {
  return `${stamp}:1:MAP(12):MED:[${message}\n`;
}

test.each([
  // Edge cases of ecs 9 and the tolerant forms of ecs 3.
  ['DENYEVT ERR event=2176 d1=71f2 d2=126.28.8.17]', 'ecs_denial event=2176 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVT event=1192 d1= d2=0]', 'ecs_denial event=1192 count=1 distinct_d2=1'],
  ['DENYEVT event=1192  d1=7  d2=8]', 'ecs_denial event=1192 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVT\tevent=1192\td1=7 \t d2=8]', 'ecs_denial event=1192 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVT event=1192 d1=7 d2=]', 'ecs_denial event=1192 count=1 distinct_d1=1'],
  ['DENYEVT event=1192 d1=7 d2=5] x]', 'ecs_denial event=1192 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVT event=12345678901 d1=7 d2=5]', 'ecs_denial event=12345678901 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVT event=x event=5 d1=1 d2=1]', 'ecs_denial event=5 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVT preevent=9 event=5 d1=1 d2=1]', 'ecs_denial event=5 count=1 distinct_d1=1 distinct_d2=1'],
  ['DENYEVTS DENYEVT event=5 d1=1 d2=1]', 'ecs_denial event=5 count=1 distinct_d1=1 distinct_d2=1'],
  ['XDENYEVT event=5 d1=1 d2=1]', 'ecs_denial event=5 count=1 distinct_d1=1 distinct_d2=1'],
  ['MTCEVT ALM type=513 lname=8a pname=5 cbusy=0 filt=0]', 'ecs_mtc_alarm type=513 count=1 distinct_lname=1'],
  ['MTCEVT ERR type=769 lname=8a pn1=1 pn2=2 aux=4]', 'ecs_mtc_error type=769 count=1 distinct_lname=1'],
  ['MTCEVT ERR type= lname= pn1= pn2= aux=]', 'ecs_mtc_error count=1'],
  ['proc_err: pro=7171,err=1,seq=9,da1=0x1,da2=0x2,x=3]', 'ecs_proc_err pro=7171 count=1'],
  ['proc_err: pro=7171,err=1,seq=9,da1=,da2=]', 'ecs_proc_err pro=7171 count=1'],
  ['proc_err: pro=7171 seq=x seq=9, da1=0x1, da2=0x2]', 'ecs_proc_err pro=7171 count=1'],
  [
    'IPEVT IPT_TCP_UP board=PROCR ip=1.1.1.1 net_reg= 1 ext= 76 the 1st ip=2.2.2.2;35 the 2nd ip=0.0.0.0; 0 net_reg= 241 reason=timeout]',
    'ecs_ipevt event=IPT_TCP_UP reason=timeout net_reg=241 count=1 distinct_ext=1 distinct_ip=1',
  ],
  ['IPEVT IPT_REG ip=1.1.1.1]', 'ecs_ipevt event=IPT_REG reason=none count=1'],
  ['IPEVT IPT_REG ext= ip=1.1.1.1 net_reg=x reason=]', 'ecs_ipevt event=IPT_REG reason=none net_reg=other count=1'],
  ['IPEVT SOMETHING ext=5 reason=else]', 'ecs_ipevt event=other reason=other count=1 distinct_ext=1'],
])('%s is an event', async (message, expected) => {
  const { points: all, rejects } = await analyze(line(message));
  expect(rejects).toEqual([]);
  const points = all.filter((point) => !point.startsWith('ecs_denial_hourly,'));
  const [, measurement, tags = '', fields = ''] = /^(\w+),(\S+) (\S+) \d+$/.exec(points.join('\n')) ?? [];
  const wanted = (text: string): string[] => text.split(',').filter((pair) => !/^(host|instance|category)=/.test(pair));
  const [name, ...pairs] = expected.split(' ');
  expect(measurement).toBe(name);
  expect([...wanted(tags), ...wanted(fields.replaceAll(/(\d)i/g, '$1'))].toSorted()).toEqual(pairs.toSorted());
});

test.each([
  ['DENYEVT event=1192 d1=71f2 d2=1', 'torn_line'],
  ['DENYEVT event=11', 'torn_line'],
  ['DENYEVT [x] event=1192 d1=71f2 d2=1', 'torn_line'],
  ['DENYEVT event= d1=71f2 d2=1]', 'malformed'],
  ['DENYEVT event=1192 d2=71f2 d1=1]', 'malformed'],
  ['DENYEVT event=1192 d1=71f2]', 'malformed'],
  ['DENYEVT event=1192d1=1 d2=1]', 'malformed'],
  ['MTCEVT ALM type=513 lname=8a pname=5 cbusy=0]', 'malformed'],
  ['MTCEVT ERR type=769 lname=8a pn1=1', 'torn_line'],
  ['proc_err: pro=7171 err=1 seq=9 da1=0x1 da2=0x2]', 'malformed'],
  ['proc_err: pro=7171,err=1,seq=9,da1=0x1', 'torn_line'],
  ['IPEVT IPT_REG ip=1.1.1.1 reason=normal', 'torn_line'],
])('%s is a reject: %s', async (message, reason) => {
  expect(await analyze(line(message))).toMatchObject({ rejects: [reason], points: [], accepted: 0 });
});

test.each([
  'DENYEVT',
  'DENYEVT is a word]',
  'DENYEVTS event=1 d1=1 d2=1]',
  'denyevt event=1 d1=1 d2=1]',
  'MTCEVT  ALM type=513 lname=8a pname=5 cbusy=0 filt=0]',
  'MTCEVT XYZ type=513]',
  'proc_err pro=1,err=1,seq=9,da1=0x1,da2=0x2]',
  'IPEVT]',
  'IPEVT IPT_REG]',
  'IPEVT lower=1]',
  'IPEVTS IPT_REG ip=1.1.1.1]',
  'MST  4  50 00 00 00]',
])('%s is ignored', async (message) => {
  expect(await analyze(line(message))).toMatchObject({ rejects: [], points: [], accepted: 0 });
});

test.each([
  // The endpoint is the second plain address, or the one called the first; the server's and the missing one are not.
  ['net_reg= 1 ext= 76 ip= 2.2.2.2; 1024 net_reg= 241', 'net_reg= 1 ext= 76 ip= 2.2.2.2; 1025 net_reg= 241', 1],
  ['net_reg= 1 ext= 76 ip= 2.2.2.2; 1024 net_reg= 241', 'net_reg= 1 ext= 76 ip= 3.3.3.3; 1024 net_reg= 241', 2],
  [
    'the 1st ip=2.2.2.2;35 the 2nd ip=0.0.0.0; 0 net_reg= 241',
    'the 1st ip=2.2.2.2;36 the 2nd ip=9.9.9.9; 0 net_reg= 241',
    1,
  ],
  [
    'the 1st ip=2.2.2.2;35 the 2nd ip=0.0.0.0; 0 net_reg= 241',
    'the 1st ip=3.3.3.3;35 the 2nd ip=0.0.0.0; 0 net_reg= 241',
    2,
  ],
])('the endpoints of "%s" and "%s" are %d', async (one, other, expected) => {
  const log = [one, other].map((rest, index) =>
    line(`IPEVT IPT_TCP_UP board=PROCR ip=1.1.1.${index} ${rest} reason=timeout]`),
  );
  const { points } = await analyze(log.join(''));
  expect(points).toHaveLength(1);
  expect(points[0]).toMatch(/^ecs_ipevt,event=IPT_TCP_UP,.*net_reg=241,reason=timeout count=2i/);
  expect(points[0]).toContain(`distinct_ip=${expected}i`);
});

test('CR before LF changes nothing, wherever it stands', async () => {
  const log =
    line('DENYEVT event=2011 d1=71f2 d2=10.1.1.1]') +
    line('MTCEVT ALM type=513 lname=8a pname=5 cbusy=0 filt=0]') +
    line('proc_err: pro=7171,err=1,seq=9,da1=0x1,da2=0x2]') +
    line('DENYEVT event=1192 d1=71f2 d2=1') +
    'Apr 27 08:44:00 cm1 svr: IPEVT IPT_REG ext= 1 reason=normal\n';
  expect(await analyze(log.replaceAll('\n', '\r\n'))).toEqual(await analyze(log));
});

test('stamps that are out of order go to their own bucket and hour', async () => {
  const log = ['085959990', '090000005', '085959995'].map(
    (time) => `20170427:${time}:1:MAP(12):MED:[DENYEVT event=1192 d1=1 d2=2]\n`,
  );
  const { points } = await analyze(log.join(''));
  expect(points.map((point) => point.replace(/^(\w+),.* (count=\d+i)\S* (\d+)$/, '$1 $2 $3'))).toEqual([
    `ecs_denial count=1i ${Date.UTC(2017, 3, 27, 9)}`,
    `ecs_denial count=2i ${Date.UTC(2017, 3, 27, 8, 59, 50)}`,
    `ecs_denial_hourly count=2i ${Date.UTC(2017, 3, 27, 8)}`,
    `ecs_denial_hourly count=1i ${Date.UTC(2017, 3, 27, 9)}`,
  ]);
});

test('a line that is too late is accounted and adds nothing', async () => {
  const analyzer = await ecs.createAnalyzer(await analyzerContext());
  const sink = new CollectingSink();
  sink.accepts = false;
  analyzer.lines(chunkOf(Buffer.from(line('DENYEVT event=1 d1=1 d2=1]'))), sink);
  expect([sink.accepted.length, sink.points()]).toEqual([1, []]);
});

test('the time is that of the zone, with milliseconds', async () => {
  const { times } = await analyze(line('DENYEVT event=1 d1=1 d2=1]').repeat(2), { timezone: 'America/New_York' });
  expect(times).toEqual([Date.UTC(2017, 3, 27, 12, 44, 0, 123), Date.UTC(2017, 3, 27, 12, 44, 0, 123)]);
});

test.each([
  // The year is the one nearest to the file's last change, then to the line before.
  ['Dec 31 23:59:59', Date.UTC(2018, 0, 1, 6), Date.UTC(2017, 11, 31, 23, 59, 59)],
  ['Jan  1 00:00:01', Date.UTC(2017, 11, 31, 23), Date.UTC(2018, 0, 1, 0, 0, 1)],
  ['Feb 29 12:00:00', Date.UTC(2017, 5, 1), Date.UTC(2016, 1, 29, 12)],
  ['Nov  8 12:00:00', Date.UTC(2017, 10, 8, 13), Date.UTC(2017, 10, 8, 12)],
])('%s in a file changed at %d', async (written, modifiedMs, expected) => {
  const log = `${written} cm1 svr: IPEVT IPT_REG ext= 1 reason=normal\n`;
  const { times } = await analyze(log, { file: logFile('messages', modifiedMs) });
  expect(times).toEqual([expected]);
});

test('year-less dates go on from the line before, over a restart and for each file alone', async () => {
  const first = await ecs.createAnalyzer(await analyzerContext());
  const sink = new CollectingSink();
  const text = (date: string): Buffer => Buffer.from(`${date} 10:00:00 cm1 svr: IPEVT IPT_REG ext= 1 reason=normal\n`);
  const old = logFile('messages', Date.UTC(2017, 7, 1));
  first.lines(chunkOf(text('Mar  1'), old), sink);
  first.lines(chunkOf(text('Aug 20'), old), sink);
  const second = await ecs.createAnalyzer(await analyzerContext());
  second.restore(JSON.parse(JSON.stringify(first.snapshot())) as JsonValue);
  second.lines(chunkOf(text('Jan 20'), old), sink);
  second.lines(chunkOf(text('Jan 20'), logFile('other', Date.UTC(2017, 1, 1))), sink);
  expect(sink.accepted.map(({ timeMs }) => new Date(timeMs).getUTCFullYear())).toEqual([2017, 2017, 2018, 2017]);
});

test('the second pass of the repeated hour goes on after a restart', async () => {
  const context = await analyzerContext({}, 'Europe/Berlin');
  const text = (time: string): Buffer => Buffer.from(`20171029:${time}:1:x(1):MED:[DENYEVT event=1 d1=1 d2=1]\n`);
  const first = await ecs.createAnalyzer(context);
  const sink = new CollectingSink();
  first.lines(chunkOf(text('025959000')), sink);
  first.lines(chunkOf(text('020100000')), sink);
  const second = await ecs.createAnalyzer(context);
  second.restore(JSON.parse(JSON.stringify(first.snapshot())) as JsonValue);
  second.lines(chunkOf(text('020200000')), sink);
  expect(sink.accepted.map(({ timeMs }) => new Date(timeMs).toISOString().slice(11, 19))).toEqual([
    '00:59:59',
    '01:01:00',
    '01:02:00',
  ]);
});

test.each([
  null,
  {},
  { times: {} },
  { times: { clock: { previousLocalMs: 1, isSecondPass: false, shifted: 0 }, files: [['a']] }, figures: {} },
  { times: { clock: { previousLocalMs: 1, isSecondPass: false, shifted: 0 }, files: [] }, figures: { totals: {} } },
])('refuses a state it cannot understand: %j', async (state) => {
  const analyzer = await ecs.createAnalyzer(await analyzerContext());
  expect(() => analyzer.restore(state as JsonValue)).toThrow(/^no (state|date|total)/);
});

test('more different values than are remembered are still counted', async () => {
  const log = Array.from({ length: 9000 }, (_, index) =>
    line(`MTCEVT ALM type=x${index} lname=1 pname=2 cbusy=3 filt=4]`),
  );
  expect((await analyze(log.join(''))).points).toHaveLength(9000);
});

test('reports rotation, throughput and rejects as what was added since the report before', async () => {
  const analyzer = await ecs.createAnalyzer(await analyzerContext());
  const nowMs = Date.UTC(2017, 3, 27, 10);
  const figures = {
    nowMs,
    newestEventMs: nowMs - 2500,
    linesRead: 100,
    bytesRead: 5000,
    matched: 10,
    filesOpened: 3,
    files: [
      { name: '2017-0427-084400', size: 10, modifiedMs: nowMs - 60_000 },
      { name: '2017-0427-094400.log', size: 10, modifiedMs: nowMs - 4000 },
      { name: 'messages', size: 10, modifiedMs: nowMs - 9000 },
    ],
    reasons: new Map([['torn_line', 2]]),
  };
  const first = new CollectingSink();
  analyzer.report?.(figures, first);
  expect(first.points()).toEqual([
    `ecs_files,host=cm1,instance=test opened=3i,bytes=5000i,retention_s=3600,newest_age_s=4 ${nowMs}`,
    `ecs_parser,host=cm1,instance=test,reason=torn_line count=2i ${nowMs}`,
    `ecs_parser_total,host=cm1,instance=test lines=100i,bytes=5000i,records=12i,lag_s=2.5 ${nowMs}`,
  ]);
  const restarted = await ecs.createAnalyzer(await analyzerContext());
  restarted.restore(JSON.parse(JSON.stringify(analyzer.snapshot())) as JsonValue);
  const second = new CollectingSink();
  restarted.report?.({ ...figures, linesRead: 101, matched: 11, newestEventMs: undefined, files: [] }, second);
  expect(second.points()).toEqual([
    `ecs_files,host=cm1,instance=test opened=0i,bytes=0i ${nowMs}`,
    `ecs_parser_total,host=cm1,instance=test lines=1i,bytes=0i,records=1i ${nowMs}`,
  ]);
});

test.each([
  ['2017-0427-084400', true],
  ['2017-0427-084400.log', true],
  ['2017-0427-084400.log.gz', true],
  ['2017-0427-084400.gz', true],
  ['2017-0427-084400.txt', false],
  ['x2017-0427-084400', false],
  ['1999-0427-084400', false],
  ['2017-427-084400', false],
])('%s is a log of the family: %s', (name, expected) => {
  expect(ecs.isLogName(name)).toBe(expected);
});
