// The denial numbers that public texts confirm (ecs 3.1), wording ours. Numbers can change meaning between releases, so
// an installation adds to or replaces these rows with a table of its own; a number without a row is shown bare.

/** How much a denial matters to the people on duty. */
export type Severity = 'info' | 'warning' | 'critical';

/** One number, or a range of numbers with both ends included. */
export interface DenialRow {
  readonly first: number;
  readonly last: number;
  readonly label: string;
  /** Short word, a tag of the metric. */
  readonly category: string;
  readonly severity: Severity;
}

function row(
  number: number | readonly [number, number],
  category: string,
  severity: Severity,
  label: string,
): DenialRow {
  const [first, last] = typeof number === 'number' ? [number, number] : number;
  return { first, last, label, category, severity };
}

/** The shipped rows. Where rows overlap the narrowest one counts. */
export const confirmedDenials: readonly DenialRow[] = [
  row(1178, 'isdn', 'info', 'normal call clearing (ISDN cause report)'),
  row([1636, 1643], 'call', 'info', 'call-processing refusal around terminals or announcements'),
  row([1639, 1641], 'call', 'info', 'permanent seizure'),
  row(1643, 'call', 'info', 'off-hook dialling timeout'),
  row([1907, 2020], 'ip', 'info', 'IP event (H.323 RAS)'),
  row(1911, 'registration', 'critical', 'registration refused: endpoint capacity exceeded'),
  row(1926, 'registration', 'warning', 'registration refused: authentication failed'),
  row(1934, 'registration', 'warning', 'registration refused: extension already registered'),
  row(1942, 'registration', 'info', 'keep-alive from an extension that is not registered'),
  row([2006, 2010], 'unregistration', 'warning', 'forced unregistration: no registration or signalling connection'),
  row(2009, 'unregistration', 'info', 'forced unregistration: user moved'),
  row(2010, 'unregistration', 'info', 'forced unregistration: restart clean-up'),
  row(2011, 'unregistration', 'warning', 'forced unregistration: registration aged out'),
  row(2012, 'unregistration', 'warning', 'forced unregistration: no keep-alive in time'),
  row([2021, 2299], 'call-ip', 'info', 'call-processing or IP event'),
];

/** The category of a number without a row. */
export const unknownCategory = 'unknown';

/** A lookup over rows; rows given later win over equally narrow ones given before. */
export class DenialTable {
  readonly #rows: readonly DenialRow[];
  readonly #known = new Map<number, DenialRow | undefined>();

  constructor(rows: readonly DenialRow[]) {
    this.#rows = rows;
  }

  /** The row for a denial number, or undefined. */
  find(number: number): DenialRow | undefined {
    if (this.#known.has(number)) return this.#known.get(number);
    let best: DenialRow | undefined;
    for (const row of this.#rows) {
      const fits = number >= row.first && number <= row.last;
      if (fits && (!best || row.last - row.first <= best.last - best.first)) best = row;
    }
    // Numbers come from the log: what is remembered must stay bounded.
    if (this.#known.size < 2000) this.#known.set(number, best);
    return best;
  }
}
