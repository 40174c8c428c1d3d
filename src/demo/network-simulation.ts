// The simulation of a router network: incidents happen, devices log, messages travel. Deterministic: the same options give
// the same messages at the same moments, in however many steps time passes.
import { NetworkDevice } from './network-device.ts';
import { HubModel } from './network-hub.ts';
import { randomIncidents, rhythmicIncidents } from './network-incidents.ts';
import type { Incident } from './network-incidents.ts';
import { noiseText } from './network-noise.ts';
import { planNetwork } from './network-plan.ts';
import type { DevicePlan, NetworkPlan } from './network-plan.ts';
import { SiteModel } from './network-site.ts';
import * as texts from './network-texts.ts';
import { Timetable } from './network-timetable.ts';
import { networkTopology } from './network-topology.ts';
import { Transport } from './network-transport.ts';
import type { Arrival, TransportRates } from './network-transport.ts';
import { TruthBook } from './network-truth.ts';
import type { NetworkTruth } from './network-truth.ts';
import { between, randomOf } from './random.ts';
import type { Random } from './random.ts';

/** What is simulated. */
export interface SimulationOptions {
  /** Epoch ms; everything works at that moment. */
  readonly startMs: number;
  /** 12 unless given, up to 200. */
  readonly sites?: number;
  /** 1 unless given. */
  readonly seed?: number;
  /** `random` (unless given) for measuring, `rhythm` for looking at. */
  readonly incidents?: 'random' | 'rhythm';
  /** None is lost, doubled or held up unless given. */
  readonly rates?: Partial<TransportRates>;
  /** Messages of no interest per hour of a site's device; 2 unless given. Hubs have five times as many. */
  readonly noisePerHour?: number;
  /** Added to the numbers that devices begin with; 0 unless given. */
  readonly firstNumber?: number;
}

const hourMs = 3_600_000;
/** Truth older than this is forgotten. */
const memoryMs = 31 * 24 * hourMs;
const strangers: readonly [string, ...string[]] = ['5165550199', '2125550142', '3105550177'];

/** A network at work. */
export class NetworkSimulation {
  readonly plan: NetworkPlan;
  readonly startMs: number;
  readonly #timetable: Timetable;
  readonly #transport: Transport;
  readonly #truth: TruthBook;
  readonly #devices: readonly NetworkDevice[];
  readonly #hubs: readonly HubModel[];
  readonly #sites: readonly SiteModel[];
  readonly #random: Random;

