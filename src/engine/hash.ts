// A quick hash of bytes for distinct counts: two independent 32-bit lanes (Murmur3's) mixed at the end, 64 bits in all.
// Not cryptographic. Its values are stored in sketches, so it must never change.

function rotate(value: number, bits: number): number {
  return (value << bits) | (value >>> (32 - bits));
}

function finish(lane: number): number {
  let mixed = Math.imul(lane ^ (lane >>> 16), 0x85ebca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** Hashes `bytes[start..end)`; the two halves of the 64-bit result are put into `into[0]` (high) and `into[1]` (low). */
export function hashBytes(bytes: Uint8Array, start: number, end: number, into: Uint32Array): void {
  let high = 0x2f0b4c47;
  let low = 0x6a09e667;
  let position = start;
  for (; position + 4 <= end; position += 4) {
    const word =
      (bytes[position] ?? 0) |
      ((bytes[position + 1] ?? 0) << 8) |
      ((bytes[position + 2] ?? 0) << 16) |
      ((bytes[position + 3] ?? 0) << 24);
    high ^= Math.imul(rotate(Math.imul(word, 0xcc9e2d51), 15), 0x1b873593);
    high = (Math.imul(rotate(high, 13), 5) + 0xe6546b64) | 0;
    low ^= Math.imul(rotate(Math.imul(word, 0x38b34ae5), 18), 0xa1e38b93);
    low = (Math.imul(rotate(low, 17), 5) + 0x561ccd1b) | 0;
  }
  let tail = 0;
  for (let shift = 0; position < end; position++, shift += 8) tail |= (bytes[position] ?? 0) << shift;
  high ^= Math.imul(rotate(Math.imul(tail, 0xcc9e2d51), 15), 0x1b873593);
  low ^= Math.imul(rotate(Math.imul(tail, 0x38b34ae5), 18), 0xa1e38b93);

  const length = end - start;
  high ^= length;
  low ^= length;
  high = (high + low) | 0;
  low = (low + high) | 0;
  high = finish(high);
  low = finish(low);
  high = (high + low) | 0;
  low = (low + high) | 0;
  into[0] = high;
  into[1] = low;
}
