// The report of `ecs backup` and what the analyzer makes of it (ecs 6.7 and 7).
import { existsSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { appendReport } from '../../src/engine/report-file.ts';
import { UsageError } from '../../src/model/errors.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { analyze } from './collecting-sink.ts';
import { runCommand } from './memory-inputs.ts';

const form =
  /^\d{8}:\d{9}:0:switchboard\(\d+\):MED:\[BACKUPEVT copied=\d+ bytes=\d+ deleted=0 vanished=0 failed=0 used_pct=[\d.]+ oldest_age_s=\d+ run_s=[\d.]+ max_used_pct=99\]$/;

/** A folder with logs, one for the copies, and the report. */
function site(): { folders: readonly string[]; report: string; write: (name: string) => void } {
  const root = temporaryFolder();
  const folders = [join(root, 'logs'), join(root, 'copies')];
  for (const folder of folders) mkdirSync(folder);
  const write = (name: string): void => {
    const path = join(root, 'logs', name);
    writeFileSync(path, 'a line\n');
    const hourAgo = Date.now() / 1000 - 3600;
    utimesSync(path, hourAgo, hourAgo);
  };
  return { folders, report: join(root, 'backup.log'), write };
}

describe('ecs backup --report', () => {
  test('adds a line for each run, which becomes a point at its time', async () => {
    const { folders, report, write } = site();
    const options = { report, timezone: 'Asia/Kathmandu', maxUsed: '99' };
    const beganMs = Date.now();
    write('2017-0427-084400');
    expect((await runCommand('backup', {}, options, { names: folders })).status).toBe(0);
    write('2017-0427-084500');
    write('2017-0427-084600');
    const { stdout } = await runCommand('backup', {}, { ...options, json: true }, { names: folders });
    const lines = readFileSync(report, 'latin1').split('\n');
    expect(lines).toHaveLength(3);
    expect(lines[2]).toBe('');
    for (const line of lines.slice(0, 2)) expect(line).toMatch(form);

    const { points, rejects, accepted, times } = await analyze(lines.join('\n'), { timezone: 'Asia/Kathmandu' });
    expect({ rejects, accepted }).toEqual({ rejects: [], accepted: 2 });
    const result = JSON.parse(stdout) as Readonly<Record<string, number>>;
    expect(points).toHaveLength(2);
    expect(points[1]).toBe(
      `ecs_backup,host=cm1,instance=test copied=2i,bytes=14i,deleted=0i,vanished=0i,failed=0i,used_pct=${result['usedPercent']},oldest_age_s=${result['oldestAgeSeconds']},run_s=${result['runSeconds']},max_used_pct=99 ${times[1]}`,
    );
    for (const timeMs of times) expect(timeMs).toBeGreaterThanOrEqual(beganMs);
    for (const timeMs of times) expect(timeMs).toBeLessThanOrEqual(Date.now());
  });

  test('says which zone it does not know, before it copies anything', async () => {
    const { folders, report, write } = site();
    write('2017-0427-084400');
    const run = runCommand('backup', {}, { report, timezone: 'Mars/Olympus' }, { names: folders });
    await expect(run).rejects.toThrow(/--timezone "Mars\/Olympus"/);
    expect(existsSync(join(folders[1]!, '2017-0427-084400.gz'))).toBe(false);
    expect(existsSync(report)).toBe(false);
  });

  test('says which report cannot be written', async () => {
    const { folders } = site();
    const run = runCommand('backup', {}, { report: join(folders[0]!, 'no', 'such') }, { names: folders });
    await expect(run).rejects.toThrow(UsageError);
    await expect(run).rejects.toThrow(/the report .*such cannot be written/);
  });
});

describe('the report', () => {
  test('stays small: a full one becomes the one before', async () => {
    const path = join(temporaryFolder(), 'report');
    writeFileSync(path, `${'x'.repeat(999_990)}\n`);
    await appendReport(path, (nowMs, process) => (nowMs > 0 && process > 0 ? 'first' : ''));
    await appendReport(path, () => 'second line');
    await appendReport(path, () => 'third');
    expect(statSync(`${path}.1`).size).toBe(999_997);
    expect(readFileSync(path, 'utf8')).toBe('second line\nthird\n');
  });

  test('goes on in a new line after one that was cut', async () => {
    const path = join(temporaryFolder(), 'report');
    writeFileSync(path, 'whole\ncut of');
    await appendReport(path, () => 'next');
    expect(readFileSync(path, 'utf8')).toBe('whole\ncut of\nnext\n');
  });
});

describe('a line of the report', () => {
  const stamp = '20170427:084400123:0:switchboard(77):MED:';
  const values =
    'copied=3 bytes=1000 deleted=1 vanished=2 failed=4 used_pct=70.5 oldest_age_s=3600 run_s=0.1 max_used_pct=80';

  test.each([
    ['that is whole', `[BACKUPEVT ${values}]`, [], 1],
    ['that is cut', `[BACKUPEVT ${values.slice(0, 40)}`, ['torn_line'], 0],
    ['with a word for a number', `[BACKUPEVT ${values.replace('bytes=1000', 'bytes=many')}]`, ['malformed'], 0],
    ['that only mentions it', '[see BACKUPEVT]', [], 0],
  ])('%s', async (_name, message, rejects, count) => {
    const found = await analyze(`${stamp}${message}\n`);
    expect([found.rejects, found.points.length]).toEqual([rejects, count]);
  });

  test('with a share that is no number keeps the rest', async () => {
    const { points } = await analyze(`${stamp}[BACKUPEVT ${values.replace('70.5', 'x').replace('0.1', '-')}]\n`);
    expect(points[0]).toContain('failed=4i,oldest_age_s=3600,max_used_pct=80 ');
  });
});
