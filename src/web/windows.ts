// How wide the windows of a chart are: round lengths, so that they stay where they are while the range slides.

const secondMs = 1000;
const minuteMs = 60 * secondMs;
const hourMs = 60 * minuteMs;
const dayMs = 24 * hourMs;

const roundWidths = [
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * secondMs),
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * minuteMs),
  ...[1, 2, 3, 6, 12].map((count) => count * hourMs),
  ...[1, 2, 7, 14, 28, 56, 112, 364, 728].map((count) => count * dayMs),
];

/**
 * The narrowest round window (milliseconds) that divides the range into at most about `points` windows. Never below
 * the bucket width, and a multiple of it where there is a round one: other widths would hold now more, now fewer buckets.
 */
export function windowFor(rangeMs: number, points: number, minWindowSeconds: number): number {
  const minMs = Math.max(1, Math.round(minWindowSeconds * secondMs));
  const wanted = Math.max(rangeMs / points, minMs);
  const found = roundWidths.find((width) => width >= wanted && width % minMs === 0);
  // For an odd bucket width the next round multiple may be far: then the nearest multiple.
  return found !== undefined && found <= wanted * 3 ? found : Math.ceil(wanted / minMs) * minMs;
}
