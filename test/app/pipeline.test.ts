import { appendFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import { readConfiguration } from '../../src/app/config.ts';
import type { Configuration } from '../../src/app/configuration.ts';
import { withAddress, withStore } from '../../src/app/embedded.ts';
import { Pipeline } from '../../src/app/pipeline.ts';
import type { PipelineServices } from '../../src/app/pipeline.ts';
import { systemClock } from '../../src/model/clock.ts';
import { silentLog } from '../../src/model/log.ts';
import { switchboardPipeline } from '../../src/model/pipeline.ts';
import { memoryOutput, testCatalogue, words } from '../support/catalogue.ts';
import type { Box } from '../support/catalogue.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';

const running: Pipeline[] = [];
afterEach(async () => {
  await Promise.all(running.splice(0).map((pipeline) => pipeline.stop(0)));
});

function scene() {
  const folder = temporaryFolder();
  const { kind, boxes } = memoryOutput();
  const catalogue = testCatalogue(kind);
  const read = (text: string): Promise<Configuration> =>
    readConfiguration(`instance: i\n${text}`, join(folder, 'sb.yaml'), { catalogue, environment: {} });
  const services = (mode: 'follow' | 'once'): PipelineServices => ({
    clock: systemClock,
    log: silentLog,
    stdin: process.stdin,
    stdout: process.stdout,
    version: '0',
    measurements: [words, switchboardPipeline],
    mode,
  });
  const start = async (text: string, mode: 'follow' | 'once' = 'follow'): Promise<Pipeline> => {
    const pipeline = await Pipeline.start(await read(text), services(mode));
    running.push(pipeline);
    return pipeline;
  };
  const write = (name: string, text: string): void => appendFileSync(join(folder, name), text);
  return { folder, boxes, read, start, write };
}

/** The last value of each word, by host. */
function seen(box: Box | undefined): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const line of box?.lines ?? []) {
    const [, host = '', word = '', count] =
      /^test_words,host=(\w+),instance=\w+,word=(\w+) seen=(\d+)i/.exec(line) ?? [];
    if (count !== undefined) counts[`${host} ${word}`] = Number(count);
  }
  return counts;
}

const line = '1500000000 hello\n';

describe('a pipeline', () => {
  test('reads every source into the outputs it names, and opens a shared output once', async () => {
    const { boxes, start, write } = scene();
    write('a.log', line);
    write('b.log', line.repeat(2));
    const pipeline = await start(
      'outputs: { memory: { box: all }, far: { type: memory, box: far } }\nsources:\n' +
        '  - { family: words, host: a, paths: [a.log] }\n  - { family: words, host: b, paths: [b.log], outputs: [memory] }\n',
      'once',
    );
    await pipeline.finished();
    await pipeline.stop();
    expect(seen(boxes.get('all'))).toEqual({ 'a hello': 1, 'b hello': 2 });
    expect(seen(boxes.get('far'))).toEqual({ 'a hello': 1 });
    expect(boxes.get('all')).toMatchObject({ opened: 1, closed: 1 });
    expect(pipeline.failures).toEqual([]);
  });

  test('goes on when one of its sources cannot be started, and shows why', async () => {
    const { boxes, folder, start, write } = scene();
    write('a.log', line);
    mkdirSync(join(folder, 'state', 'sources'), { recursive: true });
    // A file where the state of the second source should be.
    writeFileSync(join(folder, 'state', 'sources', 'words-b'), '');
    const pipeline = await start(
      'outputs: { memory: }\nsources:\n' +
        '  - { family: words, host: a, paths: [a.log] }\n  - { family: words, host: b, paths: [b.log] }\n',
    );
    await until(() => seen(boxes.get('box'))['a hello'] === 1, 'the first source to work');
    const { health, sources } = pipeline.status();
    expect(health).toBe('failing');
    expect(sources.map(({ name, health: state }) => [name, state])).toEqual([
      ['words-a', 'ok'],
      ['words-b', 'failing'],
    ]);
    expect(sources[1]?.reasons[0]).toMatch(/words-b/);
    expect(pipeline.failures).toEqual([{ name: 'words-b', reason: sources[1]?.reasons[0] }]);
  });

  test('tells at its end what its sources did, as increments', async () => {
    const { boxes, start, write } = scene();
    write('a.log', `${line.repeat(3)}\nnever hello\n`);
    const pipeline = await start('outputs: { memory: }\nsources: [{ family: words, host: a, paths: [a.log] }]');
    await until(() => seen(boxes.get('box'))['a hello'] === 3, 'the words');
    await pipeline.stop();
    const reports = boxes.get('box')?.lines.filter((text) => text.startsWith('switchboard_pipeline')) ?? [];
    const lines = reports.map((text) => Number(/lines_read=(\d+)i/.exec(text)?.[1]));
    expect(lines.reduce((sum, count) => sum + count, 0)).toBe(5);
    expect(reports[0]).toMatch(/^switchboard_pipeline,family=words,host=a,instance=i,source=words-a up=1i/);
    expect(reports.at(-1)).toMatch(/matched=3i,ignored=1i,dead_lettered=1i/);
  });
});

