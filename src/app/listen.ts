// `listen`: the alert receiver as a process. Joins HTTP, state, outputs and ways of forwarding, and stops in order.
import { join } from 'node:path';
import { commandForward } from '../alerts/forward-command.ts';
import { smtpForward } from '../alerts/forward-smtp.ts';
import { forwardOutput } from '../alerts/forward.ts';
import type { Forward } from '../alerts/forward.ts';
import { webhookForward } from '../alerts/forward-webhook.ts';
import { Intake } from '../alerts/intake.ts';
import { forwardName } from '../alerts/options.ts';
import type { ForwardOptions } from '../alerts/options.ts';
import { openReceiver } from '../alerts/receiver.ts';
import { receiverMetrics } from '../alerts/receiver-metrics.ts';
import { storeOutput } from '../alerts/store-output.ts';
import type { Files } from '../engine/durable.ts';
import { alertStateIntervalMs } from '../model/alert-event.ts';
import type { Clock } from '../model/clock.ts';
import { messageOf, printable, UsageError } from '../model/errors.ts';
import type { Log } from '../model/log.ts';
import { measurementsOf } from './catalogue.ts';
import type { Configuration, ListenConfiguration } from './configuration.ts';
import { ListenState } from './listen-state.ts';
import type { ListenTarget } from './listen-state.ts';
import { families } from './registry.ts';
import { SharedOutputs } from './shared-outputs.ts';
import { programVersion } from './version.ts';

/** What a listener needs from outside. */
export interface ListenServices {
  readonly clock: Clock;
  readonly log: Log;
  readonly stdout: NodeJS.WritableStream;
  readonly environment: NodeJS.ProcessEnv;
  /** The machine's file system unless given. */
  readonly files?: Files;
}

/** A receiver at work. */
export interface Listener {
  /** Where Grafana sends to. */
  readonly url: string;
  /** Takes nothing more, finishes what is under way, delivers for up to `graceMs`, and closes everything. */
  stop(graceMs: number): Promise<void>;
}

/** Entries are told one by one; joining more than these bytes would only make a crash repeat more of them. */
const forwardBatchBytes = 2048;
/** /readyz asks the disk at most so often, whoever asks how often. */
const readyMs = 1000;
const megabyte = 1024 * 1024;

/** The section `listen`; throws UsageError when there is none, or nothing that alerts could go to. */
export function neededListen({ file, listen }: Configuration): ListenConfiguration {
  if (!listen) throw new UsageError(`${file} has no section "listen"; docs/alert-receiver.md has an example`);
  if (listen.outputs.length + listen.forward.length > 0) return listen;
  throw new UsageError(`${file} names neither outputs nor listen.forward: alerts would go nowhere`);
}

/** Starts the receiver. Throws UsageError when the address or the state is taken. */
export async function startListener(configuration: Configuration, services: ListenServices): Promise<Listener> {
  const { clock, log, files } = services;
  const listen = neededListen(configuration);
  const { stateDirectory } = configuration;
  const shared = new SharedOutputs({ measurements: measurementsOf(families), stdout: services.stdout, log });
  const state = await ListenState.open({
    directory: join(stateDirectory, 'listen'),
    targets: [
      ...storeTargets(configuration, listen, shared),
      ...listen.forward.map((options) => forwardTarget(options, services)),
    ],
    instance: listen.instance,
    timezone: listen.timezone,
    spoolLimitBytes: listen.spoolLimitMegabytes * megabyte,
    deadLetterLimitBytes: listen.deadLetterMegabytes * megabyte,
    clock,
    log,
    ...(files === undefined ? {} : { files }),
  });
  const closeState = async (graceMs: number): Promise<void> => {
    await state.close(graceMs);
    await shared.closeAllBut([], stateDirectory);
  };
  try {
    const intake = new Intake(state.book, state, listen.instance, clock, log);
    const count = (): void => {
      // The intake has told the log; the next count comes in half a minute.
      void intake.count().catch(() => undefined);
    };
    const receiver = await openReceiver({
      host: listen.host,
      port: listen.port,
      credentials: listen,
      intake,
      clock,
      log,
      isReady: cached(() => state.isWritable(), readyMs, clock),
      metrics: () =>
        receiverMetrics({
          version: programVersion(),
          open: state.book.open,
          remembered: state.book.remembered,
          ...intake.counts,
          ...receiver.counts,
          targets: state.status(),
        }),
    });
    count();
    const timer = setInterval(count, alertStateIntervalMs);
    log.info('receiving alerts', { url: receiver.url, known: state.book.remembered, firing: state.book.open });
    return {
      url: receiver.url,
      stop: async (graceMs) => {
        clearInterval(timer);
        await receiver.close(graceMs);
        await intake.idle();
        await closeState(graceMs);
      },
    };
  } catch (error) {
    await closeState(0);
    throw error;
  }
}

function storeTargets(
  { outputs, stateDirectory }: Configuration,
  listen: ListenConfiguration,
  shared: SharedOutputs,
): ListenTarget[] {
  return outputs
    .filter(({ name }) => listen.outputs.includes(name))
    .map((configured) => ({
      name: configured.name,
      output: storeOutput(() => shared.get(configured, stateDirectory)),
      delivery: configured.kind.delivery(configured.options),
    }));
}

/** A way of forwarding as a target of the receiver's state. */
export function forwardTarget(
  options: ForwardOptions,
  services: Pick<ListenServices, 'clock' | 'log' | 'environment'>,
): ListenTarget {
  return {
    // Outputs may have the same name as a way of forwarding; a blank is in none of them.
    name: `forward ${forwardName(options)}`,
    output: forwardOutput(forwardOf(options, services), options, services.clock),
    delivery: 'at-least-once',
    maxBatchBytes: forwardBatchBytes,
  };
}

function forwardOf(
  options: ForwardOptions,
  { environment, log }: Pick<ListenServices, 'environment' | 'log'>,
): Forward {
  switch (options.type) {
    case 'command':
      return commandForward(options, environment);
    case 'webhook':
      return webhookForward(options);
    case 'smtp':
      return smtpForward(options, log);
  }
}

/** The last answer while it is fresh, so that a stranger cannot keep the disk busy. */
function cached(ask: () => Promise<boolean>, freshMs: number, clock: Clock): () => Promise<boolean> {
  let last: { readonly atMs: number; readonly answer: Promise<boolean> } | undefined;
  return () => {
    const now = clock.monotonic();
    if (!last || now - last.atMs >= freshMs) last = { atMs: now, answer: ask() };
    return last.answer;
  };
}

/** Runs a listener until the signal comes. `announce` is told where it is. */
export async function runListener(
  configuration: Configuration,
  services: ListenServices,
  { signal, graceMs, announce }: { signal: AbortSignal; graceMs: () => number; announce: (url: string) => void },
): Promise<void> {
  const listener = await startListener(configuration, services);
  announce(listener.url);
  if (!signal.aborted) {
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
  }
  try {
    await listener.stop(graceMs());
    services.log.info('stopped');
  } catch (error) {
    services.log.error('could not be stopped in order', { reason: printable(messageOf(error), 300) });
    throw error;
  }
}
