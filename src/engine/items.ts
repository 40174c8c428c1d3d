// What the reader gives, in the form in which it is handed out.
import type { LineChunk, LogFile } from '../model/family.ts';
import { countLineFeeds } from '../model/line-counter.ts';
import type { FollowItem } from './parts.ts';
import type { Piece } from './reader.ts';

/** A piece of lines as a chunk of its file; a last line without line feed counts as a line. */
export function chunkOf(file: LogFile, { buffer, end, offset, length }: Piece): LineChunk {
  const start = end - length;
  const lines = countLineFeeds(buffer, start, end) + (buffer[end - 1] === 0x0a ? 0 : 1);
  return { file, buffer, start, end, offset, lines };
}

/** Any piece as an item. */
export function itemOf(file: LogFile, piece: Piece): FollowItem {
  const { offset, length } = piece;
  switch (piece.kind) {
    case 'lines':
      return { kind: 'lines', chunk: chunkOf(file, piece) };
    case 'long':
      return { kind: 'long', file, offset, length, head: piece.head };
    case 'nulls': {
      const detail = `NUL bytes at byte ${offset}`;
      return { kind: 'event', event: { type: 'nulls', path: file.path, detail, amount: length } };
    }
  }
}
