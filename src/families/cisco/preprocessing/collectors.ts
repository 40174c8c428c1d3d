// Which files one collector wrote: its log, the rotated ones, the segments of a journal. A message that two collectors wrote
// is recognised as a copy where one that stands twice in the files of one is not (cisco 5 D).

/** Collectors that are remembered. */
const mostCollectors = 1000;

/**
 * What the names of one collector's files have in common: folder and name without `.gz` and without numbers that stand
 * apart (`syslog.log.1`, `syslog-20241112.log`); a number that belongs to a word stays (`noc2.log`).
 */
export function collectorName(path: string): string {
  const nameAt = Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1;
  const name = path.slice(nameAt).replace(/\.gz$/i, '');
  return path.slice(0, nameAt) + name.replace(/(?:^|[._-])\d+(?:T\d+Z?)?(?![A-Za-z0-9])/g, '');
}

/** Numbers collectors by their files. */
export class Collectors {
  readonly #numbers = new Map<string, number>();
  #next = 0;

  /** The number of the collector that wrote a file. */
  of(path: string): number {
    const name = collectorName(path);
    let number = this.#numbers.get(name);
    if (number === undefined) {
      if (this.#numbers.size >= mostCollectors) this.#numbers.clear();
      number = this.#next++;
      this.#numbers.set(name, number);
    }
    return number;
  }
}