  constructor(options: SimulationOptions) {
    const { startMs, seed = 1, noisePerHour = 2, firstNumber = 0 } = options;
    const plan = planNetwork(options.sites ?? 12);
    this.plan = plan;
    this.startMs = startMs;
    this.#random = randomOf(seed, 75);
    const timetable = new Timetable(startMs);
    const rates = { loss: 0, duplication: 0, reordering: 0, ...options.rates };
    const transport = new Transport(plan.devices, rates, seed);
    const truth = new TruthBook(plan);
    this.#timetable = timetable;
    this.#transport = transport;
    this.#truth = truth;
    const numbering = { seed, firstNumber };
    const local = (device: DevicePlan): NetworkDevice =>
      new NetworkDevice(
        device,
        timetable,
        (message) => transport.send({ ...message, source: device.address, sentMs: timetable.nowMs }),
        numbering,
      );
    const around = { timetable, transport, truth, seed };
    const [first, second] = plan.hubs;
    const hubs = [
      new HubModel(first, local(first.device), around),
      new HubModel(second, local(second.device), around),
    ] as const;
    this.#hubs = hubs;
    this.#sites = plan.sites.map((site) => {
      const hub = hubs[site.hub] ?? hubs[0];
      const model = new SiteModel(site, { ...around, hub, backupHub: hubs[site.backupHub] ?? hubs[0] });
      model.device = new NetworkDevice(site.device, timetable, (message) => model.route(message), numbering);
      hub.sites.push(model);
      return model;
    });
    this.#devices = [
      ...hubs.map(({ device }) => device),
      ...this.#sites.map(({ device }) => device),
      ...plan.others.map(local),
    ];
    for (const device of this.#devices) {
      this.#makeNoise(
        device,
        randomOf(seed, 76, device.plan.index),
        noisePerHour * (device.plan.role === 'spoke' ? 1 : 5),
      );
    }
    const source = (options.incidents === 'rhythm' ? rhythmicIncidents : randomIncidents)(plan, seed);
    this.#planHour(Math.floor(startMs / hourMs), source);
  }

  /** Lets time pass; gives what reaches the collector meanwhile, in order. */
  advance(toMs: number): readonly Arrival[] {
    this.#timetable.advance(toMs);
    return this.#transport.due(toMs);
  }

  /** The topology file of the network. */
  get topology(): string {
    return networkTopology(this.plan);
  }

  /** What happened between two moments that have passed; from the start until now unless given. */
  truth(fromMs = this.startMs, toMs = this.#timetable.nowMs): NetworkTruth {
    return this.#truth.tell(fromMs, toMs, this.#transport.books);
  }

  #planHour(hour: number, source: (hour: number) => readonly Incident[]): void {
    const { nowMs } = this.#timetable;
    this.#truth.forget(nowMs - memoryMs);
    for (const incident of source(hour)) {
      if (incident.atMs >= nowMs) this.#timetable.after(incident.atMs - nowMs, () => this.#begin(incident));
    }
    this.#timetable.after((hour + 1) * hourMs - nowMs, () => this.#planHour(hour + 1, source));
  }

  #begin({ kind, target, seconds, steps = [] }: Incident): void {
    const timetable = this.#timetable;
    const hub = this.#hubs[target];
    const site = this.#sites[target];
    const until = (releases: readonly (() => void)[]): void =>
      timetable.after(seconds * 1000, () => releases.forEach((release) => release()));
    switch (kind) {
      case 'trunk':
        hub?.failTrunk(seconds);
        return;
      case 'pri':
        hub?.failPri(seconds);
        return;
      case 'reload':
        hub?.reload(seconds);
        return;
      default:
    }
    if (!site) return;
    const { device } = site;
    switch (kind) {
      case 'line':
        return until([site.primary.block()]);
      case 'backup':
        return until([site.backup.block()]);
      case 'isolation':
        return until([site.primary.block(), site.backup.block()]);
      case 'flap':
        return this.#flap(site, steps);
      case 'reboot':
        return site.reboot(seconds);
      case 'test':
      case 'failed-test':
      case 'idle':
        return site.callWithoutNeed(kind, seconds);
      case 'caller':
        return site.unexpectedCall(strangers[between(this.#random, 0, strangers.length - 1)] ?? strangers[0]);
      case 'logins': {
        const source = `198.51.100.${between(this.#random, 2, 250)}`;
        for (let second = 0; second < seconds; second += 4)
          device.log(texts.failedLogin('admin', source), second * 1000);
        return;
      }
      case 'configuration':
        return device.log(texts.configText);
      case 'alarm':
        device.log(texts.fanText(false));
        return device.log(texts.fanText(true), seconds * 1000);
      case 'congestion':
        this.#transport.congest(device.plan.index, 0.3);
        return until([() => this.#transport.congest(device.plan.index, 0)]);
    }
  }

  #flap(site: SiteModel, steps: readonly number[]): void {
    const [down, up = 0, ...rest] = steps;
    if (down === undefined) return;
    const release = site.primary.block();
    this.#timetable.after(down * 1000, () => {
      release();
      this.#timetable.after(up * 1000, () => this.#flap(site, rest));
    });
  }

  /** Messages of no interest, at random moments. */
  #makeNoise(device: NetworkDevice, random: Random, perHour: number): void {
    if (!(perHour > 0)) return;
    const pauseMs = (-Math.log(1 - random()) * hourMs) / perHour;
    this.#timetable.after(pauseMs, () => {
      for (const text of noiseText(device.plan, random)) device.log(text);
      this.#makeNoise(device, random, perHour);
    });
  }
}
