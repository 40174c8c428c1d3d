// Finds the points of a refused batch that the server will never take, by halving (engine 5.2), with a bounded
// number of requests. The points beside them are stored on the way; storing them twice changes nothing.
import type { RefusedPoint } from '../../model/output.ts';
import type { Verdict } from './answer.ts';

/** Sends some lines and judges the answer. */
export type Attempt = (lines: Buffer) => Promise<Verdict>;

/** What came of it: everything is stored or refused, or the whole batch must come again. */
export type Outcome =
  | { readonly kind: 'settled'; readonly refused: readonly RefusedPoint[] }
  | Extract<Verdict, { kind: 'later' | 'noDatabase' }>;

type Trouble = Extract<Verdict, { kind: 'refused' | 'tooLarge' }>;

interface Piece {
  readonly from: number;
  readonly to: number;
  readonly trouble: Trouble;
}

/** Most requests for one batch. Beyond, what is left of a refused piece is given back with its neighbours. */
const maxRequests = 1000;
/** How often a piece is tried again when the server is busy in the middle of halving, and the first wait. */
const maxTries = 5;
const firstWaitMs = 200;
const longestWaitMs = 30_000;

/**
 * Settles a batch whose first attempt ended in `trouble`. `wait` sleeps and rejects never. A refusal in words that are
 * not known, with nothing of the batch accepted, is taken for a fault of the request and not of the points.
 */
export async function settle(
  lines: Buffer,
  trouble: Trouble,
  attempt: Attempt,
  wait: (ms: number) => Promise<void>,
): Promise<Outcome> {
  const starts = lineStarts(lines);
  const count = starts.length - 1;
  const bytesOf = (from: number, to: number): Buffer => lines.subarray(starts[from], starts[to]);
  const refused: RefusedPoint[] = [];
  const pieces: Piece[] = [{ from: 0, to: count, trouble }];
  let requests = 1;
  let hasAccepted = trouble.kind === 'refused' && trouble.isCertain;
  let doubtful = '';

  const refuse = (piece: Piece): void => {
    const { trouble: why } = piece;
    if (why.kind === 'tooLarge' || !why.isCertain) doubtful = why.reason;
    const isAlone = piece.to - piece.from === 1 || (why.kind === 'refused' && why.dropped >= piece.to - piece.from);
    const reason = isAlone ? why.reason : `one or more of ${piece.to - piece.from} points: ${why.reason}`;
    for (let line = piece.from; line < piece.to; line++) {
      refused.push({
        line: bytesOf(line, line + 1)
          .toString('utf8')
          .replace(/\n$/, ''),
        reason,
      });
    }
  };

  for (let piece = pieces.pop(); piece; piece = pieces.pop()) {
    const size = piece.to - piece.from;
    const isWholly = piece.trouble.kind === 'refused' && piece.trouble.dropped >= size;
    if (size <= 1 || isWholly || requests >= maxRequests) {
      refuse(piece);
      continue;
    }
    const middle = piece.from + Math.floor(size / 2);
    const troubled: Piece[] = [];
    for (const [from, to] of [[piece.from, middle] as const, [middle, piece.to] as const]) {
      let verdict = await attempt(bytesOf(from, to));
      requests++;
      for (let tries = 1; verdict.kind === 'later' && !verdict.needsHuman && tries < maxTries; tries++) {
        await wait(Math.min(verdict.afterMs ?? firstWaitMs * 2 ** tries, longestWaitMs));
        verdict = await attempt(bytesOf(from, to));
        requests++;
      }
      if (verdict.kind === 'later' || verdict.kind === 'noDatabase') return verdict;
      if (verdict.kind === 'stored') hasAccepted = true;
      else troubled.push({ from, to, trouble: verdict });
      if (verdict.kind === 'refused' && verdict.isCertain) hasAccepted = true;
    }
    // The first half comes off the stack first, so refused points keep their order.
    pieces.push(...troubled.toReversed());
  }
  if (!hasAccepted && doubtful !== '') {
    return { kind: 'later', reason: `${doubtful}; no point was taken, so the request may be wrong`, needsHuman: true };
  }
  return { kind: 'settled', refused };
}

/** Start of each line, and the end of the last. */
function lineStarts(lines: Buffer): number[] {
  const starts: number[] = [];
  let position = 0;
  while (position < lines.length) {
    starts.push(position);
    const end = lines.indexOf(0x0a, position);
    position = end < 0 ? lines.length : end + 1;
  }
  starts.push(lines.length);
  return starts;
}
