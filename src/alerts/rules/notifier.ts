// Messages about alerts, as Grafana's alertmanager makes them: alerts of one group are told together, after a wait, at
// most once an interval, and again after long; what failed is told at the next interval, and an alert that is over
// before anybody was told of it is never told. The memory of what was told survives restarts.
import { printable, messageOf } from '../../model/errors.ts';
import type { Log } from '../../model/log.ts';
import type { ActiveAlert } from './active-alert.ts';
import { groupKeyOf, groupLabelsOf, isMuted, routeOf } from './policy.ts';
import type { Labels, Route } from './policy.ts';

/** Somebody who is told. */
export interface NotifyTarget {
  /** Unique, and the same at every start. */
  readonly name: string;
  /** The most alerts in one message. */
  readonly maxAlerts: number;
  /** False for one that is not told of ends. */
  readonly tellsResolved: boolean;
  /**
   * True for our own history: it is told of the end of what it knows, even while that is silenced, so that nothing
   * stays open in it.
   */
  readonly isHistory: boolean;
  wants(labels: Labels): boolean;
  /** Tells; rejects when it could not, with a reason for people. */
  send(group: ToldGroup, signal: AbortSignal): Promise<void>;
}

/** What is told at once; see GroupMessage for the keys. */
export interface ToldGroup {
  readonly groupKey: string;
  readonly groupLabels: Labels;
  readonly alerts: readonly ActiveAlert[];
  readonly truncated: number;
}

/** What a target was told last of a group: fingerprints. */
export interface Told {
  readonly target: string;
  readonly groupKey: string;
  readonly firing: readonly string[];
  readonly resolved: readonly string[];
  readonly atMs: number;
  /** When it is forgotten. */
  readonly untilMs: number;
}

/** How a target is. */
export interface TargetStatus {
  readonly name: string;
  readonly told: number;
  readonly failures: number;
  /** Empty while it can be told. */
  readonly fault: string;
}

interface Group {
  readonly key: string;
  readonly labels: Labels;
  readonly route: Route;
  readonly alerts: Map<string, ActiveAlert>;
  nextMs: number;
  hasFlushed: boolean;
  isBusy: boolean;
}

/** What the notifier needs. */
export interface NotifierOptions {
  readonly targets: readonly NotifyTarget[];
  /** Until when an alert is silenced, or undefined. */
  silencedUntil(alert: ActiveAlert, nowMs: number): number | undefined;
  /** Is called when what was told has changed. */
  onChange(): void;
  readonly log: Log;
}

/** Groups of alerts, and what was told of them. */
export class Notifier {
  readonly #options: NotifierOptions;
  readonly #groups = new Map<string, Group>();
  readonly #told = new Map<string, Told>();
  readonly #status = new Map<string, { told: number; failures: number; fault: string }>();
  readonly #stopping = new AbortController();
  readonly #working = new Set<Promise<void>>();

  constructor(options: NotifierOptions, told: readonly Told[], untold: readonly ActiveAlert[], nowMs: number) {
    this.#options = options;
    for (const entry of told) this.#told.set(toldKey(entry.target, entry.groupKey), entry);
    for (const { name } of options.targets) this.#status.set(name, { told: 0, failures: 0, fault: '' });
    this.put(untold, nowMs);
  }

  /** Takes the alerts of an evaluation: all that fire, and those that are over since the last one. */
  put(alerts: readonly ActiveAlert[], nowMs: number): void {
    for (const alert of alerts) {
      const route = routeOf(alert.labels);
      const labels = groupLabelsOf(route, alert.labels);
      const key = groupKeyOf(route, labels);
      let group = this.#groups.get(key);
      if (!group) {
        const nextMs = nowMs + route.groupWaitMs;
        group = { key, labels, route, alerts: new Map(), nextMs, hasFlushed: false, isBusy: false };
        this.#groups.set(key, group);
      }
      group.alerts.set(alert.fingerprint, alert);
      // One that has been there for long, as after a restart, has waited enough.
      if (!group.hasFlushed && alert.startsMs + route.groupWaitMs < nowMs) group.nextMs = Math.min(group.nextMs, nowMs);
    }
  }

