// A small family and two outputs for tests of the configuration and the pipeline: no files, no servers.
import { z } from 'zod';
import type { Catalogue } from '../../src/app/catalogue.ts';
import { counter, measurement, tag } from '../../src/model/catalogue.ts';
import { UsageError } from '../../src/model/errors.ts';
import type { Analyzer, Family } from '../../src/model/family.ts';
import type { Batch, Output, OutputKind } from '../../src/model/output.ts';

/** What the test family counts: lines `<epoch seconds> <word>`. */
export const words = measurement({
  name: 'test_words',
  help: 'Words seen.',
  tags: { word: tag('the word', 100) },
  fields: { seen: counter('words', 'how often') },
});

function analyzer(): Analyzer {
  return {
    lines(chunk, sink) {
      let start = chunk.start;
      while (start < chunk.end) {
        let end = chunk.buffer.indexOf(10, start);
        if (end < 0 || end > chunk.end) end = chunk.end;
        const [stamp = '', word = ''] = chunk.buffer.toString('latin1', start, end).split(' ');
        const timeMs = Number(stamp) * 1000;
        if (word !== '' && Number.isNaN(timeMs)) sink.reject(start, end, 'bad-date');
        else if (word !== '' && sink.accept(start, end, timeMs)) sink.add(sink.series(words, [word]), timeMs, 0, 1);
        start = end + 1;
      }
    },
    snapshot: () => null,
    restore: () => undefined,
  };
}

/** The test family; its option `fail` makes the analyzer refuse its options. */
export const testFamily: Family = {
  name: 'words',
  title: 'Words',
  measurements: [words],
  isLogName: (name) => name.endsWith('.log'),
  isNameOrdered: true,
  options: () =>
    Promise.resolve(
      z.strictObject({
        patterns: z.array(z.strictObject({ keyword: z.string().min(1), limit: z.int().max(9).optional() })).default([]),
        fail: z.string().optional(),
      }),
    ),
  createAnalyzer({ options }) {
    const { fail } = options as { fail?: string };
    return fail === undefined ? Promise.resolve(analyzer()) : Promise.reject(new UsageError(fail));
  },
  commands: () => Promise.resolve([]),
  dashboards: () => Promise.resolve([]),
};

/** An output that keeps what it is given, by the name of its option `box`. */
export interface Box {
  readonly lines: string[];
  readonly opened: number;
  readonly closed: number;
}

/** A kind of output that stores into memory, and the boxes it filled. */
export function memoryOutput(): { readonly kind: OutputKind; readonly boxes: Map<string, Box> } {
  const boxes = new Map<string, { lines: string[]; opened: number; closed: number }>();
  const kind: OutputKind = {
    name: 'memory',
    title: 'Memory',
    values: 'absolute',
    delivery: () => 'at-least-once',
    losesEventTime: false,
    options: () =>
      Promise.resolve(
        z.strictObject({
          box: z.string().default('box'),
          url: z.url({ protocol: /^https?$/ }).optional(),
          token: z.string().min(3).optional(),
          port: z.int().min(1).max(65_535).optional(),
          secure: z.boolean().optional(),
          mode: z.enum(['fast', 'exact']).default('exact'),
        }),
      ),
    secretOptions: ['token'],
    open({ options }): Promise<Output> {
      const { box: name } = options as { box: string };
      const box = boxes.get(name) ?? { lines: [], opened: 0, closed: 0 };
      boxes.set(name, box);
      box.opened++;
      return Promise.resolve({
        write(batch: Batch) {
          box.lines.push(...batch.lines.toString('utf8').trimEnd().split('\n'));
          return Promise.resolve({ kind: 'done' as const, refused: [] });
        },
        close() {
          box.closed++;
          return Promise.resolve();
        },
      });
    },
  };
  return { kind, boxes };
}

/** An output that loses event time, as StatsD does; never opened. */
export const forgetfulKind: OutputKind = {
  ...memoryOutput().kind,
  name: 'forgetful',
  title: 'Forgetful',
  values: 'delta',
  delivery: () => 'at-most-once',
  losesEventTime: true,
};

/** A catalogue of these. */
export function testCatalogue(kind: OutputKind = memoryOutput().kind): Catalogue {
  return { families: [testFamily], outputs: [kind, forgetfulKind] };
}
