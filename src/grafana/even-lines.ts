// Gives panels of one height widths that fill lines of the grid evenly, however many there are.

const columns = 24;

/** The panels with a width and the height: as few lines as `most` panels a line allow, as even as they go. */
export function evenLines<P extends object>(
  panels: readonly P[],
  { most, height }: { readonly most: number; readonly height: number },
): (P & { readonly width: number; readonly height: number })[] {
  const lines = Math.ceil(panels.length / most);
  return share(panels.length, lines).flatMap((count, line, counts) => {
    const begin = counts.slice(0, line).reduce((sum, before) => sum + before, 0);
    const widths = share(columns, count);
    return panels.slice(begin, begin + count).map((panel, index) => ({ ...panel, width: widths[index] ?? 0, height }));
  });
}

/** A whole number as so many whole parts that differ by one at most, greater ones first. */
function share(total: number, parts: number): number[] {
  return Array.from({ length: parts }, (_, index) => Math.floor(total / parts) + (index < total % parts ? 1 : 0));
}
