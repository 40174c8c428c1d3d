// What a restart, a crash and a full disk leave: everything that was answered with 204 is there, once.
import { cpSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { machineFiles } from '../../src/engine/durable.ts';
import type { Files } from '../../src/engine/durable.ts';
import { MemoryOutput } from '../support/memory-output.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { until } from '../support/until.ts';
import { alertJson, resolvedJson } from './grafana-body.ts';
import { startListening, token } from './listening.ts';

/** The machine's files, with something done after each time that a journal became durable. */
function watched(afterSync: () => Promise<void>): Files {
  return {
    ...machineFiles,
    async open(path, mode) {
      const file = await machineFiles.open(path, mode);
      if (!path.endsWith('.log')) return file;
      return {
        ...file,
        async sync() {
          await file.sync();
          await afterSync();
        },
      };
    },
  };
}

describe('a restart', () => {
  test('between firing and resolved keeps the alert open, and knows both afterwards', async () => {
    const first = await startListening();
    expect(await first.tell(alertJson())).toBe(204);
    await until(() => first.events().length === 1, 'the first point');
    await first.stop();

    const second = await startListening({ folder: first.folder });
    const metrics = await second.get('/metrics', { authorization: `Bearer ${token}` });
    expect(metrics.text).toContain('switchboard_listen_open_alerts 1\n');
    expect(await second.tell(alertJson(), resolvedJson())).toBe(204);
    await until(() => second.events().length === 1, 'the second point');
    expect(second.events()[0]).toMatch(/status=resolved raised=0i,deliveries=1i,duration_s=300,/);
    await second.stop();

    const third = await startListening({ folder: first.folder });
    expect(await third.tell(alertJson(), resolvedJson())).toBe(204);
    await third.stop();
    expect(third.events()).toEqual([]);
    expect([first, second, third].map(({ hours }) => hours().length)).toEqual([1, 0, 0]);
  });

  test('delivers what waited for the output', async () => {
    const listen = { token, timezone: 'UTC' };
    const first = await startListening({ output: new MemoryOutput(() => 'hang'), listen });
    expect(await first.tell(alertJson())).toBe(204);
    await first.stop(0);
    // The hour is the one it was taken with, like everything that was made durable.
    const second = await startListening({ folder: first.folder, listen: { token, timezone: 'Asia/Tokyo' } });
    await until(() => second.events().length === 1, 'the point');
    expect(second.hours()).toEqual([expect.stringContaining(',hour=10,')]);
    await second.stop();
  });

  test('is refused while another receiver has the state', async () => {
    const first = await startListening();
    await expect(startListening({ folder: first.folder })).rejects.toThrow(/uses this state already/);
    expect(await first.tell(alertJson())).toBe(204);
    await first.stop();
  });

  test('with a damaged state sets it aside, says so, and takes alerts', async () => {
    const first = await startListening();
    await first.tell(alertJson());
    await first.stop();
    const journal = join(first.folder, 'state', 'listen', 'journal');
    for (const name of readdirSync(journal)) writeFileSync(join(journal, name), 'not a journal');
    const second = await startListening({ folder: first.folder });
    expect(second.log.some(({ level, message }) => level === 'error' && message.includes('damaged'))).toBe(true);
    expect(await second.tell(alertJson())).toBe(204);
    await until(() => second.events().length === 1, 'the point');
    await second.stop();
    expect(readdirSync(journal).some((name) => name.endsWith('.bad'))).toBe(true);
  });
});

describe('a crash', () => {
  test('between keeping and answering loses nothing, and the repetition changes nothing', async () => {
    const crashed = temporaryFolder();
    let isHeld = false;
    const folder = temporaryFolder();
    const state = join(folder, 'state', 'listen');
    const files = watched(async () => {
      const isAlert = readdirSync(join(state, 'journal'))
        .filter((name) => name.endsWith('.log'))
        .some((name) => readFileSync(join(state, 'journal', name)).includes('c6eadffa33fcdf37'));
      if (!isAlert || isHeld) return;
      isHeld = true;
      // What a process that ends at this moment leaves behind.
      cpSync(join(state, 'journal'), join(crashed, 'state', 'listen', 'journal'), { recursive: true });
      throw Object.assign(new Error('the machine stops here'), { code: 'EIO' });
    });
    const first = await startListening({ folder, files, output: new MemoryOutput(() => 'hang') });
    expect(await first.tell(alertJson())).toBe(503);
    await first.stop(0);
    expect(isHeld).toBe(true);

    const second = await startListening({ folder: crashed });
    await until(() => second.events().length === 1, 'the point');
    expect(await second.tell(alertJson())).toBe(204);
    const { text } = await second.get('/metrics', { authorization: `Bearer ${token}` });
    await second.stop();
    expect(text).toContain('switchboard_listen_alerts_total 0\n');
    expect(text).toContain('switchboard_listen_repeats_total 1\n');
    expect(second.events()).toHaveLength(1);
  });

  test('with a torn last record keeps everything before it', async () => {
    const first = await startListening({ output: new MemoryOutput(() => 'hang') });
    expect(await first.tell(alertJson({ fingerprint: 'kept' }))).toBe(204);
    const journal = join(first.folder, 'state', 'listen', 'journal');
    const [name = ''] = readdirSync(journal).filter((entry) => entry.endsWith('.log'));
    const before = readFileSync(join(journal, name));
    expect(await first.tell(alertJson({ fingerprint: 'torn' }))).toBe(204);
    const after = readFileSync(join(journal, name));
    await first.stop(0);
    writeFileSync(join(journal, name), after.subarray(0, before.length + 100));
    const second = await startListening({ folder: first.folder });
    // The sender got no answer in such a case, and comes again.
    expect(await second.tell(alertJson({ fingerprint: 'kept' }), alertJson({ fingerprint: 'torn' }))).toBe(204);
    await until(() => second.events().length === 2, 'both points');
    await second.stop();
    expect(second.events().map((line) => /fingerprint="(\w+)"/.exec(line)?.[1])).toEqual(['kept', 'torn']);
  });
});

describe('a full disk', () => {
  test('gives 503 and 204 again when there is space, and the alert is stored once', async () => {
    let isFull = false;
    const files = watched(() =>
      isFull
        ? Promise.reject(Object.assign(new Error('no space left on device'), { code: 'ENOSPC' }))
        : Promise.resolve(),
    );
    const listening = await startListening({ files });
    expect(await listening.tell(alertJson({ fingerprint: 'a' }))).toBe(204);
    isFull = true;
    expect(await listening.tell(alertJson({ fingerprint: 'b' }))).toBe(503);
    expect(await listening.tell(alertJson({ fingerprint: 'b' }))).toBe(503);
    isFull = false;
    expect(await listening.tell(alertJson({ fingerprint: 'b' }))).toBe(204);
    await until(() => listening.events().length === 2, 'both points');
    await listening.stop();
    expect(listening.events()).toHaveLength(2);
    rmSync(listening.folder, { recursive: true, force: true });
  });
});

describe('many senders at once', () => {
  test('get their 204 each, and every alert is stored once', async () => {
    const listening = await startListening();
    const fingerprints = Array.from({ length: 20 }, (_, index) => `f${index}`);
    const statuses = await Promise.all(
      [...fingerprints, ...fingerprints].map((fingerprint) => listening.tell(alertJson({ fingerprint }))),
    );
    expect(new Set(statuses)).toEqual(new Set([204]));
    await until(() => listening.events().length === 20, 'all points');
    await listening.stop();
    expect(listening.events()).toHaveLength(20);
    const times = listening.events().map((line) => line.slice(line.lastIndexOf(' ')));
    expect(new Set(times).size).toBe(20);
  });
});
