// The losses of the ends of links by five minutes, as reported and without hysteresis (cisco 21): only where there are any.
import type { LinkEnds } from './link-ends.ts';
import type { ciscoLinkFlap } from '../metrics.ts';
import type { NetworkStory } from './network.ts';
import type { CorrectedPoint } from '../points/points.ts';
import { bucketMs } from '../points/service-buckets.ts';
import type { Link } from '../topology/topology.ts';

type FlapPoint = CorrectedPoint<typeof ciscoLinkFlap>;

/** The points of all links of services, of the buckets between the story's ends. */
export function linkFlaps({ services, fromMs, toMs }: NetworkStory, ends: LinkEnds): readonly FlapPoint[] {
  const links = new Set(
    services.flatMap(({ service: { primary, backup } }) => (backup === undefined ? [primary] : [primary, backup])),
  );
  const firstMs = Math.floor(fromMs / bucketMs) * bucketMs;
  return [...links].flatMap((link) => (link.type === 'isdn-dial' ? [] : flapsOf(link, ends, firstMs, toMs)));
}

function flapsOf({ id }: Link, ofLinks: LinkEnds, firstMs: number, toMs: number): readonly FlapPoint[] {
  const { ends, outages } = ofLinks.of(id);
  const open = ends.flatMap(({ downSinceMs }, end) =>
    downSinceMs === null ? [] : [{ end, fromMs: downSinceMs, toMs: undefined }],
  );
  const sums = new Map<string, { end: number; startMs: number; flaps: number; downMs: number }>();
  for (const outage of [...outages, ...open]) {
    const endMs = Math.min(toMs, outage.toMs ?? toMs);
    const beganMs = Math.floor(outage.fromMs / bucketMs) * bucketMs;
    for (let startMs = Math.max(beganMs, firstMs); startMs <= endMs; startMs += bucketMs) {
      const key = `${outage.end} ${startMs}`;
      const sum = sums.get(key) ?? { end: outage.end, startMs, flaps: 0, downMs: 0 };
      if (startMs === beganMs) sum.flaps++;
      sum.downMs += Math.max(0, Math.min(endMs, startMs + bucketMs) - Math.max(outage.fromMs, startMs));
      sums.set(key, sum);
    }
  }
  return [...sums.values()]
    .filter(({ flaps, downMs }) => flaps > 0 || downMs > 0)
    .map(({ end, startMs, flaps, downMs }) => ({
      tags: [id, end === 0 ? 'a' : 'b'],
      timeMs: startMs,
      values: { flaps, down_s: downMs / 1000 },
    }));
}
