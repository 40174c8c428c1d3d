// The state of the pipeline: every source with its sums, files, rejects and outputs, as the server counts them.
import { element, icon } from './dom.ts';
import { exact, format, lengthText, momentText } from './format.ts';
import { identity } from './status-sums.ts';
import type { Health, OutputState, ReceiverState, SourceState, StatusAnswer } from './wire.ts';

/** A health as a word with a mark; colour only underlines it. */
export function healthBadge(health: Health): HTMLElement {
  const words: Readonly<Record<Health, string>> = { ok: 'OK', degraded: 'Degraded', failing: 'Failing' };
  const marks: Readonly<Record<Health, string>> = { ok: '✓', degraded: '▲', failing: '✖' };
  return element(
    'span',
    { class: `badge badge-${health}` },
    element('span', { 'aria-hidden': 'true' }, `${marks[health]} `),
    words[health],
  );
}

/** The page of the pipeline's state. */
export class StatusView {
  readonly root = element('div', { class: 'view' });
  readonly #content = element('div', { class: 'status' }, element('p', { class: 'hint' }, 'Asking …'));

  constructor() {
    this.root.append(
      element(
        'header',
        { class: 'view-header' },
        element(
          'div',
          { class: 'view-title' },
          element('h1', {}, 'Pipeline status'),
          element(
            'p',
            { class: 'view-description' },
            'Is every line accounted for, and does everything reach the outputs?',
          ),
        ),
      ),
      this.#content,
    );
  }

  /** Shows a state. Parts that were opened stay open. */
  show(status: StatusAnswer): void {
    const open = new Set(
      [...this.#content.querySelectorAll('details[open]')].map((part) => part.getAttribute('data-key')),
    );
    this.#content.replaceChildren(
      processCard(status),
      ...status.sources.map((source) => sourceCard(source, status.nowMs)),
    );
    for (const part of this.#content.querySelectorAll('details')) {
      if (open.has(part.getAttribute('data-key'))) part.open = true;
    }
    if (status.sources.length === 0) this.#content.append(element('p', { class: 'hint' }, 'No source is running.'));
  }
}

function figure(label: string, value: string, hint = ''): HTMLElement {
  return element('div', { class: 'figure', title: hint }, element('dt', {}, label), element('dd', {}, value));
}

function processCard(status: StatusAnswer): HTMLElement {
  return element(
    'section',
    { class: 'card' },
    element('header', { class: 'card-header' }, element('h2', {}, 'Process'), healthBadge(status.health)),
    element(
      'dl',
      { class: 'figures' },
      figure('Version', status.version),
      figure('Running for', lengthText((status.nowMs - status.startedMs) / 1000)),
      figure('Memory', format(status.rssBytes, 'bytes')),
      figure('Event loop p99', format(status.eventLoopP99Ms, 'ms')),
      figure('Sources', exact(status.sources.length)),
    ),
  );
}

function sourceCard(source: SourceState, nowMs: number): HTMLElement {
  const newest = source.newestEventMs;
  return element(
    'section',
    { class: 'card', 'data-source': source.name },
    element(
      'header',
      { class: 'card-header' },
      element('h2', {}, source.name),
      element('span', { class: 'hint' }, `${source.family} · ${source.host}`),
      source.isPaused ? element('span', { class: 'badge badge-degraded' }, 'Reading paused') : undefined,
      healthBadge(source.health),
    ),
    reasons(source),
    element(
      'dl',
      { class: 'figures' },
      figure('Behind the log', format(source.lagSeconds, 's'), `${format(source.lagBytes, 'bytes')} not yet read`),
      figure(
        'Newest event',
        newest === undefined ? 'none yet' : `${lengthText(Math.max(0, nowMs - newest) / 1000)} ago`,
        newest === undefined ? '' : momentText(newest, 0),
      ),
      figure('Read', format(source.counters.bytesRead, 'bytes')),
      figure('Open buckets', exact(source.openBuckets)),
      figure('Series', exact(source.series)),
      figure('Commits', exact(source.counters.commits), `last one took ${format(source.commitMs, 'ms')}`),
      figure('Rotations', exact(source.counters.rotations)),
      figure('Truncations', exact(source.counters.truncations)),
      figure('Gaps', exact(source.counters.gaps)),
    ),
    source.receiver && receiverPart(source.receiver),
    lineSum(source),
    ...source.outputs.map((output) => outputPart(output, nowMs)),
    files(source),
    countTable('Rejects and parser events', 'Reason', source.rejects, `${source.name} rejects`),
    countTable(
      `Samples beyond a limit (counted under __other__)`,
      'Measurement',
      source.overflowed,
      `${source.name} limits`,
    ),
  );
}

function reasons(source: SourceState): HTMLElement | undefined {
  const texts = [...source.reasons, ...source.awaited.map((path) => `awaited: ${path} (nothing matches yet)`)];
  if (texts.length === 0) return undefined;
  return element(
    'ul',
    { class: 'reasons' },
    ...texts.map((text) => element('li', {}, icon('warning'), element('span', {}, text))),
  );
}

