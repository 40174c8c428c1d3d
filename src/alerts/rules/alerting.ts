// Alerts in process: evaluates the rules, tells of them, keeps silences, and remembers all of it. Whoever owns it calls
// `tick` every second; nothing here has a timer of its own.
import { randomUUID } from 'node:crypto';
import { writtenNumber } from '../../grafana/alert-text.ts';
import { runbookPath } from '../../grafana/alert-steps.ts';
import type { AlertRule } from '../../model/alert.ts';
import type {
  AlertBoard,
  AlertFigures,
  BoardAlert,
  BoardRule,
  BoardSilence,
  BoardView,
  SilenceWish,
} from '../../model/alert-board.ts';
import type { Clock } from '../../model/clock.ts';
import { messageOf, printable } from '../../model/errors.ts';
import type { JsonValue } from '../../model/family.ts';
import type { Log } from '../../model/log.ts';
import type { QueryEngine } from '../../model/query.ts';
import { activeAlert, textsOf } from './active-alert.ts';
import { Evaluator } from './evaluator.ts';
import { maxInstances } from './instances.ts';
import type { Instance } from './instances.ts';
import { Notifier } from './notifier.ts';
import type { NotifyTarget } from './notifier.ts';
import { nothingSaved, restored, saved } from './saved.ts';
import type { Saved } from './saved.ts';
import { maxSilenceMs, maxSilences, Silences } from './silences.ts';
import type { Silence } from './silences.ts';

/** What it is made from. */
export interface AlertingOptions {
  readonly rules: readonly AlertRule[];
  readonly queries: QueryEngine;
  readonly targets: readonly NotifyTarget[];
  readonly clock: Clock;
  readonly log: Log;
  /** What `keep` was given last, or undefined at the first start. */
  readonly state: unknown;
  /** Makes the state durable; rejects when it cannot. */
  keep(state: JsonValue): Promise<void>;
  /** Limit of one evaluation, 30 s unless given. */
  readonly limitMs?: number;
}

const severityRank = { critical: 0, warning: 1, info: 2 } as const;

/** Evaluation, messages and silences. */
export class Alerting implements AlertBoard {
  readonly #options: AlertingOptions;
  readonly #evaluator: Evaluator;
  readonly #notifier: Notifier;
  readonly #silences: Silences;
  #isDirty = false;
  #isWriting = false;
  /** The last of the writes, which are made one after the other. */
  #writing: Promise<void> = Promise.resolve();
  #fault = '';