describe('a reload', () => {
  const memory = 'outputs: { memory: }\nsources:\n';
  const sourceA = '  - { family: words, host: a, paths: [a.log] }\n';

  test('leaves sources alone that did not change, stops removed ones and starts new ones', async () => {
    const { boxes, read, start, write } = scene();
    write('a.log', line);
    write('b.log', line);
    write('c.log', line);
    const pipeline = await start(`${memory}${sourceA}  - { family: words, host: b, paths: [b.log] }\n`);
    await until(() => Object.keys(seen(boxes.get('box'))).length === 2, 'both sources');
    await pipeline.reload(await read(`${memory}${sourceA}  - { family: words, host: c, paths: [c.log] }\n`));
    write('a.log', line);
    write('b.log', line);
    await until(() => seen(boxes.get('box'))['c hello'] === 1, 'the new source');
    await until(() => seen(boxes.get('box'))['a hello'] === 2, 'the old source');
    expect(pipeline.status().sources.map(({ name, counters }) => [name, counters.starts])).toEqual([
      ['words-a', 1],
      ['words-c', 1],
    ]);
    expect(seen(boxes.get('box'))['b hello']).toBe(1);
    expect(boxes.get('box')).toMatchObject({ opened: 1, closed: 0 });
  });

  test('restarts a source whose settings changed, where it was', async () => {
    const { boxes, read, start, write } = scene();
    write('a.log', line);
    const pipeline = await start(`${memory}${sourceA}`);
    await until(() => seen(boxes.get('box'))['a hello'] === 1, 'the first line');
    await pipeline.reload(await read(`${memory}${sourceA.replace('}', ', maxLineBytes: 2048 }')}`));
    write('a.log', line);
    await until(() => seen(boxes.get('box'))['a hello'] === 2, 'both lines');
    expect(pipeline.status().sources[0]?.counters).toMatchObject({ starts: 2, linesRead: 2 });
  });

  test('opens changed outputs anew and closes the old ones', async () => {
    const { boxes, read, start, write } = scene();
    write('a.log', line);
    const pipeline = await start(`${memory}${sourceA}`);
    await until(() => seen(boxes.get('box'))['a hello'] === 1, 'the first line');
    await pipeline.reload(await read(`outputs: { memory: { box: new } }\nsources:\n${sourceA}`));
    write('a.log', line);
    await until(() => seen(boxes.get('new'))['a hello'] === 2, 'the count in the new output');
    expect(boxes.get('box')).toMatchObject({ opened: 1, closed: 1 });
  });

  test('gives a source that had failed another chance', async () => {
    const { boxes, folder, read, start, write } = scene();
    write('a.log', line);
    const text = `${memory}${sourceA}`;
    mkdirSync(join(folder, 'state'));
    writeFileSync(join(folder, 'state', 'sources'), '');
    const pipeline = await start(text);
    expect(pipeline.failures).toHaveLength(1);
    await pipeline.reload(await read(`stateDir: other\n${text}`));
    await until(() => seen(boxes.get('box'))['a hello'] === 1, 'the source to work');
    expect(pipeline.failures).toEqual([]);
  });
});

describe('the embedded store', () => {
  const sources = 'sources:\n  - { family: words, host: a, paths: [x], outputs: [memory] }\n';

  test('is added for every source, with the page, when a configuration has neither', async () => {
    const { read } = scene();
    const wishes = { host: undefined, port: 99 };
    const completed = await withStore(await read(`outputs: { memory: }\n${sources}`), wishes);
    expect(completed.outputs.map(({ name, kind }) => [name, kind.name])).toEqual([
      ['memory', 'memory'],
      ['duckdb', 'duckdb'],
    ]);
    expect(completed.sources[0]?.outputs).toEqual(['memory', 'duckdb']);
    expect(completed.web).toEqual({ host: '127.0.0.1', port: 99, token: undefined });
  });

  test('is not added for export, and the page only when it is wanted', async () => {
    const { read } = scene();
    const plain = await read(`outputs: { memory: }\n${sources}`);
    expect(withAddress(plain, { host: undefined, port: undefined }).web).toBeUndefined();
    expect(withAddress(plain, { host: 'localhost', port: undefined }).web).toMatchObject({
      host: 'localhost',
      port: 8080,
    });
  });
});