function receiverPart({ counters, listening }: ReceiverState): HTMLElement {
  const { messages, rejected, dropped, kernelDropped, truncated, connections } = counters;
  return element(
    'div',
    { class: 'output' },
    element('h3', {}, element('span', { class: 'hint' }, 'Receives by '), listening.join(', ') || 'nothing now'),
    identity('messages received', messages + rejected + dropped, [
      ['kept', messages, 'good'],
      ['not allowed', rejected, 'warning'],
      ['given up', dropped, 'critical'],
    ]),
    element(
      'dl',
      { class: 'figures' },
      figure('Cut at the limit', exact(truncated)),
      figure('Lost by the kernel', exact(kernelDropped), 'Before Switchboard could take them'),
      figure('Connections', exact(connections), 'Since the start'),
    ),
  );
}

function lineSum({ counters }: SourceState): HTMLElement {
  return identity('lines read', counters.linesRead, [
    ['matched', counters.matched, 'good'],
    ['ignored', counters.ignored, 'dim'],
    ['dead letters', counters.deadLettered, 'critical'],
    ['too late', counters.lateDropped, 'warning'],
    ['too long', counters.skippedLong, 'serious'],
  ]);
}

function outputPart(output: OutputState, nowMs: number): HTMLElement {
  const accepted = output.lastAcceptedMs;
  const share = output.spoolLimitBytes > 0 ? output.spoolBytes / output.spoolLimitBytes : 0;
  const fill = element('span', { class: `meter-fill${share > 0.8 ? ' is-high' : ''}` });
  fill.style.width = `${Math.min(100, share * 100)}%`;
  return element(
    'div',
    { class: 'output' },
    element('h3', {}, element('span', { class: 'hint' }, 'Output '), output.name, ' ', healthBadge(output.health)),
    output.reason === '' ? undefined : element('p', { class: 'reason' }, output.reason),
    identity('points committed', output.committed, [
      ['accepted', output.accepted, 'good'],
      ['in the spool', output.spooled, 'neutral'],
      ['refused', output.refused, 'critical'],
    ]),
    element(
      'dl',
      { class: 'figures' },
      element(
        'div',
        { class: 'figure' },
        element('dt', {}, 'Spool'),
        element(
          'dd',
          {},
          `${format(output.spoolBytes, 'bytes')} of ${format(output.spoolLimitBytes, 'bytes')}`,
          element('span', { class: 'meter', 'aria-hidden': 'true' }, fill),
        ),
      ),
      figure('Oldest in the spool', output.spooled === 0 ? '–' : lengthText(output.spoolAgeSeconds)),
      figure(
        'Last accepted',
        accepted === undefined ? 'never' : `${lengthText(Math.max(0, nowMs - accepted) / 1000)} ago`,
      ),
      figure('Write p95', format(output.writeP95Ms, 'ms')),
      figure('Retries', exact(output.retries)),
      output.storedBytes === undefined ? undefined : figure('Store on disk', format(output.storedBytes, 'bytes')),
    ),
  );
}

function files({ files: list, name }: SourceState): HTMLElement | undefined {
  if (list.length === 0) return undefined;
  const rows = list
    .toSorted(
      (first, second) => Number(second.hasFault) - Number(first.hasFault) || (first.path < second.path ? 1 : -1),
    )
    .slice(0, 200)
    .map((file) =>
      element(
        'tr',
        {},
        element('th', { scope: 'row', class: 'is-text' }, file.path),
        element(
          'td',
          { class: `is-text${file.hasFault ? ' tone-critical' : ''}` },
          element('span', { class: 'cell-value' }, `${file.hasFault ? '✖ ' : ''}${file.state}`),
        ),
        element('td', { class: 'is-number' }, format(file.size, 'bytes')),
        element('td', { class: 'is-number' }, exact(file.offset)),
        element('td', { class: 'is-number' }, format(file.lagBytes, 'bytes')),
      ),
    );
  const heads = ['File', 'State', 'Size', 'Position', 'Not yet read'].map((text, index) =>
    element('th', { scope: 'col', class: index < 2 ? 'is-text' : 'is-number' }, text),
  );
  return details(
    `Files (${list.length})`,
    `${name} files`,
    list.some((file) => file.hasFault),
    heads,
    rows,
  );
}

function countTable(
  title: string,
  column: string,
  counts: Readonly<Record<string, number>>,
  key: string,
): HTMLElement | undefined {
  const entries = Object.entries(counts).toSorted(([, first], [, second]) => second - first);
  if (entries.length === 0) return undefined;
  const rows = entries.map(([name, count]) =>
    element(
      'tr',
      {},
      element('th', { scope: 'row', class: 'is-text' }, name),
      element('td', { class: 'is-number' }, exact(count)),
    ),
  );
  const heads = [
    element('th', { scope: 'col', class: 'is-text' }, column),
    element('th', { scope: 'col', class: 'is-number' }, 'Count'),
  ];
  return details(`${title} (${entries.length})`, key, false, heads, rows);
}

function details(
  title: string,
  key: string,
  isOpen: boolean,
  heads: readonly HTMLElement[],
  rows: readonly HTMLElement[],
): HTMLElement {
  return element(
    'details',
    { 'data-key': key, open: isOpen },
    element('summary', {}, title),
    element(
      'div',
      { class: 'table-scroll' },
      element(
        'table',
        { class: 'table' },
        element('thead', {}, element('tr', {}, ...heads)),
        element('tbody', {}, ...rows),
      ),
    ),
  );
}
