// `ecs sip` against the same work in Python on a log of MST traces, with the same answer.
import { join } from 'node:path';
import { contest, shell } from './contest.ts';
import type { Result } from './contest.ts';
import { generateMstLog } from './generate-mst.ts';

/** Runs the contest on a log of so many bytes below `directory`. */
export async function benchSip({
  main,
  directory,
  bytes,
  runs,
}: {
  /** The built program. */
  readonly main: string;
  readonly directory: string;
  readonly bytes: number;
  readonly runs: number;
}): Promise<{ readonly result: Result; readonly bytes: number; readonly messages: number }> {
  const log = join(directory, '2026-0113-080000');
  const generated = generateMstLog(log, bytes);
  const peer = join(import.meta.dirname, 'peers', 'sip.py');
  const result = await contest(
    'ecs sip against python',
    [
      {
        name: 'ecs sip',
        run: () => shell(`node '${main}' ecs sip --requests ALL --responses '1|2|3|4|5|6' --csv '${log}'`),
        answer: ofSipCsv,
      },
      { name: 'python', run: () => shell(`python3 '${peer}' '${log}'`), answer: sorted },
    ],
    runs,
  );
  return { result, ...generated };
}

/** `window,side,far end,type,count`, summed over ports and the methods that responses answer. */
function ofSipCsv(stdout: string): string {
  const counts = new Map<string, number>();
  for (const line of stdout.trimEnd().split('\r\n').slice(1)) {
    const [window, , remote, , , direction, type, , count] = line.split(',');
    const key = [window, direction, remote, type].join(',');
    counts.set(key, (counts.get(key) ?? 0) + Number(count));
  }
  return [...counts]
    .map(([key, count]) => `${key},${count}`)
    .toSorted()
    .join('\n');
}

function sorted(stdout: string): string {
  return stdout.trimEnd().split('\n').toSorted().join('\n');
}
