// A hub: it logs beside the collector, its trunk carries the primaries of many sites, its primary rate interface the calls.
import { between, randomOf } from './random.ts';
import type { Random } from './random.ts';
import { NetworkDevice } from './network-device.ts';
import { Gate } from './network-gate.ts';
import type { HubPlan, SitePlan } from './network-plan.ts';
import * as texts from './network-texts.ts';
import type { Timetable } from './network-timetable.ts';
import type { Transport } from './network-transport.ts';
import type { TruthBook } from './network-truth.ts';

/** Calls at a time on a primary rate interface. */
const channels = 23;

/** What a hub needs of its surroundings. */
export interface HubSurroundings {
  readonly timetable: Timetable;
  readonly transport: Transport;
  readonly truth: TruthBook;
  readonly seed: number;
}

/** What a hub knows of a site. */
export interface HubSite {
  readonly plan: SitePlan;
  readonly primary: Gate;
  readonly backup: Gate;
  /** Its call has ended at the hub. */
  callLost(): void;
}

/** One hub. */
export class HubModel {
  readonly plan: HubPlan;
  readonly device: NetworkDevice;
  /** Sites whose primary ends here, and whose tunnel, if they have one. */
  readonly sites: HubSite[] = [];
  readonly #pri: Gate;
  readonly #around: HubSurroundings;
  readonly #random: Random;
  readonly #calls = new Map<number, HubSite>();
  #nextChannel = 0;
  #isTrunkDown = false;

  constructor(plan: HubPlan, device: NetworkDevice, around: HubSurroundings) {
    this.plan = plan;
    this.device = device;
    this.#around = around;
    this.#random = randomOf(around.seed, 74, plan.device.index);
    this.#pri = new Gate(
      () => {
        for (const site of [...this.#calls.values()]) site.callLost();
      },
      () => undefined,
    );
  }

  /** A free channel for a call of a site, or undefined when none is left or none can be had. */
  takeChannel(site: HubSite): number | undefined {
    if (!this.#pri.isOpen) return undefined;
    for (let tried = 0; tried < channels; tried++) {
      const channel = this.#nextChannel;
      this.#nextChannel = (this.#nextChannel + 1) % channels;
      if (this.#calls.has(channel)) continue;
      this.#calls.set(channel, site);
      return channel;
    }
    return undefined;
  }

  /** A call is over. */
  freeChannel(channel: number): void {
    this.#calls.delete(channel);
  }

  /** The interface that a call on a channel has. */
  channelName(channel: number): string {
    return `${this.plan.pri.interface}:${channel}`;
  }

  /** The trunk fails for so long, and with it every circuit on it. */
  failTrunk(seconds: number): void {
    const { device, plan } = this;
    if (this.#isTrunkDown || !device.isOn) return;
    this.#isTrunkDown = true;
    const { timetable, truth } = this.#around;
    const startMs = timetable.nowMs;
    const name = plan.trunk.interface;
    device.log(texts.protoText(name, false));
    const open = this.#circuits().map((site) => site.primary.block());
    device.log(texts.linkText(name, false), 1000);
    timetable.after(seconds * 1000, () => {
      this.#isTrunkDown = false;
      device.log(texts.linkText(name, true));
      device.log(texts.protoText(name, true));
      truth.trunkHit(plan.trunk.id, startMs, timetable.nowMs);
      for (const release of open) timetable.after(between(this.#random, 200, 4000), release);
    });
  }

  /** The primary rate interface fails for so long: all calls end. */
  failPri(seconds: number): void {
    const { device, plan } = this;
    const { timetable } = this.#around;
    if (!device.isOn || !this.#pri.isOpen) return;
    const release = this.#pri.block();
    device.log(texts.linkText(plan.pri.interface, false));
    timetable.after(seconds * 1000, () => {
      device.log(texts.linkText(plan.pri.interface, true));
      release();
    });
  }

  /** The hub is restarted by its operators: everything that ends on it is away. */
  reload(seconds: number): void {
    const { device, plan } = this;
    if (!device.isOn || this.#isTrunkDown) return;
    const { timetable, truth, transport } = this.#around;
    device.log(texts.reloadText);
    device.powerOff();
    truth.reboot(plan.device.name, timetable.nowMs);
    const open = this.sites.flatMap((site) => [
      site.primary.block(),
      ...(site.plan.backup === 'tunnel' ? [site.backup.block()] : []),
    ]);
    const releasePri = this.#pri.block();
    const offMs = Math.max(seconds, plan.device.minBootSeconds + 60) * 1000;
    timetable.after(offMs - NetworkDevice.bootMs, () => {
      transport.restart(plan.device);
      device.powerOn([plan.trunk.interface]);
    });
    timetable.after(offMs + 2000, () => {
      releasePri();
      for (const release of open) timetable.after(between(this.#random, 1000, 20_000), release);
    });
  }

  #circuits(): readonly HubSite[] {
    return this.sites.filter(({ plan }) => plan.primary === this.plan.trunk.kind);
  }
}