  /** Begins to tell the groups that are due. */
  tick(nowMs: number): void {
    for (const [key, { untilMs }] of this.#told) if (untilMs <= nowMs) this.#told.delete(key);
    for (const group of this.#groups.values()) {
      const { groupWaitMs, groupIntervalMs } = group.route;
      // A clock that was set back must not make a group wait for hours.
      const isDue = group.nextMs <= nowMs || group.nextMs - nowMs > Math.max(groupWaitMs, groupIntervalMs);
      if (group.isBusy || !isDue) continue;
      const work = this.#flush(group, nowMs).finally(() => this.#working.delete(work));
      this.#working.add(work);
    }
  }

  /** Resolves when nothing is being told. */
  async idle(): Promise<void> {
    while (this.#working.size > 0) await Promise.all(this.#working);
  }

  /** Tells nothing more; what is under way is given up after `graceMs`. */
  async stop(graceMs: number): Promise<void> {
    const limit = setTimeout(() => this.#stopping.abort(), graceMs);
    await this.idle();
    clearTimeout(limit);
  }

  /** What was told, and ends that were not told everywhere: for the next start. */
  snapshot(): { readonly told: readonly Told[]; readonly untold: readonly ActiveAlert[] } {
    const alerts = [...this.#groups.values()].flatMap((group) => [...group.alerts.values()]);
    return { told: [...this.#told.values()], untold: alerts.filter(({ endsMs }) => endsMs !== undefined) };
  }

  /** How the targets are. */
  status(): readonly TargetStatus[] {
    return [...this.#status].map(([name, status]) => ({ name, ...status }));
  }

  async #flush(group: Group, nowMs: number): Promise<void> {
    group.isBusy = true;
    group.nextMs = nowMs + group.route.groupIntervalMs;
    const alerts = [...group.alerts.values()];
    const isOut = isMuted(group.route, nowMs);
    const results = await Promise.all(
      this.#options.targets.map((target) => this.#tell(target, group, alerts, nowMs, isOut)),
    );
    group.isBusy = false;
    group.hasFlushed = true;
    if (!results.every(Boolean)) return;
    for (const alert of alerts) {
      if (alert.endsMs === undefined || group.alerts.get(alert.fingerprint) !== alert) continue;
      group.alerts.delete(alert.fingerprint);
      this.#options.onChange();
    }
    if (group.alerts.size === 0) this.#groups.delete(group.key);
  }

  /** False when the target has to be told again. */
  async #tell(
    target: NotifyTarget,
    group: Group,
    all: readonly ActiveAlert[],
    nowMs: number,
    isMutedNow: boolean,
  ): Promise<boolean> {
    const key = toldKey(target.name, group.key);
    let before = this.#told.get(key);
    const isQuiet = (alert: ActiveAlert): boolean => {
      if (target.isHistory && alert.endsMs !== undefined) return before?.firing.includes(alert.fingerprint) !== true;
      return isMutedNow || this.#options.silencedUntil(alert, nowMs) !== undefined;
    };
    const wanted = all.filter((alert) => target.wants(alert.labels) && !isQuiet(alert));
    // What ended in silence is known no more: when it begins again, that is news.
    const ended = new Set(all.filter((alert) => alert.endsMs !== undefined && isQuiet(alert)).map(fingerprintOf));
    if (before?.firing.some((fingerprint) => ended.has(fingerprint))) {
      before = { ...before, firing: before.firing.filter((fingerprint) => !ended.has(fingerprint)) };
      this.#told.set(key, before);
      this.#options.onChange();
    }
    const firing = wanted.filter(({ endsMs }) => endsMs === undefined);
    const resolved = wanted.filter(({ endsMs }) => endsMs !== undefined);
    const told: Told = {
      target: target.name,
      groupKey: group.key,
      // What is silenced now was told all the same.
      firing: [...firing.map(fingerprintOf), ...silencedOf(before, all, wanted)],
      resolved: resolved.map(fingerprintOf),
      atMs: nowMs,
      untilMs: nowMs + 2 * group.route.repeatIntervalMs,
    };
    if (wanted.length === 0 || !isNews(before, told, target.tellsResolved, group.route, nowMs)) return true;
    const alerts = target.tellsResolved ? [...firing, ...resolved] : firing;
    try {
      if (alerts.length > 0) {
        await target.send(
          {
            groupKey: group.key,
            groupLabels: group.labels,
            alerts: alerts.slice(0, target.maxAlerts),
            truncated: Math.max(0, alerts.length - target.maxAlerts),
          },
          this.#stopping.signal,
        );
      }
    } catch (error) {
      this.#note(target.name, printable(messageOf(error), 300) || 'unknown');
      return false;
    }
    this.#told.set(key, told);
    this.#note(target.name, '');
    this.#options.onChange();
    return true;
  }

  /** Logs a target's going and its return, not each failure. */
  #note(name: string, fault: string): void {
    const status = this.#status.get(name);
    if (!status) return;
    if (fault === '') status.told++;
    else status.failures++;
    if (fault !== '' && status.fault === '') {
      this.#options.log.warn('alerts cannot be told; they are told again at the next interval', {
        target: name,
        reason: fault,
      });
    }
    if (fault === '' && status.fault !== '') this.#options.log.info('alerts can be told again', { target: name });
    status.fault = fault;
  }
}

const fingerprintOf = ({ fingerprint }: ActiveAlert): string => fingerprint;

function toldKey(target: string, groupKey: string): string {
  return JSON.stringify([target, groupKey]);
}

/** Fingerprints that were told as firing, still do, and are left out at the moment. */
function silencedOf(before: Told | undefined, all: readonly ActiveAlert[], wanted: readonly ActiveAlert[]): string[] {
  const here = new Set(wanted.map(fingerprintOf));
  const fires = new Set(all.filter(({ endsMs }) => endsMs === undefined).map(fingerprintOf));
  return (before?.firing ?? []).filter((fingerprint) => !here.has(fingerprint) && fires.has(fingerprint));
}

/** Whether a target must be told, by the rules of the alertmanager. */
function isNews(
  before: Told | undefined,
  now: Told,
  tellsResolved: boolean,
  { repeatIntervalMs }: Route,
  nowMs: number,
): boolean {
  if (!before) return now.firing.length > 0;
  if (now.firing.some((fingerprint) => !before.firing.includes(fingerprint))) return true;
  // The last end is always noted, so that the next beginning is news.
  if (now.firing.length === 0) return before.firing.length > 0;
  if (tellsResolved && now.resolved.some((fingerprint) => !before.resolved.includes(fingerprint))) return true;
  return nowMs - before.atMs >= repeatIntervalMs;
}
