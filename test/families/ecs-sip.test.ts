// `ecs sip` on MST records of every shape (ecs 4, 5, 6.2 and 9): what is counted where, and what is told of the rest.
import { appendFileSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../../src/model/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { memoryInputs, runCommand } from './memory-inputs.ts';
import type { CommandResult, MemoryFiles, RunHow } from './memory-inputs.ts';
import { mstLines, request, response, sipRecord } from '../support/mst-lines.ts';

const everything = { requests: 'ALL', responses: '1|2|3|4|5|6' };
const denial = '20170427:084000200:1:hmm(9711):MED:[DENYEVT event=1 d1=1 d2=1]\n';
const invite = sipRecord('IN', request('INVITE', ['X: '.padEnd(300, 'x')]));

function sip(
  files: MemoryFiles,
  options: Readonly<Record<string, unknown>> = {},
  how: RunHow = {},
): Promise<CommandResult> {
  return runCommand('sip', files, { ...everything, ...options }, how);
}

/** Counts as `window type direction number`, and faults by name. */
async function counted(
  text: string | readonly string[],
  options: Readonly<Record<string, unknown>> = {},
): Promise<{ counts: readonly string[]; faults: Readonly<Record<string, number>>; status: number; late: number }> {
  const content = typeof text === 'string' ? text : text.join('');
  const { stdout, status } = await sip({ a: content }, { json: true, ...options });
  const { windows, faults, late } = JSON.parse(stdout) as {
    windows: { window: string; trunks: { counts: { type: string; in: number; out: number }[] }[] }[];
    faults: Record<string, number>;
    late: number;
  };
  const counts = windows.flatMap(({ window, trunks }) =>
    trunks.flatMap((trunk) =>
      trunk.counts.flatMap(({ type, in: received, out }) => [
        ...(received > 0 ? [`${window} ${type} IN ${received}`] : []),
        ...(out > 0 ? [`${window} ${type} OUT ${out}`] : []),
      ]),
    ),
  );
  return { counts, faults, status, late };
}

describe('records', () => {
  const table: readonly {
    readonly name: string;
    readonly lines: readonly string[];
    readonly counts: readonly string[];
    readonly faults?: Readonly<Record<string, number>>;
    readonly status?: number;
  }[] = [
    {
      name: 'two of one line, one behind the other, without CSeq (case 6)',
      lines: [1, 2].map(
        () =>
          '20170427:084000123:1:MAP(12):MED:[MST  20  8a 00 0a 01 01 01 13 c5 00 0a 02 02 02 13 c5 00 02 53 49 50]\n',
      ),
      counts: [],
      faults: { unparsed: 2 },
      status: 3,
    },
    {
      name: 'a response in one line directly before an INVITE of several (case 7)',
      lines: [...mstLines(sipRecord('OUT', response(100, 'INVITE'))), ...mstLines(invite, { perLine: 40 })],
      counts: ['20170427:0840 INVITE IN 1', '20170427:0840 100 OUT 1'],
    },
    {
      name: 'a line of another process between fragments (case 8)',
      lines: mstLines(invite).flatMap((line, index) => (index === 0 ? [line, denial] : [line])),
      counts: ['20170427:0840 INVITE IN 1'],
    },
    {
      name: 'records of two processes whose fragments alternate',
      lines: mstLines(invite).flatMap((line, index) => [
        line,
        ...mstLines(sipRecord('OUT', request('BYE', ['X: '.padEnd(300, 'y')])), { process: 'MAP(2)' }).slice(
          index,
          index + 1,
        ),
      ]),
      counts: ['20170427:0840 INVITE IN 1', '20170427:0840 BYE OUT 1'],
    },
    {
      name: 'the last one of the input without a line feed (case 9)',
      lines: [
        mstLines(sipRecord('IN', request('BYE')))
          .join('')
          .trimEnd(),
      ],
      counts: ['20170427:0840 BYE IN 1'],
    },
    {
      name: 'the last pair cut to one digit (case 11)',
      lines: mstLines(sipRecord('IN', request('BYE'))).map((line) => line.replace(/.\]\n$/, ']\n')),
      counts: ['20170427:0840 BYE IN 1'],
      faults: { truncated: 1 },
    },
    {
      name: 'a character that is no hex digit, and its neighbours (case 12)',
      lines: [
        ...mstLines(sipRecord('IN', request('BYE'))),
        ...mstLines(invite).map((line, index) => (index === 1 ? line.replace('  78 ', '  7? ') : line)),
        ...mstLines(sipRecord('IN', request('CANCEL'))),
      ],
      counts: ['20170427:0840 BYE IN 1', '20170427:0840 CANCEL IN 1'],
      faults: { bad_hex: 1 },
      status: 3,
    },
    {
      name: 'a fragment with nothing before it (case 22)',
      lines: mstLines(invite).slice(1),
      counts: [],
      faults: { orphan_fragment: 1 },
    },
    {
      name: 'a fragment whose first byte is 8a (case 23)',
      lines: mstLines(sipRecord('IN', request('BYE', [`X: ${'x'.repeat(200)}\u008a`.padEnd(260, 'y')])), {
        perLine: 1,
      }),
      counts: ['20170427:0840 BYE IN 1'],
    },
    {
      name: 'a new record of the process before the old one is complete',
      lines: [...mstLines(invite).slice(0, 1), ...mstLines(sipRecord('IN', request('BYE')))],
      counts: ['20170427:0840 INVITE IN 1', '20170427:0840 BYE IN 1'],
      faults: { truncated: 1 },
    },
    {
      name: 'one cut before CSeq, and one that follows',
      lines: [...mstLines(invite, { perLine: 30 }).slice(0, 1), ...mstLines(sipRecord('IN', request('BYE')))],
      counts: ['20170427:0840 BYE IN 1'],
      faults: { truncated: 1, unparsed: 1 },
      status: 3,
    },
    {
      name: 'one cut within CSeq: half a method is none',
      lines: mstLines(invite.subarray(0, invite.indexOf('CSeq') + 10), { size: invite.length }),
      counts: [],
      faults: { truncated: 1, unparsed: 1 },
      status: 3,
    },
    {
      name: 'more bytes than it says',
      lines: mstLines(Buffer.concat([sipRecord('IN', request('BYE')), Buffer.from('xx')]), {
        size: sipRecord('IN', request('BYE')).length,
      }),
      counts: ['20170427:0840 BYE IN 1'],
      faults: { oversize: 1 },
    },
    {
      name: 'too short for the map of bytes',
      lines: mstLines(Buffer.from('8a000a010101', 'hex')),
      counts: [],
      faults: { short: 1 },
      status: 3,
    },
    {
      name: 'a call record, and a type that nobody knows',
      lines: [
        ...mstLines(Buffer.from('3604aabb', 'hex')),
        ...mstLines(Buffer.from('500000', 'hex'), { process: 'X(1)' }),
      ],
      counts: [],
      faults: { unknown_type: 1 },
    },
    {
      name: 'fragments without the word MST',
      lines: mstLines(invite).map((line, index) => (index === 0 ? line : line.replace('[MST  ++++', '[++++'))),
      counts: ['20170427:0840 INVITE IN 1'],
    },
    {
      name: 'lines without a process, close together and a second apart',
      lines: [
        ...mstLines(invite, { process: '' }),
        ...mstLines(invite, { process: '' }).slice(0, 1),
        ...mstLines(invite, { process: '', stamp: '20170427:084001124' }).slice(1),
      ],
      counts: ['20170427:0840 INVITE IN 2'],
      faults: { truncated: 1, orphan_fragment: 1 },
    },
    {
      name: 'without a usable stamp',
      lines: mstLines(sipRecord('IN', request('BYE')), { stamp: '20179927:084000123' }),
      counts: [],
      status: 3,
    },
  ];
  test.each(table)('$name', async ({ lines, counts, faults = {}, status = 0 }) => {
    const result = await counted(lines);
    expect(result).toMatchObject({ counts, faults, status });
  });

  test('CR LF and compression change nothing (case 18)', async () => {
    const plain = [...mstLines(invite), denial, ...mstLines(sipRecord('OUT', response(503, 'INVITE')))].join('');
    const wanted = await counted(plain);
    expect(wanted.counts).toHaveLength(2);
    expect(await counted(plain.replaceAll('\n', '\r\n'))).toEqual(wanted);
  });

  test('a record goes on in the next file (case 10)', async () => {
    const lines = mstLines(invite);
    const { stdout } = await sip(
      { '2017-0427-084100': lines.slice(1).join(''), '2017-0427-084000': lines[0] ?? '' },
      { csv: true },
    );
    expect(stdout).toContain('20170427:0840,10.1.1.1,10.2.2.2,5061,tls,IN,INVITE,INVITE,1');
  });

  test('any bytes and any chunks are read without harm', async () => {
    const part = fc.oneof(
      fc.constantFrom(
        '[MST  ',
        '++++',
        '8a ',
        ' 20  ',
        ']\n',
        '\n',
        '20170427:084000123:1:MAP(1):MED:[',
        '99999999999999999999  ',
      ),
      fc.constantFrom(...mstLines(invite, { perLine: 90 })),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(part, { maxLength: 30 }),
        fc.integer({ min: 1, max: 400 }),
        async (parts, chunkBytes) => {
          const files = { a: parts.join('') };
          const whole = await sip(files, { json: true }, { openInputs: memoryInputs(files, 1_000_000) });
          const pieces = await sip(files, { json: true }, { openInputs: memoryInputs(files, chunkBytes) });
          expect(pieces).toEqual(whole);
        },
      ),
      { numRuns: 150 },
    );
  });
});

