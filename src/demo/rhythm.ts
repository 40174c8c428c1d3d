// When the demo is busy and when something is wrong: a working day compressed into minutes, repeated for ever.

/** What goes wrong in the demo. */
export type IncidentKind = 'denial-surge' | 'registration-storm' | 'alarm-burst';

/** One incident, epoch milliseconds, `toMs` excluded. */
export interface Incident {
  readonly kind: IncidentKind;
  readonly fromMs: number;
  readonly toMs: number;
}

/** A day passes in 10 minutes. */
export const defaultSpeed = 144;

const dayMs = 86_400_000;

/** Parts of the day, 0 midnight to 1. */
const schedule: readonly { readonly kind: IncidentKind; readonly from: number; readonly to: number }[] = [
  { kind: 'denial-surge', from: 0.4, to: 0.48 },
  { kind: 'registration-storm', from: 0.58, to: 0.65 },
  { kind: 'alarm-burst', from: 0.78, to: 0.82 },
];

/** Part of the demo's day at a moment, 0 to 1: days begin at multiples of their length since 1970, UTC. */
export function partOfDay(timeMs: number, speed = defaultSpeed): number {
  const lengthMs = dayMs / speed;
  return (((timeMs % lengthMs) + lengthMs) % lengthMs) / lengthMs;
}

/** How busy the system is, 0.15 (night) to 1 (late morning), with a dip at noon and a second, lower summit. */
export function loadAt(timeMs: number, speed = defaultSpeed): number {
  const hour = partOfDay(timeMs, speed) * 24;
  const hill = (centre: number, width: number): number => Math.exp(-(((hour - centre) / width) ** 2));
  return Math.min(1, 0.15 + 0.85 * hill(10.5, 2.4) + 0.7 * hill(15.5, 2.2));
}

/** The incident at a moment, or undefined. */
export function incidentAt(timeMs: number, speed = defaultSpeed): IncidentKind | undefined {
  const part = partOfDay(timeMs, speed);
  return schedule.find(({ from, to }) => part >= from && part < to)?.kind;
}

/** All incidents that touch a time span, in order. */
export function incidentsBetween(fromMs: number, toMs: number, speed = defaultSpeed): Incident[] {
  const lengthMs = dayMs / speed;
  const incidents: Incident[] = [];
  for (let startMs = Math.floor(fromMs / lengthMs) * lengthMs; startMs < toMs; startMs += lengthMs) {
    for (const { kind, from, to } of schedule) {
      const incident = { kind, fromMs: startMs + from * lengthMs, toMs: startMs + to * lengthMs };
      if (incident.toMs > fromMs && incident.fromMs < toMs) incidents.push(incident);
    }
  }
  return incidents;
}

/** What goes wrong for longer than a part of a day of the demo. */
export type TroubleKind = 'storm-of-503' | 'trunk-outage' | 'cti-silence';

/** Minutes of an hour of six days of the demo: each kind at its own time, so that every hour has all of them. */
const troubles: readonly { readonly kind: TroubleKind; readonly from: number; readonly to: number }[] = [
  { kind: 'storm-of-503', from: 8, to: 11 },
  { kind: 'trunk-outage', from: 20, to: 31 },
  { kind: 'storm-of-503', from: 38, to: 41 },
  { kind: 'cti-silence', from: 43, to: 52 },
];
const daysOfHour = 6;

/** The long troubles at a moment. */
export function troublesAt(timeMs: number, speed = defaultSpeed): ReadonlySet<TroubleKind> {
  const minute = partOfDay(timeMs, speed / daysOfHour) * 60;
  return new Set(troubles.filter(({ from, to }) => minute >= from && minute < to).map(({ kind }) => kind));
}
