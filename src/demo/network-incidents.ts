// What goes wrong in the simulated network and when: at random, as over the years, or in a rhythm that shows everything
// within the hour. Each hour is made from the seed alone, so any part of the story can be told without the rest.
import type { NetworkPlan, SitePlan } from './network-plan.ts';
import { between, randomOf } from './random.ts';
import type { Random } from './random.ts';

/** What can happen. */
export type IncidentKind =
  /** The primary of a site fails; nothing but the backup of one fails; both fail. */
  | 'line'
  | 'backup'
  | 'isolation'
  /** The primary comes and goes. */
  | 'flap'
  /** The router of a site restarts; a hub is reloaded; a hub's trunk, or its primary rate interface, fails. */
  | 'reboot'
  | 'reload'
  | 'trunk'
  | 'pri'
  /** Calls: a scheduled test, one that fails, one without a reason, one from a stranger. */
  | 'test'
  | 'failed-test'
  | 'idle'
  | 'caller'
  /** Logins that fail, a changed configuration, a fan that stops, a path that loses many messages. */
  | 'logins'
  | 'configuration'
  | 'alarm'
  | 'congestion';

/** One incident. */
export interface Incident {
  readonly kind: IncidentKind;
  /** Epoch ms. */
  readonly atMs: number;
  /** Index of the site, or of the hub for what happens there. */
  readonly target: number;
  readonly seconds: number;
  /** For `flap`: seconds down, up, down, and so on. */
  readonly steps?: readonly number[];
}

/** Gives the incidents that begin within one hour since 1970, in any order. */
export type IncidentSource = (hour: number) => readonly Incident[];

const hourMs = 3_600_000;
const dayHours = 24;

/** Incidents of no rhythm at all: failures of a site some twenty hours apart, most of them short, a few for hours. */
export function randomIncidents(plan: NetworkPlan, seed: number): IncidentSource {
  return (hour) => [
    ...plan.sites.flatMap((site) => siteHour(site, randomOf(seed, 81, site.index, hour), hour)),
    ...plan.hubs.flatMap(({ device }) => hubHour(device.index, randomOf(seed, 82, device.index, hour), hour)),
  ];
}

function siteHour(site: SitePlan, random: Random, hour: number): readonly Incident[] {
  const list: Incident[] = [];
  const chance = (perHour: number, kind: IncidentKind, seconds: () => number, more?: () => readonly number[]): void => {
    // Drawn always, so that one kind's luck does not change that of the next.
    const [luck, moment] = [random(), random()];
    if (luck >= perHour) return;
    const steps = more?.();
    const atMs = (hour + moment) * hourMs;
    list.push({ kind, atMs: Math.floor(atMs), target: site.index, seconds: seconds(), ...(steps && { steps }) });
  };
  const length = (shortest: number, longest: number) => (): number =>
    aside(shortest * (longest / shortest) ** random());
  chance(1 / 22, 'line', length(4, 14_400));
  chance(
    1 / 70,
    'flap',
    () => 0,
    () => flapSteps(random),
  );
  chance(1 / 150, 'isolation', length(40, 3600));
  chance(1 / 110, 'backup', length(30, 3600));
  chance(1 / 220, 'reboot', () => between(random, 100, 260));
  chance(1 / 400, 'caller', () => 0);
  chance(1 / 60, 'idle', length(40, 1200));
  chance(1 / 60, 'logins', () => between(random, 10, 90));
  chance(1 / 40, 'configuration', () => 0);
  chance(1 / 260, 'alarm', length(60, 3600));
  list.push(...testOf(site, random, hour, 60));
  return list;
}

function hubHour(hub: number, random: Random, hour: number): readonly Incident[] {
  const list: Incident[] = [];
  const chance = (perHour: number, kind: IncidentKind, seconds: number): void => {
    const [luck, moment] = [random(), random()];
    if (luck < perHour) list.push({ kind, atMs: Math.floor((hour + moment) * hourMs), target: hub, seconds });
  };
  chance(1 / 70, 'trunk', Math.round(20 * 90 ** random()));
  chance(1 / 130, 'pri', between(random, 40, 900));
  chance(1 / 300, 'reload', between(random, 200, 420));
  return list;
}

/** A length that is never a limit of the hysteresis to the millisecond: nobody could say on which side it lies. */
function aside(seconds: number): number {
  return Math.floor(seconds) + 0.5;
}