describe('messages', () => {
  const typeOf = async (message: string): Promise<readonly string[]> =>
    (await counted(mstLines(sipRecord('IN', message)))).counts.map((line) => line.split(' ')[1] ?? '');

  test.each([
    ['CSeq without a blank (case 13)', request('INVITE', [], 'CSeq:1 INVITE'), ['INVITE']],
    ['cseq in lower case', request('INVITE', [], 'cseq: 1 INVITE'), ['INVITE']],
    ['a blank before the colon', request('INVITE', [], 'CSeq : 1 INVITE'), ['INVITE']],
    ['compact To with a tag', request('INVITE').replace('To: <sip:1@10.1.1.1>', 't: <sip:1@x>;tag=9'), ['ReINVITE']],
    ['tag= in the display name (case 14)', request('INVITE').replace('To: ', 'To: "tag=x;tag=y" '), ['INVITE']],
    ['tag= within the address', request('INVITE').replace('<sip:1@10.1.1.1>', '<sip:1@x;tag=3>'), ['INVITE']],
    ['a tag on a folded line', request('INVITE').replace('<sip:1@10.1.1.1>', '<sip:1@x>\r\n ;tag=3'), ['ReINVITE']],
    ['an address without brackets', request('INVITE').replace('<sip:1@10.1.1.1>', 'sip:1@x;tag=3'), ['ReINVITE']],
    ['an escaped quote in the name', request('INVITE').replace('To: ', 'To: "a\\";tag=1" '), ['INVITE']],
    ['no To in an INVITE', request('INVITE').replace(/To: .*\r\n/, ''), []],
    ['no To elsewhere', request('BYE').replace(/To: .*\r\n/, ''), ['BYE']],
    ['CSeq in the body only', 'BYE sip:x SIP/2.0\r\nTo: x\r\n\r\nCSeq: 1 BYE\r\n', []],
    ['line feeds alone', request('BYE').replaceAll('\r', ''), ['BYE']],
    ['a status code of four digits', response(5030, 'INVITE'), []],
    ['a method that is no word', 'B\u001b[31mE sip:x SIP/2.0\r\nCSeq: 1 BYE\r\n\r\n', []],
  ])('%s', async (_name, message, types) => {
    expect(await typeOf(message)).toEqual(types);
  });

  test('IN and OUT are columns of one trunk, also with equal ports (cases 15 and 16)', async () => {
    const ends = { from: '91.10.0.7', fromPort: 5062, to: '10.1.1.1', toPort: 5062 };
    const back = { from: '10.1.1.1', fromPort: 5062, to: '91.10.0.7', toPort: 5062 };
    const lines = [
      ...mstLines(sipRecord('IN', request('INVITE'), { ends })),
      ...mstLines(sipRecord('OUT', request('BYE'), { ends: back })),
    ];
    const { stdout } = await sip({ a: lines.join('') });
    expect(stdout).toBe(
      [
        '20170427:0840                              INVITE     BYE',
        '                                          IN  OUT   IN  OUT',
        '        10.1.1.1<-5062->91.10.0.7          1    0    0    1',
        '',
        '',
      ].join('\n'),
    );
  });

  test('the port is that of the service, not the one that a client was given', async () => {
    const ends = { from: '10.1.1.1', fromPort: 41_000, to: '192.168.9.9', toPort: 15_060 };
    const { stdout } = await sip(
      { a: mstLines(sipRecord('OUT', request('INVITE'), { ends, transport: 1 })).join('') },
      { csv: true },
    );
    expect(stdout.split('\r\n')[1]).toBe('20170427:0840,10.1.1.1,192.168.9.9,15060,tcp,OUT,INVITE,INVITE,1');
  });
});

