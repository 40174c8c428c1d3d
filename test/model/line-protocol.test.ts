import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { counter, distinct, gauge, measurement, tag, text } from '../../src/model/catalogue.ts';
import { encodePoint, parsePoints, seriesHead, storedTag } from '../../src/model/line-protocol.ts';

const sample = measurement({
  name: 'sample',
  help: 'for tests',
  tags: { event: tag('a tag'), category: tag('another') },
  fields: {
    count: counter('events', 'a count'),
    level: gauge('', 'a level'),
    users: distinct('users', 'a distinct count'),
    note: text('a text'),
  },
});
const known = new Map([[sample.name, sample]]);
// Tag order: event, category, host, instance.
const point = (
  tags: readonly string[],
  fields: readonly (number | string | undefined)[],
  timeMs = 1_493_282_400_000,
) => ({
  measurement: sample,
  tags,
  fields,
  timeMs,
});

describe('line protocol', () => {
  test.each([
    [
      ['1192', 'ip', 'cm1', 'a'],
      [3, 0.5, 2, 'x'],
      'sample,category=ip,event=1192,host=cm1,instance=a count=3i,level=0.5,users=2i,note="x" 1493282400000\n',
    ],
    [['', '', 'cm1', 'a'], [3, undefined, undefined, undefined], 'sample,host=cm1,instance=a count=3i 1493282400000\n'],
    [
      ['a,b=c d', 'x', 'h', 'i'],
      [1],
      'sample,category=x,event=a\\,b\\=c\\ d,host=h,instance=i count=1i 1493282400000\n',
    ],
    [['end\\', 'x', 'h', 'i'], [1], 'sample,category=x,event=end\\\ufffd,host=h,instance=i count=1i 1493282400000\n'],
    [
      ['a\nb', '\u0000', 'h', 'i'],
      [1],
      'sample,category=\ufffd,event=a\ufffdb,host=h,instance=i count=1i 1493282400000\n',
    ],
    [
      ['e', 'c', 'h', 'i'],
      [undefined, Number.NaN, undefined, 'say "no\\"\n'],
      'sample,category=c,event=e,host=h,instance=i note="say \\"no\\\\\\"\ufffd" 1493282400000\n',
    ],
    [
      ['e', 'c', 'h', 'i'],
      [1e300, 1e21],
      'sample,category=c,event=e,host=h,instance=i count=9007199254740991i,level=1e+21 1493282400000\n',
    ],
    [['e', 'c', 'h', 'i'], [undefined, Number.POSITIVE_INFINITY], ''],
  ])('writes %j %j', (tags, fields, line) => {
    expect(encodePoint(point(tags, fields))).toBe(line);
  });

  test('cuts long tags', () => {
    expect(storedTag('x'.repeat(5000))).toHaveLength(256);
  });

  test('reads back whatever it wrote, as it is stored', () => {
    const anyTag = fc.oneof(
      fc.string({ unit: 'binary', maxLength: 20 }),
      fc.string({ unit: fc.constantFrom('\\', ',', '=', ' ', '"', '\n', 'a'), maxLength: 8 }),
    );
    fc.assert(
      fc.property(
        fc.tuple(anyTag, anyTag, anyTag, anyTag),
        fc.integer(),
        fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
        fc.string({ unit: fc.constantFrom('\\', '"', ',', ' ', '=', 'é', 'i'), maxLength: 12 }),
        (tags, count, level, note) => {
          const first = encodePoint(point(tags, [count, level, undefined, note]));
          expect(first.indexOf('\n')).toBe(first.length - 1);
          const [read, ...more] = parsePoints(Buffer.from(first), known, (line) => expect.fail(line));
          expect(more).toEqual([]);
          expect(read).toEqual(point(tags.map(storedTag), [count, level, undefined, note]));
          expect(read && encodePoint(read)).toBe(first);
        },
      ),
      { seed: 2, numRuns: 500 },
    );
  });

  test.each([
    'unknown,host=h count=1i 5',
    'sample,host=h nothing=1i 5',
    'sample,host=h count=x 5',
    'sample,colour=red count=1i 5',
    'sample count=1i',
    'sample',
    'sample note="open 5',
  ])('leaves out %s and says so', (line) => {
    const refused: string[] = [];
    const lines = Buffer.from(`${line}\nsample,host=h count=2i 7\n`);
    const points = parsePoints(lines, known, (text) => refused.push(text));
    expect(refused).toEqual([line]);
    expect(points.map(({ timeMs }) => timeMs)).toEqual([7]);
  });

  test('has the same head for the same series', () => {
    expect(seriesHead(sample, ['1', '2', 'h', 'i'])).toBe('sample,category=2,event=1,host=h,instance=i');
  });
});

describe('a declaration', () => {
  const fields = { count: counter('', '') };
  test.each([
    [{ name: 'Bad', help: '', tags: {}, fields }, /no valid metric name/],
    [{ name: 'a', help: '', tags: { host: tag('') }, fields }, /used twice/],
    [{ name: 'a', help: '', tags: { count: tag('') }, fields }, /used twice/],
    [{ name: 'a', help: '', tags: { time: tag('') }, fields }, /no valid metric name/],
    [{ name: 'a', help: '', tags: {}, fields: {} }, /has no field/],
  ])('is refused: %#', (declaration, message) => {
    expect(() => measurement(declaration as never)).toThrow(message);
  });
});