  constructor(options: AlertingOptions) {
    const { rules, queries, clock, log, targets } = options;
    this.#options = options;
    const { rules: states, silences, told, untold } = this.#restored();
    this.#silences = new Silences(silences);
    const onChange = (): void => void (this.#isDirty = true);
    this.#notifier = new Notifier(
      {
        targets,
        log,
        onChange,
        silencedUntil: ({ ruleUid, labels }, nowMs) => this.#silences.until(ruleUid, labels, nowMs),
      },
      told,
      untold,
      clock.now(),
    );
    this.#evaluator = new Evaluator({
      rules,
      queries,
      clock,
      log,
      states,
      ...(options.limitMs === undefined ? {} : { limitMs: options.limitMs }),
      onEvaluated: (alerts, nowMs, hasStates) => {
        if (hasStates) onChange();
        this.#notifier.put(alerts, nowMs);
      },
    });
  }

  /** Evaluates and tells what is due, and keeps what has changed. */
  tick(): void {
    const nowMs = this.#options.clock.now();
    this.#evaluator.tick(nowMs);
    this.#notifier.tick(nowMs);
    if (this.#isDirty && !this.#isWriting) void this.#save().catch(() => undefined);
  }

  /** Resolves when nothing is being evaluated, told or written. */
  async idle(): Promise<void> {
    await this.#evaluator.idle();
    await this.#notifier.idle();
    await this.#writing.catch(() => undefined);
  }

  /** Ends evaluation, finishes messages under way for up to `graceMs`, and keeps the state. */
  async stop(graceMs: number): Promise<void> {
    await this.#evaluator.stop();
    await this.#notifier.stop(graceMs);
    await this.#save().catch(() => undefined);
  }

  view(): BoardView {
    const nowMs = this.#options.clock.now();
    const alerts = this.#evaluator.rules.flatMap(({ rule, state }) =>
      [...state.instances.values()].flatMap((instance) => this.#boardAlert(rule, instance, nowMs)),
    );
    return {
      alerts: alerts.toSorted(
        (first, second) =>
          Number(first.state === 'pending') - Number(second.state === 'pending') ||
          severityRank[first.severity] - severityRank[second.severity] ||
          second.activeSinceMs - first.activeSinceMs ||
          (first.fingerprint < second.fingerprint ? -1 : 1),
      ),
      rules: this.#evaluator.rules.map(boardRule),
      silences: this.#silences.active(nowMs).map((silence) => this.#boardSilence(silence)),
      targets: this.#notifier.status(),
    };
  }

  async silence({ ruleUid, labels, endsMs, comment }: SilenceWish): Promise<BoardSilence | { fault: string }> {
    const nowMs = this.#options.clock.now();
    const rule = this.#rule(ruleUid);
    if (!rule) return { fault: 'There is no such rule.' };
    if (endsMs <= nowMs) return { fault: 'The silence would be over already.' };
    if (endsMs - nowMs > maxSilenceMs + 60_000) return { fault: 'A silence lasts 30 days at most.' };
    const silence: Silence = { id: randomUUID(), ruleUid, labels, startsMs: nowMs, endsMs, comment };
    if (!this.#silences.add(silence, nowMs)) return { fault: `There are ${maxSilences} silences; end some first.` };
    try {
      await this.#save();
    } catch {
      this.#silences.end(silence.id);
      return { fault: 'The silence could not be written to disk; the log of Switchboard says why.' };
    }
    this.#options.log.info('alerts are silenced', {
      rule: ruleUid,
      labels: printable(JSON.stringify(labels), 300),
      until: new Date(endsMs).toISOString(),
      comment: printable(comment, 300),
    });
    return this.#boardSilence(silence);
  }

  async endSilence(id: string): Promise<boolean> {
    if (!this.#silences.end(id)) return false;
    this.#options.log.info('a silence was ended', { silence: id });
    await this.#save();
    return true;
  }

  figures(): AlertFigures {
    const entries = this.#evaluator.rules;
    const count = (wanted: Instance['state']): number =>
      entries.reduce(
        (sum, { state }) => sum + [...state.instances.values()].filter(({ state: own }) => own === wanted).length,
        0,
      );
    const sum = (of: (entry: (typeof entries)[number]) => number): number =>
      entries.reduce((total, entry) => total + of(entry), 0);
    const failing = entries.filter(({ health }) => health.fault !== '');
    const times = entries.flatMap(({ health }) => health.evaluatedMs ?? []);
    const targets = this.#notifier.status();
    const first = failing[0];
    return {
      firing: count('firing'),
      pending: count('pending'),
      silences: this.#silences.active(this.#options.clock.now()).length,
      evaluations: sum(({ health }) => health.evaluations),
      failures: sum(({ health }) => health.failures),
      missed: sum(({ health }) => health.missed),
      failing: failing.length,
      lastEvaluationMs: times.length === 0 ? undefined : Math.max(...times),
      targets,
      reasons: [
        ...(first ? [`${failing.length} alert rules cannot be evaluated: ${first.health.fault}`] : []),
        ...entries.flatMap(({ rule, state: { left } }) =>
          left === 0 ? [] : [`${rule.uid} has ${left} alerts more than the ${maxInstances} that are kept`],
        ),
        ...targets.flatMap(({ name, fault }) => (fault === '' ? [] : [`alerts cannot be told to ${name}: ${fault}`])),
        ...(this.#fault === '' ? [] : [`the state of alerts cannot be written: ${this.#fault}`]),
      ],
    };
  }

  #rule(uid: string): AlertRule | undefined {
    return this.#options.rules.find((rule) => rule.uid === uid);
  }

  #restored(): Saved {
    const { state, log } = this.#options;
    if (state === undefined) return nothingSaved;
    try {
      return restored(state);
    } catch (error) {
      log.error('what was known of alerts and silences cannot be used; evaluation begins anew', {
        reason: printable(messageOf(error), 300),
      });
      return nothingSaved;
    }
  }

  /** Writes the state as it is now. Rejects when it cannot. */
  #save(): Promise<void> {
    this.#isDirty = false;
    const write = async (): Promise<void> => {
      const states = this.#evaluator.rules.map(({ rule, state }) => [rule.uid, state] as const);
      const silences = this.#silences.active(this.#options.clock.now());
      this.#isWriting = true;
      try {
        await this.#options.keep(saved({ rules: new Map(states), silences, ...this.#notifier.snapshot() }));
        if (this.#fault !== '') this.#options.log.info('the state of alerts can be written again');
        this.#fault = '';
      } catch (error) {
        this.#isDirty = true;
        const fault = printable(messageOf(error), 300) || 'unknown';
        if (this.#fault === '') this.#options.log.error('the state of alerts cannot be written', { reason: fault });
        this.#fault = fault;
        throw error;
      } finally {
        this.#isWriting = false;
      }
    };
    this.#writing = this.#writing.catch(() => undefined).then(write);
    return this.#writing;
  }

  #boardAlert(rule: AlertRule, instance: Instance, nowMs: number): BoardAlert[] {
    if (instance.state === 'normal') return [];
    const { labels, fingerprint } = activeAlert(rule, instance);
    const { value } = instance;
    return [
      {
        fingerprint,
        ruleUid: rule.uid,
        title: rule.title,
        severity: rule.severity,
        state: instance.state,
        activeSinceMs: instance.sinceMs,
        labels,
        ...textsOf(rule, instance),
        value: value !== undefined && Number.isFinite(value) ? value : null,
        valueText: value === undefined ? '' : writtenNumber(rule.unit, value),
        dashboard: rule.panel.dashboard,
        panel: rule.panel.id,
        runbook: runbookPath(rule),
        silencedUntilMs: this.#silences.until(rule.uid, labels, nowMs) ?? null,
      },
    ];
  }

  #boardSilence({ id, ruleUid, labels, startsMs, endsMs, comment }: Silence): BoardSilence {
    return { id, ruleUid, title: this.#rule(ruleUid)?.title ?? ruleUid, labels, startsMs, endsMs, comment };
  }
}

function boardRule({ rule, state, health }: Evaluator['rules'][number]): BoardRule {
  const states = [...state.instances.values()].map((instance) => instance.state);
  const firing = states.filter((one) => one === 'firing').length;
  const pending = states.filter((one) => one === 'pending').length;
  const calm = firing > 0 ? 'firing' : pending > 0 ? 'pending' : 'normal';
  return {
    ruleUid: rule.uid,
    title: rule.title,
    group: rule.group.name,
    intervalSeconds: rule.group.intervalSeconds,
    forSeconds: rule.forSeconds,
    severity: rule.severity,
    state: health.fault !== '' ? 'error' : health.evaluatedMs === undefined && calm === 'normal' ? 'waiting' : calm,
    firing,
    pending,
    lastEvaluationMs: health.evaluatedMs ?? null,
    lastDurationMs: health.durationMs,
    lastError: health.fault,
    missedEvaluations: health.missed,
    reason: rule.reason,
    dashboard: rule.panel.dashboard,
    panel: rule.panel.id,
    runbook: runbookPath(rule),
  };
}
