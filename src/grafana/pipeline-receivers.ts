// What comes by network before it is a log, and what did not get that far (engine 6).
import type { Panel } from '../model/panel.ts';
import { switchboardReceiver } from '../model/pipeline.ts';
import { query } from '../model/query.ts';
import { minWindowSeconds, where } from './pipeline-parts.ts';
import { line } from './steps.ts';

/** The curves of the receivers; empty where no source listens. */
export const receiverPanels: readonly Panel[] = [
  {
    id: 19,
    type: 'timeseries',
    title: 'Messages received',
    description:
      'Messages per second that came by network, by source. Zero while devices work: a firewall, or their logging host.',
    queries: [
      query(switchboardReceiver, {
        select: [{ field: 'messages', aggregate: 'sum', perSecond: true }],
        where,
        groupBy: ['source'],
        minWindowSeconds,
      }),
    ],
    unit: 'cps',
    legend: '{source}',
    draw: 'lines',
    stacked: false,
    width: 12,
    height: 8,
  },
  {
    id: 20,
    type: 'timeseries',
    title: 'Messages not taken',
    description:
      'Refused: senders that "allow" does not name. Cut: longer than the limit. Journal full: received and given up. Kernel: given up before Switchboard could take them; raise net.core.rmem_max.',
    queries: [
      query(switchboardReceiver, {
        select: [
          { field: 'rejected', aggregate: 'sum', as: 'refused' },
          { field: 'truncated', aggregate: 'sum', as: 'cut' },
          { field: 'dropped', aggregate: 'sum', as: 'journal full' },
          { field: 'kernel_dropped', aggregate: 'sum', as: 'kernel' },
        ],
        where,
        fill: 'zero',
        minWindowSeconds,
      }),
    ],
    unit: 'short',
    thresholds: line(1),
    draw: 'bars',
    stacked: true,
    width: 12,
    height: 8,
  },
];
