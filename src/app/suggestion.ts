// Finds what a misspelt word was meant to be.

/** Longer words are not compared: no key is that long, and the cost grows with the square. */
const maxLength = 64;

/**
 * The number of letters to insert, remove, replace or swap with their neighbour to turn one word into the other
 * (optimal string alignment). Case counts.
 */
export function editDistance(first: string, second: string): number {
  let beforeLast: number[] = [];
  let last = Array.from({ length: second.length + 1 }, (_, column) => column);
  for (let row = 1; row <= first.length; row++) {
    const current = [row];
    for (let column = 1; column <= second.length; column++) {
      const cost = first[row - 1] === second[column - 1] ? 0 : 1;
      let best = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, (last[column - 1] ?? 0) + cost);
      const isSwap =
        row > 1 && column > 1 && first[row - 1] === second[column - 2] && first[row - 2] === second[column - 1];
      if (isSwap) best = Math.min(best, (beforeLast[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforeLast = last;
    last = current;
  }
  return last[second.length] ?? 0;
}

/** The words without what people write differently: `bucket_seconds`, `bucket-seconds` and `BucketSeconds` are one. */
function plain(word: string): string {
  return word.toLowerCase().replace(/[-_\s]/g, '');
}

/** The known word that is nearest to what was found, or undefined when none is near enough to be meant. */
export function nearestWord(found: string, known: readonly string[]): string | undefined {
  if (found.length > maxLength) return undefined;
  const wanted = plain(found);
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(wanted.length / 3)) + 1;
  for (const word of known) {
    const distance = editDistance(wanted, plain(word));
    if (distance < bestDistance) {
      best = word;
      bestDistance = distance;
    }
  }
  // A key without its unit (`bucket`), or with a part of the name only.
  return best ?? known.find((word) => wanted.length >= 4 && plain(word).startsWith(wanted));
}
