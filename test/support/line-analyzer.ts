// A small log format for engine tests: `<epoch ms> <event> <value>`, with a counter, a sum and a distinct count.
import { counter, distinct, gauge, measurement, tag } from '../../src/model/catalogue.ts';
import type { Analyzer, JsonValue, LineChunk, SampleSink } from '../../src/model/family.ts';

/** What the lines give. */
export const simple = measurement({
  name: 'simple',
  help: 'for tests',
  tags: { event: tag('first word', 50) },
  fields: {
    count: counter('lines', 'lines'),
    total: gauge('', 'sum of the values', 'sum', 'integer'),
    values: distinct('values', 'different values'),
  },
});

/** Reads `<epoch ms> <event> <value>`; `bad …` is rejected, everything else is ignored. */
export class LineAnalyzer implements Analyzer {
  #lines = 0;

  lines(chunk: LineChunk, sink: SampleSink): void {
    let start = chunk.start;
    while (start < chunk.end) {
      const feed = chunk.buffer.indexOf(10, start);
      const end = feed < 0 || feed >= chunk.end ? chunk.end : feed;
      this.#line(chunk.buffer, start, end, sink);
      start = end + 1;
    }
  }

  snapshot(): JsonValue {
    return { lines: this.#lines };
  }

  restore(state: JsonValue): void {
    const { lines } = (state ?? {}) as { lines?: unknown };
    if (typeof lines !== 'number') throw new Error('no state of a line analyzer');
    this.#lines = lines;
  }

  #line(buffer: Buffer, start: number, end: number, sink: SampleSink): void {
    this.#lines++;
    const text = buffer.toString('latin1', start, end);
    if (text.startsWith('bad')) return sink.reject(start, end, 'bad-line');
    const match = /^(\d{13}) (\w+) (\d+)$/.exec(text);
    if (!match) return;
    const timeMs = Number(match[1]);
    if (!sink.accept(start, end, timeMs)) return;
    const series = sink.series(simple, [match[2] ?? '']);
    sink.add(series, timeMs, 0, 1);
    sink.add(series, timeMs, 1, Number(match[3]));
    sink.distinct(series, timeMs, 2, buffer, end - (match[3] ?? '').length, end);
  }
}
