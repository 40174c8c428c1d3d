// The Prometheus text and the health answer: whole, well-formed, and safe with any name.
import { describe, expect, test } from 'vitest';
import type { PipelineStatus, SourceStatus } from '../../src/model/health.ts';
import { healthOf } from '../../src/web/health.ts';
import { metricsText } from '../../src/web/metrics.ts';
import { sampleStatus } from '../support/page-data.ts';

const nowMs = Date.UTC(2026, 10, 21);
const sampleLine =
  /^([a-z][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.]+(?:e[+-]?\d+)?|\+Inf)$/;

function samples(text: string): { name: string; labels: string; value: number }[] {
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.startsWith('#'))
    .map((line) => {
      const match = sampleLine.exec(line);
      if (!match) throw new Error(`not a sample: ${line}`);
      return { name: match[1]!, labels: match[2] ?? '', value: Number(match[3]) };
    });
}

describe('/metrics', () => {
  test('holds the accounting identities of every source and output', () => {
    const found = samples(metricsText(sampleStatus(nowMs)));
    const sum = (name: string, label: string): number =>
      found
        .filter((sample) => sample.name === `switchboard_${name}` && sample.labels.includes(label))
        .reduce((total, sample) => total + sample.value, 0);
    for (const source of ['source="ecs-cm1"', 'source="ecs-cm2"']) {
      expect(sum('lines_total', source)).toBe(sum('lines_read_total', source));
      expect(sum('lines_read_total', source)).toBe(18_234_551);
      expect(sum('output_points_total', source) + sum('spooled_points', source)).toBe(
        sum('points_committed_total', source),
      );
    }
    expect(sum('rejects_total', 'reason="bad-date"')).toBe(28);
    expect(sum('health', '')).toBe(2);
  });

  test('names each metric once, with its help and type before its samples', () => {
    const lines = metricsText(sampleStatus(nowMs)).trimEnd().split('\n');
    const names = lines.filter((line) => line.startsWith('# TYPE')).map((line) => line.split(' ')[2]);
    expect(new Set(names).size).toBe(names.length);
    let current = '';
    for (const line of lines) {
      if (line.startsWith('# TYPE')) current = line.split(' ')[2]!;
      else if (!line.startsWith('#')) expect(line.split(/[{ ]/)[0]).toBe(current);
    }
    expect(metricsText(sampleStatus(nowMs)).endsWith('\n')).toBe(true);
  });

  test('no path, reason or name can break a line or invent a sample', () => {
    const evil = 'a"} 1\nswitchboard_evil 1\\\u0000\ud800';
    const status = sampleStatus(nowMs);
    const source: SourceStatus = {
      ...status.sources[0]!,
      name: evil,
      rejects: { [evil]: 1 },
      overflowed: { [evil]: 1 },
      files: [{ ...status.sources[0]!.files[0]!, path: evil }],
    };
    const text = metricsText({ ...status, sources: [source] });
    expect(samples(text).some(({ name }) => name === 'switchboard_evil')).toBe(false);
    expect(text).toContain('source="a\\"} 1\\nswitchboard_evil 1\\\\\ufffd\ufffd"');
  });
});

describe('/healthz', () => {
  const status = (changes: Partial<PipelineStatus>): PipelineStatus => ({ ...sampleStatus(nowMs), ...changes });

  test.each([
    ['ok', 200],
    ['degraded', 200],
    ['failing', 503],
  ] as const)('%s answers %d', (health, code) => {
    expect(healthOf(status({ health })).status).toBe(code);
  });

  test('names sources, reasons, awaited paths, faulty files and outputs', () => {
    const { body } = healthOf(status({}));
    expect(body.sources[1]).toMatchObject({
      name: 'ecs-cm2',
      status: 'failing',
      awaited: ['/var/log/ecs3/20*'],
      isPaused: true,
      files: [{ path: '/var/log/ecs2/2026-1121-150312', fault: 'permission denied' }],
      outputs: [
        { name: 'duckdb', status: 'ok' },
        { name: 'influx', status: 'failing', reason: expect.stringContaining('401') },
      ],
    });
  });
});
