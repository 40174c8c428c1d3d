// Where lines begin and end in a buffer: cutting a piece before what must not be handed out as a normal line. All
// linear; nothing is decoded.

const lineFeed = 0x0a;

/** Position after the last line feed in `buffer[start..end)`; `start` when there is none. */
export function endOfLines(buffer: Buffer, start: number, end: number): number {
  if (end <= start) return start;
  return Math.max(start, buffer.lastIndexOf(lineFeed, end - 1) + 1);
}

/** Length of the run of NUL bytes at `start`. */
export function nulRun(buffer: Buffer, start: number, end: number): number {
  let position = start;
  while (position < end && buffer[position] === 0) position++;
  return position - start;
}

/**
 * Where the first line after `start` that begins with NUL bytes starts, or `end`. `buffer[start..end)` are complete
 * lines. NULs in the middle of a line are data.
 */
export function firstNulLine(buffer: Buffer, start: number, end: number): number {
  // A view, so that the search ends with the lines and not with the buffer.
  const lines = buffer.subarray(start, end);
  let position = lines.indexOf(0);
  while (position >= 0) {
    if (position === 0 || lines[position - 1] === lineFeed) return start + position;
    const next = lines.indexOf(lineFeed, position) + 1;
    if (next === 0) break;
    position = lines.indexOf(0, next);
  }
  return end;
}

/**
 * Where the first line of more than `maxLineBytes` (without its line feed) starts, or `end`. `buffer[start..end)` are
 * complete lines. Looks backwards from the furthest place where a line feed must be, so most bytes are not touched.
 */
export function firstLongLine(buffer: Buffer, start: number, end: number, maxLineBytes: number): number {
  let position = start;
  while (end - position > maxLineBytes + 1) {
    const last = buffer.lastIndexOf(lineFeed, position + maxLineBytes);
    if (last < position) return position;
    position = last + 1;
  }
  return end;
}