describe('the filter', () => {
  const lines = [
    ...['INVITE', 'OPTIONS', 'BYE'].map((method) => sipRecord('IN', request(method))),
    sipRecord('IN', request('INVITE').replace('<sip:1@10.1.1.1>', '<sip:1@x>;tag=1')),
    ...[180, 404, 487, 503].map((status) => sipRecord('OUT', response(status, 'INVITE'))),
    sipRecord('OUT', response(404, 'OPTIONS')),
  ].flatMap((record) => mstLines(record));
  const typesOf = async (options: Readonly<Record<string, unknown>>): Promise<readonly string[]> =>
    (await counted(lines, { requests: undefined, responses: undefined, ...options })).counts.map((line) =>
      line.split(' ').slice(1).join(' '),
    );

  test.each<[string, Readonly<Record<string, unknown>>, readonly string[]]>([
    ['usual', {}, ['INVITE IN 1', 'ReINVITE IN 1', 'BYE IN 1', '404 OUT 1', '487 OUT 1', '503 OUT 1']],
    ['ReINVITE alone has no responses', { requests: 'ReINVITE' }, ['ReINVITE IN 1']],
    ['INVITE without ReINVITE', { requests: 'invite', responses: '48' }, ['INVITE IN 1', '487 OUT 1']],
    ['OPTIONS with theirs', { requests: 'OPTIONS', responses: '4' }, ['OPTIONS IN 1', '404 OUT 1']],
    ['no responses', { responses: '' }, ['INVITE IN 1', 'ReINVITE IN 1', 'BYE IN 1']],
  ])('%s', async (_name, options, types) => {
    expect(await typesOf(options)).toEqual(types);
  });
});

