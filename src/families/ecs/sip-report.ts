// How the windows of `ecs sip` are written: the blocks of the old tool, JSON, or CSV (ecs 6.2).
import { printable } from '../../model/errors.ts';
import { csvLine, jsonText } from '../../model/report-text.ts';
import { ipText, knownMethods } from './sip-message.ts';
import type { SipCount, SipTrunk, SipWindow } from './sip-statistics.ts';

const windowWidth = 40;
const labelWidth = 39;
/** A number has this width, more when it is longer. */
const numberWidth = 5;

interface Sums {
  in: number;
  out: number;
}

/** A window as a block with a blank line behind it; empty without messages. */
export function sipText({ title, trunks }: SipWindow): string {
  const types = orderedTypes(trunks);
  if (types.length === 0) return '';
  const rows = new Map<string, Map<string, Sums>>();
  for (const trunk of trunks) {
    const label = labelOf(trunk);
    // Transports of one label share a row, as the layout has no room for them; JSON and CSV tell them apart.
    const row = rows.get(label) ?? new Map<string, Sums>();
    rows.set(label, row);
    for (const count of trunk.counts.values()) {
      const sums = row.get(count.type) ?? { in: 0, out: 0 };
      row.set(count.type, { in: sums.in + count.in, out: sums.out + count.out });
    }
  }
  const widths = types.map((type) =>
    [...rows.values()].reduce((width, row) => {
      const { in: received, out: sent } = row.get(type) ?? { in: 0, out: 0 };
      return Math.max(width, String(received).length + 1, String(sent).length + 1);
    }, numberWidth),
  );
  const cells = (of: (type: string, width: number) => string): string =>
    types.map((type, index) => of(type, widths[index] ?? numberWidth)).join('');
  const head = `${title.padEnd(windowWidth)} ${cells((type, width) => centred(printable(type, 40), 2 * width, ' '))}`;
  const sides = ' '.repeat(labelWidth) + cells((_, width) => 'IN'.padStart(width) + 'OUT'.padStart(width));
  const lines = [...rows.keys()].toSorted(byText).map((label) => {
    const row = rows.get(label);
    const numbers = cells((type, width) => {
      const sums = row?.get(type) ?? { in: 0, out: 0 };
      return String(sums.in).padStart(width) + String(sums.out).padStart(width);
    });
    return label.padStart(labelWidth) + numbers;
  });
  return `${[head.trimEnd(), sides, ...lines, ''].join('\n')}\n`;
}

/** A window as a JSON object. */
export function sipJson({ title, trunks }: SipWindow): string {
  return jsonText({
    window: title,
    trunks: ordered(trunks).map(({ localIp, remoteIp, servicePort, transport, counts }) => ({
      localIp: ipText(localIp),
      remoteIp: ipText(remoteIp),
      servicePort,
      transport,
      counts: orderedCounts(counts),
    })),
  });
}

/** The names of the columns of CSV. */
export const sipCsvHead = csvLine([
  'window',
  'local_ip',
  'remote_ip',
  'service_port',
  'transport',
  'direction',
  'type',
  'method',
  'count',
]);

/** A window as lines of CSV, one for each number that is not zero. */
export function sipCsv({ title, trunks }: SipWindow): string {
  return ordered(trunks)
    .flatMap((trunk) =>
      orderedCounts(trunk.counts).flatMap(({ type, method, ...sides }) =>
        (['in', 'out'] as const)
          .filter((side) => sides[side] > 0)
          .map((side) =>
            csvLine([
              title,
              ipText(trunk.localIp),
              ipText(trunk.remoteIp),
              trunk.servicePort,
              trunk.transport,
              side.toUpperCase(),
              type,
              method,
              sides[side],
            ]),
          ),
      ),
    )
    .join('');
}

/** `       10.1.1.1<-5070->10.2.2.2       ` */
function labelOf({ localIp, remoteIp, servicePort }: SipTrunk): string {
  return `${ipText(localIp).padStart(15)}<${centred(String(servicePort), 6, '-')}>${ipText(remoteIp).padEnd(15)}`;
}

/** An odd remainder goes to the right. */
function centred(text: string, width: number, fill: string): string {
  const left = Math.max(0, Math.floor((width - text.length) / 2));
  return (fill.repeat(left) + text).padEnd(width, fill);
}

/** The types of a window: methods in their usual order, then others by name, then status codes. */
function orderedTypes(trunks: readonly SipTrunk[]): readonly string[] {
  const types = new Set(trunks.flatMap(({ counts }) => [...counts.values()].map(({ type }) => type)));
  return [...types].toSorted(byType);
}

function orderedCounts(counts: ReadonlyMap<string, SipCount>): readonly SipCount[] {
  return [...counts.values()].toSorted(
    (one, other) => byType(one.type, other.type) || byText(one.method, other.method),
  );
}

function ordered(trunks: readonly SipTrunk[]): readonly SipTrunk[] {
  return trunks.toSorted(
    (one, other) => byText(labelOf(one), labelOf(other)) || byText(one.transport, other.transport),
  );
}

const ranks = new Map(knownMethods.map((name, index) => [name as string, index]));

function rankOf(type: string): number {
  return ranks.get(type) ?? (/^\d/.test(type) ? ranks.size + 1 : ranks.size);
}

function byType(one: string, other: string): number {
  return rankOf(one) - rankOf(other) || byText(one, other);
}

function byText(one: string, other: string): number {
  return one < other ? -1 : one > other ? 1 : 0;
}
