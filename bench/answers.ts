// What each program of the benchmarks answered, brought into one form: `minute,event,count` lines, or a number.

/** Counts by `minute,event`, as sorted lines. */
function sortedLines(counts: ReadonlyMap<string, number>): string {
  return [...counts]
    .map(([key, count]) => `${key},${count}`)
    .toSorted()
    .join('\n');
}

/** `keyword,label,interval,count` of `ecs count --csv`. */
export function ofCountCsv(stdout: string): string {
  const counts = new Map<string, number>();
  for (const line of stdout.trimEnd().split('\r\n').slice(1)) {
    const [, label = '', interval = '', count = ''] = line.split(',');
    counts.set(`${interval},${label.replace('event=', '')}`, Number(count));
  }
  return sortedLines(counts);
}

/** `minute,event,count` lines in any order. */
export function ofLines(stdout: string): string {
  return stdout.trimEnd().split('\n').toSorted().join('\n');
}

/** The JSON that mtail writes at the end of `--one_shot`. */
export function ofMtail(stdout: string): string {
  const answer = JSON.parse(stdout) as { denials?: MtailMetric[] };
  const counts = new Map<string, number>();
  for (const { Labels = [], Value } of answer.denials?.[0]?.LabelValues ?? []) {
    counts.set(Labels.join(','), Value?.Value ?? 0);
  }
  return sortedLines(counts);
}

interface MtailMetric {
  readonly LabelValues?: readonly {
    readonly Labels?: readonly string[];
    readonly Value?: { readonly Value?: number };
  }[];
}

/** The sum of all counts in `minute,event,count` lines. */
export function total(lines: string): string {
  let sum = 0;
  for (const line of lines.split('\n')) sum += Number(line.slice(line.lastIndexOf(',') + 1));
  return String(sum);
}

/** The sum of the denials in line protocol; a bucket that was written again counts with its last value. */
export function ofLineProtocol(stdout: string): string {
  const counts = new Map<string, number>();
  for (const line of stdout.split('\n')) {
    const [, head, count, timeMs] = /^(ecs_denial\S*) .*?\bcount=(\d+)i\S* (\d+)$/.exec(line) ?? [];
    if (head !== undefined) counts.set(`${head} ${timeMs}`, Number(count));
  }
  return String([...counts.values()].reduce((sum, count) => sum + count, 0));
}
