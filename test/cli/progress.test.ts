import { describe, expect, test } from 'vitest';
import { duration, Progress } from '../../src/cli/progress.ts';
import { noCounters } from '../../src/model/health.ts';
import type { PipelineStatus, SourceStatus } from '../../src/model/health.ts';
import { keptStream } from '../support/terminal.ts';

function status(bytesRead: number, linesRead: number, lagBytes: number): PipelineStatus {
  const source = { counters: { ...noCounters(), bytesRead, linesRead }, lagBytes, outputs: [] };
  return { sources: [source as unknown as SourceStatus] } as unknown as PipelineStatus;
}

describe('progress', () => {
  test('is a bar with share, rate and remaining time on a terminal, drawn over itself', () => {
    const { stream, text } = keptStream(true, 200);
    let now = 0;
    const progress = new Progress(stream, () => now);
    progress.update(status(5_000_000, 50_000, 10_000_000));
    now = 1000;
    progress.update(status(7_500_000, 75_000, 7_500_000));
    progress.end();
    const [first, second, end] = text().split('\r\x1b[2K');
    expect(first).toBe('[------------------------]  0 %  0 lines  0 lines/s  0.0 MB/s');
    expect(second).toBe('[######------------------]  25 %  25,000 lines  25,000 lines/s  2.5 MB/s  3 s left');
    expect(end).toBe('');
  });

  test('never runs over the edge of the terminal', () => {
    const { stream, text } = keptStream(true, 30);
    new Progress(stream, () => 0).update(status(1, 1, 1));
    expect(text().length).toBeLessThan(30);
  });

  test('gives way to a message of the log and comes back below it', () => {
    const { stream, text } = keptStream(true, 200);
    const progress = new Progress(stream, () => 0);
    progress.update(status(0, 0, 10));
    progress.logStream.write('a message\n');
    expect(text()).toMatch(/^\[-+\].*\r\x1b\[2Ka message\n\[-+\]/);
  });

  test('is a plain line every ten seconds elsewhere', () => {
    const { stream, text } = keptStream(false);
    let now = 0;
    const progress = new Progress(stream, () => now);
    for (now = 0; now <= 25_000; now += 200) progress.update(status(now, now, 1000));
    progress.end();
    expect(text().split('\n')).toHaveLength(3);
    expect(text()).not.toMatch(/[[\r\x1b]/);
    expect(text()).toMatch(/^\d+ %  [\d,]+ lines {2}1,000 lines\/s/);
  });
});

test.each([
  [0.2, '1 s'],
  [59, '59 s'],
  [61, '1 min 01 s'],
  [3599.5, '1 h 00 min'],
  [7500, '2 h 05 min'],
])('%d seconds are %s', (seconds, text) => {
  expect(duration(seconds)).toBe(text);
});