describe('windows', () => {
  const at = (stamp: string): string => mstLines(sipRecord('IN', request('BYE')), { stamp }).join('');

  test('a late message still finds its window (case 17)', async () => {
    const { counts, late } = await counted(['20170427:084059990', '20170427:084100005', '20170427:084059995'].map(at));
    expect([counts, late]).toEqual([['20170427:0840 BYE IN 2', '20170427:0841 BYE IN 1'], 0]);
  });

  test('a message after the hold is told, not counted in a second table', async () => {
    const log = ['20170427:084059990', '20170427:084102005', '20170427:084059995'].map(at);
    expect(await counted(log)).toMatchObject({ counts: ['20170427:0840 BYE IN 1', '20170427:0841 BYE IN 1'], late: 1 });
    expect(await counted(log, { hold: '3' })).toMatchObject({ late: 0 });
    expect((await sip({ a: log.join('') })).stderr).toContain('1 message of a window that was written already');
  });

  test('the repeated hour of autumn is not late (case 21)', async () => {
    const { counts, late } = await counted(['20171029:025959000', '20171029:020000000', '20171029:025959500'].map(at));
    expect([counts.length, late]).toEqual([3, 0]);
  });

  test('ranges look at the stamp of the record (case 20)', async () => {
    const log = ['20170427:084000000', '20170427:084100000', '20170427:084200000'].map(at);
    expect((await counted(log, { time: ['20170427:0841'] })).counts).toEqual(['20170427:0841 BYE IN 1']);
    expect((await counted(log, { time: ['20170427:0841-20170427'] })).counts).toHaveLength(2);
  });

  test.each([
    ['SEC', '20170427:084059'],
    ['tensec', '20170427:08405'],
    ['MIN', '20170427:0840'],
    ['t', '20170427:084'],
    ['HOUR', '20170427:08'],
  ])('interval %s', async (interval, title) => {
    expect((await counted(at('20170427:084059990'), { interval })).counts).toEqual([`${title} BYE IN 1`]);
  });

  test('only the last files', async () => {
    const files = { '2017-0427-084000': at('20170427:084000000'), '2017-0427-084100': at('20170427:084100000') };
    expect((await sip(files, { last: '1' })).stdout).not.toContain('20170427:0840');
  });

  test('great numbers widen their column', async () => {
    const { stdout } = await sip({ a: at('20170427:084000000').repeat(123_456) });
    expect(stdout.split('\n').slice(1, 3)).toEqual([
      `${' '.repeat(39)}     IN    OUT`,
      `        10.1.1.1<-5061->10.2.2.2        123456      0`,
    ]);
  });
});