/** Drops and tries: most are shorter than the limits of the hysteresis, a few are not. */
function flapSteps(random: Random): readonly number[] {
  return Array.from({ length: 2 * between(random, 2, 8) - 1 }, (_, index) =>
    aside(index % 2 === 0 ? between(random, 3, 36) : between(random, 6, 70)),
  );
}

/** The scheduled test of the site within so many minutes, if its window opens in this hour. */
function testOf(site: SitePlan, random: Random, hour: number, minutes: number): readonly Incident[] {
  const [result, moment] = [random(), random()];
  if (site.testWindow?.fromMinute !== (hour % dayHours) * 60) return [];
  const atMs = Math.floor(hour * hourMs + (0.3 + moment * minutes) * 60_000);
  if (result < 0.05) return [];
  if (result < 0.08) return [{ kind: 'failed-test', atMs, target: site.index, seconds: 20 }];
  return [{ kind: 'test', atMs, target: site.index, seconds: result < 0.12 ? 300 : between(random, 25, 70) }];
}

/** One entry of the rhythm: at which minute, to the how-manieth site that can have it, every how many hours. */
interface Beat {
  readonly minute: number;
  readonly kind: IncidentKind;
  readonly seconds: number;
  readonly steps?: readonly number[];
  readonly fits?: (site: SitePlan) => boolean;
  readonly everyHours?: number;
}

const hasDial = ({ backup }: SitePlan): boolean => backup === 'dial';
const hasBackup = ({ backup }: SitePlan): boolean => backup !== 'none';
const hasNone = ({ backup }: SitePlan): boolean => backup === 'none';

/** What happens in every hour, and in some of them. */
const beats: readonly Beat[] = [
  { minute: 3, kind: 'line', seconds: 660, fits: hasDial },
  { minute: 7, kind: 'line', seconds: 9 },
  { minute: 9, kind: 'logins', seconds: 60 },
  { minute: 11, kind: 'caller', seconds: 0, fits: hasDial, everyHours: 2 },
  { minute: 14, kind: 'congestion', seconds: 420 },
  { minute: 16, kind: 'line', seconds: 480, fits: hasNone },
  { minute: 19, kind: 'line', seconds: 17 },
  { minute: 21, kind: 'configuration', seconds: 0 },
  { minute: 23, kind: 'flap', seconds: 0, steps: [8, 25, 14, 40, 6, 22, 19, 70, 11, 30, 45, 35, 9] },
  { minute: 29, kind: 'alarm', seconds: 480 },
  { minute: 31, kind: 'line', seconds: 900, fits: hasBackup },
  { minute: 35, kind: 'reboot', seconds: 150 },
  { minute: 38, kind: 'trunk', seconds: 240, everyHours: 3 },
  { minute: 41, kind: 'isolation', seconds: 420 },
  { minute: 44, kind: 'line', seconds: 12 },
  { minute: 47, kind: 'idle', seconds: 1080, fits: hasDial, everyHours: 4 },
  { minute: 50, kind: 'line', seconds: 440, fits: hasDial },
  { minute: 54, kind: 'backup', seconds: 50, fits: hasDial },
  { minute: 56, kind: 'reload', seconds: 240, everyHours: 12 },
];

/** Incidents in the rhythm of the demo: the same minutes of every hour, other sites each time. */
export function rhythmicIncidents(plan: NetworkPlan, seed: number): IncidentSource {
  return (hour) => [
    ...beats.flatMap((beat, index): readonly Incident[] => {
      const { minute, kind, seconds, steps, fits = () => true, everyHours = 1 } = beat;
      if (hour % everyHours !== 0) return [];
      const turn = Math.floor(hour / everyHours);
      const sites = plan.sites.filter(fits);
      const isHub = kind === 'trunk' || kind === 'reload';
      const target = isHub ? turn % 2 : sites[(turn * 5 + index * 3) % Math.max(1, sites.length)]?.index;
      if (target === undefined) return [];
      const atMs = hour * hourMs + minute * 60_000 + between(randomOf(seed, 83, index, hour), 0, 40_000);
      return [{ kind, atMs, target, seconds, ...(steps && { steps }) }];
    }),
    ...plan.sites.flatMap((site) => testOf(site, randomOf(seed, 84, site.index, hour), hour, 1.5)),
  ];
}
