// Properties of the ecs family on any bytes (style S-37): nothing throws, chunks may be cut between any two lines, and
// the work grows with the length of the line only.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ecs } from '../../src/families/ecs/index.ts';
import { alarmForm, denialForm, forms, matchForm, newSpans, processErrorForm } from '../../src/families/ecs/forms.ts';
import { newIpEvent, readIpEvent } from '../../src/families/ecs/ipevt.ts';
import { analyzerContext, chunkOf, CollectingSink, splitLines } from './collecting-sink.ts';
import { memoryInputs, runCount } from './memory-inputs.ts';

const stamp = '20170427:084400123:1:MAP(12):MED:[';
/** Pieces of events, so that lines are nearly right. */
const pieces = fc.constantFrom(
  ...[
    stamp,
    'Dec 31 23:59:59 cm1: ',
    'DENYEVT',
    ' event=',
    '1192',
    ' d1=',
    ' d2=',
    ']',
    ' ',
    '\n',
    '\r\n',
    '\0',
    '\xff',
  ],
  ...[
    'MTCEVT ALM type=',
    'MTCEVT ERR type=',
    ' lname=',
    ' pname=1 cbusy=2 filt=3',
    ' pn1=1 pn2=2 aux=3',
    'VT',
    '_err:',
  ],
  ...[
    'proc_err: pro=',
    ',seq=',
    ',da1=',
    ',da2=',
    'IPEVT IPT_REG',
    ' ip=',
    ' ext= 5',
    ' net_reg= 1',
    ' reason=normal',
    ';',
    '=',
  ],
);
const nearlyRight = fc.array(pieces, { maxLength: 60 }).map((parts) => Buffer.from(parts.join(''), 'latin1'));
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  nearlyRight,
);
const options = {
  patterns: [{ name: 'p', keyword: 'IPT', expression: 'reason=(?<reason>\\w+)', tags: ['reason'] }],
};

test('any bytes are taken, and every line ends in at most one way', async () => {
  const context = await analyzerContext(options);
  await fc.assert(
    fc.asyncProperty(anyBytes, async (bytes) => {
      const analyzer = await ecs.createAnalyzer(context);
      const sink = new CollectingSink();
      const chunk = chunkOf(bytes);
      analyzer.lines(chunk, sink);
      const ends = [...sink.accepted, ...sink.rejected];
      expect(new Set(ends.map(({ start }) => start)).size).toBe(ends.length);
      for (const { start, end } of ends) {
        expect(start).toBeGreaterThanOrEqual(chunk.start);
        expect(end).toBeLessThanOrEqual(chunk.end);
        expect(start === chunk.start || chunk.buffer[start - 1] === 10).toBe(true);
        expect(end === chunk.end || chunk.buffer[end] === 10).toBe(true);
        expect(chunk.buffer.subarray(start, end).includes(10)).toBe(false);
      }
      JSON.parse(JSON.stringify(analyzer.snapshot()));
    }),
    { seed: 20170427, numRuns: 300 },
  );
});

test('cutting the bytes into chunks at any lines gives the same', async () => {
  const context = await analyzerContext(options);
  await fc.assert(
    fc.asyncProperty(nearlyRight, fc.infiniteStream(fc.boolean()), async (bytes, cuts) => {
      const whole = new CollectingSink();
      (await ecs.createAnalyzer(context)).lines(chunkOf(bytes), whole);
      const parted = new CollectingSink();
      const analyzer = await ecs.createAnalyzer(context);
      let pending: Buffer[] = [];
      for (const line of splitLines(bytes)) {
        pending.push(line);
        if (cuts.next().value === true) {
          analyzer.lines(chunkOf(Buffer.concat(pending)), parted);
          pending = [];
        }
      }
      analyzer.lines(chunkOf(Buffer.concat(pending)), parted);
      expect(parted.points()).toEqual(whole.points());
      expect(parted.rejected.map(({ reason }) => reason)).toEqual(whole.rejected.map(({ reason }) => reason));
    }),
    { seed: 20170427, numRuns: 200 },
  );
});

test('ecs count takes any bytes in any chunks', async () => {
  await fc.assert(
    fc.asyncProperty(anyBytes, fc.integer({ min: 1, max: 400 }), async (bytes, size) => {
      const all = { ecs: forms.map(({ name }) => name).join(','), pattern: ['VT,(\\w+)'], timepos: 'MIN' };
      const whole = await runCount({}, all, { names: ['a'], openInputs: memoryInputs({ a: bytes }, 1e6) });
      const parted = await runCount({}, all, { names: ['a'], openInputs: memoryInputs({ a: bytes }, size) });
      expect(parted).toEqual(whole);
      expect(whole.status).toBe(0);
    }),
    { seed: 20170427, numRuns: 200 },
  );
});

