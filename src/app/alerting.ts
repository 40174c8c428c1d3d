// Alerts of `up`: joins evaluation and messages (alerts/rules/) with the embedded store, with the receiver's own intake
// for history and forwarding, and with the state folder; begins, changes and stops them in order.
import { readFile, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { postGroup } from '../alerts/group-webhook.ts';
import { Intake } from '../alerts/intake.ts';
import { readNotification } from '../alerts/notification.ts';
import { forwardName } from '../alerts/options.ts';
import type { AlertsOptions, ForwardOptions, GroupWebhook } from '../alerts/options.ts';
import { Alerting } from '../alerts/rules/alerting.ts';
import { linksOf } from '../alerts/rules/links.ts';
import type { LinkPlaces } from '../alerts/rules/links.ts';
import type { NotifyTarget, ToldGroup } from '../alerts/rules/notifier.ts';
import { maxAlertsTold, receiverName } from '../alerts/rules/policy.ts';
import { webhookBody } from '../alerts/rules/webhook-body.ts';
import { storeOutput } from '../alerts/store-output.ts';
import { machineFiles, replaceFile } from '../engine/durable.ts';
import { alertStateIntervalMs } from '../model/alert-event.ts';
import type { AlertRule } from '../model/alert.ts';
import type { AlertBoard } from '../model/alert-board.ts';
import type { Clock } from '../model/clock.ts';
import { codeOf, messageOf, printable } from '../model/errors.ts';
import type { JsonValue } from '../model/family.ts';
import type { Log } from '../model/log.ts';
import type { Output } from '../model/output.ts';
import type { QueryEngine } from '../model/query.ts';
import { hostZone } from '../model/zone.ts';
import type { AlertsConfiguration, Configuration } from './configuration.ts';
import { hasStore } from './embedded.ts';
import { ListenState } from './listen-state.ts';
import type { ListenTarget } from './listen-state.ts';
import { forwardTarget } from './listen.ts';

/** What alerts need from the rest of the process. */
export interface AlertSources {
  readonly clock: Clock;
  readonly log: Log;
  readonly environment: NodeJS.ProcessEnv;
  readonly rules: readonly AlertRule[];
  /** Tags of variables by dashboard; see `variableTags`. */
  readonly variables: ReadonlyMap<string, Readonly<Record<string, string>>>;
  /** The store of the moment: a reload can put another one in its place. */
  readonly queries: QueryEngine;
  /** An opened output by its name. */
  output(name: string): Promise<Output>;
  /** Where the live page is; empty when it is not open. */
  pageUrl(): string;
}

/** How often it is looked whether something is due. */
const tickMs = 1000;
const megabyte = 1024 * 1024;
/** What a message may still take when the evaluation is changed by a reload. */
const reloadGraceMs = 5000;

interface Running {
  readonly key: string;
  readonly board: AlertBoard;
  stop(graceMs: number): Promise<void>;
}

/** The alerts of a process, or none. */
export class AlertFace {
  readonly #sources: AlertSources;
  #running: Running | undefined;

  constructor(sources: AlertSources) {
    this.#sources = sources;
  }

  /** Alerts for the live page; undefined while none are evaluated. */
  get board(): AlertBoard | undefined {
    return this.#running?.board;
  }

  /** Begins, changes or ends the evaluation as the configuration says. Throws when its state cannot be used. */
  async apply(configuration: Configuration): Promise<void> {
    const { alerts, outputs, stateDirectory } = configuration;
    const key = JSON.stringify([alerts, outputs.map(({ fingerprint }) => fingerprint), stateDirectory]);
    if (this.#running?.key === key) return;
    await this.stop(reloadGraceMs);
    if (!alerts.enabled || !hasStore(configuration)) return;
    this.#running = { key, ...(await start(configuration, this.#sources)) };
  }

  /** Ends evaluation and messages, delivers for up to `graceMs`, and closes the state. */
  async stop(graceMs: number): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.stop(graceMs);
  }
}

async function start(configuration: Configuration, sources: AlertSources): Promise<Omit<Running, 'key'>> {
  const { alerts, stateDirectory } = configuration;
  const { clock, log, rules, queries } = sources;
  const directory = join(stateDirectory, 'alerts');
  const state = await ListenState.open({
    directory,
    targets: [
      ...storeTargets(configuration, sources),
      ...alerts.forward.filter(isSingle).map((options) => forwardTarget(options, sources)),
    ],
    instance: alerts.instance,
    timezone: hostZone(),
    spoolLimitBytes: alerts.spoolLimitMegabytes * megabyte,
    deadLetterLimitBytes: alerts.deadLetterMegabytes * megabyte,
    clock,
    log,
  });
  try {
    const intake = new Intake(state.book, state, alerts.instance, clock, log);
    const path = join(directory, 'rules.json');
    const alerting = new Alerting({
      rules,
      queries,
      targets: notifyTargets(alerts, intake, sources),
      clock,
      log,
      state: await readState(path, log),
      keep: (json: JsonValue) =>
        replaceFile(machineFiles, directory, path, [Buffer.from(JSON.stringify(json), 'utf8')]),
    });
    const count = (): void => {
      // The intake has told the log; the next count comes in half a minute.
      void intake.count().catch(() => undefined);
    };
    count();
    const timers = [setInterval(() => alerting.tick(), tickMs), setInterval(count, alertStateIntervalMs)];
    log.info('evaluating alert rules', { rules: rules.length, forward: alerts.forward.map(forwardName).join(' ') });
    return {
      board: alerting,
      stop: async (graceMs) => {
        const endMs = clock.monotonic() + graceMs;
        for (const timer of timers) clearInterval(timer);
        await alerting.stop(graceMs);
        await intake.idle();
        await state.close(Math.max(0, endMs - clock.monotonic()));
      },
    };
  } catch (error) {
    await state.close(0);
    throw error;
  }
}

/** The outputs that get the history. */
function storeTargets({ outputs, alerts }: Configuration, sources: AlertSources): ListenTarget[] {
  return outputs
    .filter(({ name }) => alerts.outputs.includes(name))
    .map(({ name, kind, options }) => ({
      name,
      output: storeOutput(() => sources.output(name)),
      delivery: kind.delivery(options),
    }));
}

type Forward = AlertsOptions['forward'][number];

/** Ways that tell alerts one by one, out of the receiver's state. */
function isSingle(options: Forward): options is ForwardOptions & Forward {
  return options.type !== 'webhook' || options.format !== 'grafana';
}

function isGroup(options: Forward): options is GroupWebhook {
  return !isSingle(options);
}

/** Who is told of groups: our own history, and the webhooks that want what Grafana sends. */
function notifyTargets(alerts: AlertsConfiguration, intake: Intake, sources: AlertSources): NotifyTarget[] {
  const places: LinkPlaces = {
    pageUrl: () => slashed(alerts.externalUrl ?? sources.pageUrl()),
    variables: (dashboard) => sources.variables.get(dashboard) ?? {},
  };
  const bodyOf = (group: ToldGroup): Readonly<Record<string, unknown>> => {
    const nowMs = sources.clock.now();
    return webhookBody({
      ...group,
      receiver: receiverName,
      pageUrl: places.pageUrl(),
      linksOf: (alert) => linksOf(alert, places, nowMs),
    });
  };
  const history: NotifyTarget = {
    name: 'history',
    maxAlerts: Number.POSITIVE_INFINITY,
    tellsResolved: true,
    isHistory: true,
    wants: () => true,
    send: async (group) => {
      // The way of every message that comes from outside.
      const notification = readNotification(Buffer.from(JSON.stringify(bodyOf(group)), 'utf8'));
      if ('fault' in notification) throw new Error(notification.fault);
      await intake.take(notification.alerts);
    },
  };
  const webhooks = alerts.forward.filter(isGroup).map((options): NotifyTarget => ({
    name: `forward ${forwardName(options)}`,
    maxAlerts: maxAlertsTold,
    tellsResolved: options.resolved,
    isHistory: false,
    wants: ({ severity = '' }) => options.severities?.includes(severity) ?? true,
    send: (group, signal) => postGroup(options, bodyOf(group), signal),
  }));
  return [history, ...webhooks];
}

function slashed(url: string): string {
  return url === '' || url.endsWith('/') ? url : `${url}/`;
}

/** What was kept last; a damaged file is set aside and told, and evaluation begins anew. */
async function readState(path: string, log: Log): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (error) {
    log.error('the state of alerts is damaged and was set aside; evaluation begins anew', {
      path: `${path}.bad`,
      reason: printable(messageOf(error), 300),
    });
    await rename(path, `${path}.bad`);
    return undefined;
  }
}
