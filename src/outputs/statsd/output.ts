// Batches to StatsD, one after the other and paced. When the network fails in the middle of a batch, the rest is
// remembered for when the batch comes again, or, where nothing may be sent twice, given up and dead-lettered: a new
// start of the program would not know of the first half.
import { createHash } from 'node:crypto';
import { systemClock } from '../../model/clock.ts';
import type { Clock } from '../../model/clock.ts';
import { printable } from '../../model/errors.ts';
import type { Measurement } from '../../model/catalogue.ts';
import type { Batch, Output, RefusedPoint, WriteResult } from '../../model/output.ts';
import { maxPacketBytes, metricsOf, metricText, packetsOf } from './encode.ts';
import type { Metric, NewestTimes } from './encode.ts';
import type { StatsdOptions } from './options.ts';
import { pace } from './pace.ts';
import { sender } from './sender.ts';
import type { Sender } from './sender.ts';

interface Work {
  /** What is not sent yet, first to send last. */
  readonly packets: Metric[][];
  readonly refused: readonly RefusedPoint[];
  hasSent: boolean;
}

/** Unfinished batches that are remembered: usually one for each source. */
const maxUnfinished = 32;

/** Opens the output. Nothing is contacted before the first write. */
export function openStatsd(
  options: StatsdOptions,
  measurements: readonly Measurement[],
  clock: Clock = systemClock,
  network: Sender = sender(options, clock),
): Output {
  const byName = new Map(measurements.map((each) => [each.name, each]));
  const newest: NewestTimes = new Map();
  const unfinished = new Map<string, Work>();
  const tempo = pace(options.packetsPerSecond, clock);
  let last: Promise<unknown> = Promise.resolve();

  const prepare = (batch: Batch): Work => {
    const { metrics, refused } = metricsOf(batch.lines, byName, options, newest);
    const packets = packetsOf(metrics, options.flavour, (line) => {
      refused.push({ line, reason: `longer than a packet of ${maxPacketBytes} bytes` });
    });
    return { packets: packets.toReversed(), refused, hasSent: false };
  };

  const write = async (batch: Batch, signal: AbortSignal): Promise<WriteResult> => {
    const key = createHash('sha256').update(batch.lines).digest('base64');
    const work = unfinished.get(key) ?? prepare(batch);
    unfinished.delete(key);
    for (let packet = work.packets.at(-1); packet; packet = work.packets.at(-1)) {
      await tempo.turn(signal);
      const failure = signal.aborted ? 'stopped' : await network.send(packet, signal);
      if (failure !== undefined) {
        const reason = printable(`${options.host}:${options.port}: ${failure}`, 500);
        if (options.atMostOnce && work.hasSent && !signal.aborted) {
          return { kind: 'done', refused: [...work.refused, ...givenUp(work.packets, reason)] };
        }
        unfinished.set(key, work);
        const oldest = unfinished.keys().next();
        if (unfinished.size > maxUnfinished && !oldest.done) unfinished.delete(oldest.value);
        return { kind: 'retry', reason, needsHuman: false };
      }
      work.packets.pop();
      work.hasSent = true;
    }
    return { kind: 'done', refused: work.refused };
  };

  const givenUp = (packets: readonly (readonly Metric[])[], failure: string): RefusedPoint[] => {
    const reason = `not sent, and the batch may not be sent twice: ${failure}`;
    return packets.flat().map((metric) => ({ line: metricText(metric, options.flavour), reason }));
  };

  return {
    write: (batch, signal) => {
      const turn = last.then(() => write(batch, signal));
      last = turn.catch(() => undefined);
      return turn;
    },
    close: async () => {
      await last;
      await network.close();
    },
  };
}
