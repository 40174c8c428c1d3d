import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../src/app/config.ts';
import { Preview } from '../../src/app/preview.ts';
import type { LogFile } from '../../src/model/family.ts';
import { testCatalogue } from '../support/catalogue.ts';

const file: LogFile = { path: '/x/a.log', name: 'a.log', modifiedMs: 0, id: 1 };

async function preview(line: string, nowMs = 2_000_000_000_000) {
  const text = 'instance: i\nsources: [{ family: words, host: h, paths: [x] }]';
  const surroundings = { catalogue: testCatalogue(), environment: {} };
  const [source] = (await readConfiguration(text, 'x.yaml', surroundings)).sources;
  return (await Preview.open(source!, nowMs)).line(Buffer.from(line), file, 0);
}

describe('a preview', () => {
  test('gives the points of a matched line at the start of its bucket', async () => {
    expect(await preview('1500000007 hello')).toEqual({
      outcome: 'matched',
      reason: '',
      timeMs: 1_500_000_007_000,
      points: ['test_words,host=h,instance=i,word=hello seen=1i 1500000000000'],
    });
  });

  test('names the reason of a reject', async () => {
    expect(await preview('yesterday hello')).toMatchObject({ outcome: 'rejected', reason: 'bad-date', points: [] });
  });

  test('says that a line is ignored', async () => {
    expect(await preview('nothing')).toMatchObject({ outcome: 'ignored', points: [] });
  });

  test('says that a line is ahead of the clock, and gives no point', async () => {
    const nowMs = 1_500_000_007_000 - 600_001;
    expect(await preview('1500000007 hello', nowMs)).toMatchObject({ outcome: 'future', points: [] });
    expect(await preview('1500000007 hello', nowMs + 1)).toMatchObject({ outcome: 'matched' });
  });
});