describe('following', () => {
  test('goes on over a rotation, from now on, until interrupted', async () => {
    const folder = temporaryFolder();
    const line = (stamp: string): string => mstLines(sipRecord('IN', request('BYE')), { stamp }).join('');
    writeFileSync(join(folder, '2017-0427-083900'), line('20170427:083959000'));
    const interruption = new AbortController();
    const shown: string[] = [];
    const running = sip({}, { follow: true }, { names: [folder], signal: interruption.signal, shown });
    await until(() => shown.join('').includes('following'), 'the note that it follows');
    // The end of what is there is found at the first look: only what differs from it can be waited for.
    await until(() => {
      appendFileSync(join(folder, '2017-0427-083900'), line('20170427:084000000') + line('20170427:084159000'));
      return shown.join('').includes('20170427:0840');
    }, 'the first window');
    writeFileSync(join(folder, '2017-0427-084200'), line('20170427:084200000') + line('20170427:084500000'));
    await until(() => shown.join('').includes('20170427:0842'), 'the window of the next file');
    interruption.abort();
    const { status, stdout } = await running;
    expect(status).toBe(130);
    expect(stdout).not.toContain('20170427:0839');
    expect(stdout).toContain('20170427:0845');
  });

  test('standard input cannot be followed', async () => {
    await expect(sip({ '-': '' }, { follow: true })).rejects.toBeInstanceOf(UsageError);
  });
});

describe('wrong use', () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ['interval', { interval: 'DAY' }],
    ['requests', { requests: 'INVTE' }],
    ['responses', { responses: '7' }],
    ['time', { time: ['yesterday'] }],
    ['hold', { hold: 'long' }],
    ['last', { last: '0' }],
    ['formats', { json: true, csv: true }],
  ])('%s', async (_name, options) => {
    await expect(sip({ a: '' }, options)).rejects.toBeInstanceOf(UsageError);
  });

  test('nothing readable is status 2, an unreadable file among others 3', async () => {
    const gone = { path: 'b', message: 'no such file', isTotal: true };
    expect((await sip({}, {}, { names: ['b'] })).status).toBe(2);
    expect((await sip({ a: '', b: gone })).status).toBe(3);
  });

  test('without messages there is nothing to show', async () => {
    expect(await sip({ a: denial })).toEqual({ status: 0, stdout: '', stderr: '' });
    expect(JSON.parse((await sip({ a: denial }, { json: true })).stdout)).toMatchObject({ windows: [], counted: 0 });
  });
});

const corpora = join(import.meta.dirname, '../../../shared/corpora/ecs');

describe.runIf(existsSync(corpora))('the corpora', () => {
  test.each(existsSync(corpora) ? readdirSync(corpora) : [])('%s: every number is the true one', async (name) => {
    const folder = join(corpora, name);
    const truth = JSON.parse(readFileSync(join(folder, 'truth.json'), 'utf8')) as {
      files: string[];
      minutes: Record<string, { sip?: Record<string, Record<string, Record<string, number>>> }>;
    };
    const files = Object.fromEntries(truth.files.map((file) => [file, gzipSync(readFileSync(join(folder, file)))]));
    expect(Object.keys(files)).not.toHaveLength(0);
    const plain = Object.fromEntries(truth.files.map((file) => [file, readFileSync(join(folder, file))]));
    const { stdout } = await sip(plain, { csv: true });
    const got = new Map(
      stdout
        .trim()
        .split('\r\n')
        .slice(1)
        .map((line) => {
          const [window, local, remote, , transport, direction, type = '', method, count] = line.split(',');
          const kind = /^\d/.test(type) ? `${type}/${method}` : type;
          return [[window, local, remote, transport, direction, kind].join(' '), Number(count)];
        }),
    );
    const wanted = new Map(
      Object.entries(truth.minutes).flatMap(([window, { sip: trunks = {} }]) =>
        Object.entries(trunks).flatMap(([trunk, sides]) => {
          const [local = '', remote = '', transport] = trunk.split('|');
          const ends = [local, remote].map((end) => end.split(':')[0]);
          return Object.entries(sides).flatMap(([direction, kinds]) =>
            Object.entries(kinds).map(([kind, count]): [string, number] => [
              [window, ...ends, transport, direction, kind].join(' '),
              count,
            ]),
          );
        }),
      ),
    );
    expect(got).toEqual(wanted);
  });
});