test('what the tolerant expression of the specification takes is taken, and nothing else', () => {
  const tolerant = /DENYEVT\b.*?\bevent=(?<event>\d+)\s+d1=(?<d1>[^\s\]]*)\s+d2=(?<d2>[^\s\]]*)[^\n]*\]/;
  const message = fc.array(
    fc.constantFrom('event=', '12', ' ', '  ', 'd1=', 'd2=', 'x', ']', 'DENYEVT', '=', '\t', 'event=1 d1=2', ' d2=3]'),
    { maxLength: 14 },
  );
  fc.assert(
    fc.property(message, (parts) => {
      const text = `DENYEVT ${parts.join('')}`;
      const bytes = Buffer.from(text);
      const spans = newSpans();
      const outcome = matchForm(denialForm, bytes, 'DENYEVT'.length, bytes.length, spans);
      const match = tolerant.exec(text);
      expect(outcome === 'matched').toBe(match !== null);
      if (match) {
        const values = [0, 1, 2].map((group) => bytes.toString('latin1', spans[2 * group], spans[2 * group + 1]));
        expect(values).toEqual([match.groups?.['event'], match.groups?.['d1'], match.groups?.['d2']]);
      }
    }),
    { seed: 20170427, numRuns: 300 },
  );
});

/** Counts how often a byte is looked at. */
function watched(text: string): { bytes: Buffer; looks: () => number } {
  let looks = 0;
  const bytes = new Proxy(Buffer.from(text, 'latin1'), {
    get(target, key) {
      if (typeof key === 'string' && /^-?\d+$/.test(key)) looks++;
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
  return { bytes, looks: () => looks };
}

test.each([
  ['event without end', denialForm, 'event=1 d1=2 '],
  ['digits only', denialForm, '1234567890'],
  ['events one after the other', denialForm, 'event=1event=1'],
  ['blanks', denialForm, 'event=1      '],
  ['long values', denialForm, 'event=1 d1=xxxxxxxxxxx'],
  ['alarms cut short', alarmForm, 'type=1 lname=2 pname=3 cbusy=4 '],
  ['processes without sequence', processErrorForm, 'pro=1,'],
  ['sequences without data', processErrorForm, 'pro=1,seq=1,da1=1,'],
])('hostile line of %s costs work in proportion to its length', (_, form, part) => {
  const cost = (length: number): number => {
    const { bytes, looks } = watched(`${form.keyword} ${part.repeat(Math.ceil(length / part.length))}`);
    expect(matchForm(form, bytes, form.keyword.length, bytes.length, newSpans())).not.toBe('matched');
    return looks() / bytes.length;
  };
  const short = cost(2000);
  expect(short).toBeLessThan(20);
  expect(cost(20_000)).toBeLessThan(short * 1.5);
});

test.each(['=', 'ip=', 'ip= ', 'x y=', 'reason= ', 'the 1st ip= ', ' '])(
  'hostile IPEVT of %j costs linear work',
  (part) => {
    const cost = (length: number): number => {
      const { bytes, looks } = watched(`IPEVT IPT_REG ${part.repeat(Math.ceil(length / part.length))}`);
      readIpEvent(bytes, 'IPEVT'.length, bytes.length, newIpEvent());
      return looks() / bytes.length;
    };
    const short = cost(2000);
    expect(short).toBeLessThan(60);
    expect(cost(20_000)).toBeLessThan(short * 1.5);
  },
);

test.each([
  'DENYEVT ',
  'DENYEVTS ',
  'DENYEVT event=1 ',
  'IPEVT ',
  'IPEVT X ',
  'VT',
  '_err:',
  'proc_err: pro=1,',
  'MTCEVT ALM type=1 ',
])('a line of a megabyte of %j is done with at once, by the analyzer and by ecs count', async (part) => {
  // Work in proportion to the square of the length would run into the time limit of the test.
  const line = Buffer.from(stamp + part.repeat(1_000_000 / part.length));
  const analyzer = await ecs.createAnalyzer(await analyzerContext(options));
  const sink = new CollectingSink();
  analyzer.lines(chunkOf(line), sink);
  expect(sink.accepted).toEqual([]);
  expect(sink.rejected.length).toBeLessThanOrEqual(1);
  const result = await runCount(
    {},
    { ecs: forms.map(({ name }) => name).join(',') },
    { names: ['a'], openInputs: memoryInputs({ a: line }) },
  );
  expect(result).toMatchObject({ status: 0, stdout: '' });
});
