// A site: its primary, its backup, and the router that reports both over whichever of them works at the moment.
// Above 300 lines: what the two paths do depends on each other at every step.
import { between, randomOf } from './random.ts';
import type { Random } from './random.ts';
import { NetworkDevice } from './network-device.ts';
import type { Outgoing } from './network-device.ts';
import { Gate } from './network-gate.ts';
import type { HubModel } from './network-hub.ts';
import { siteDlci } from './network-plan.ts';
import type { SitePlan } from './network-plan.ts';
import * as texts from './network-texts.ts';
import type { Timetable } from './network-timetable.ts';
import type { Transport } from './network-transport.ts';
import type { CallKind, TruthBook } from './network-truth.ts';

/** What a site needs of its surroundings. */
export interface SiteSurroundings {
  readonly timetable: Timetable;
  readonly transport: Transport;
  readonly truth: TruthBook;
  /** Hubs of the primary and of the backup. */
  readonly hub: HubModel;
  readonly backupHub: HubModel;
  readonly seed: number;
}

interface OpenCall {
  readonly kind: CallKind;
  readonly channel: number;
  readonly startMs: number;
  readonly isNamed: boolean;
  protoMs: number | undefined;
}

/** A message without a path waits no longer than this for one. */
const longestWaitMs = 20_000;
/** Some packets pass a link for so long after it is reported down. */
const leakMs = 2000;
const mostHeld = 8;

/** One site. */
export class SiteModel {
  readonly plan: SitePlan;
  /** What the primary needs; closed while anything is wrong with it. */
  readonly primary: Gate;
  /** What the backup needs at the site's end. */
  readonly backup: Gate;
  readonly #around: SiteSurroundings;
  readonly #random: Random;
  #device: NetworkDevice | undefined;
  #isPrimaryUp = true;
  #isTunnelUp: boolean;
  #isCarrierLost = false;
  #primaryLostMs = Number.NEGATIVE_INFINITY;
  /** Counts returns of the primary, so that what was planned before one is dropped. */
  #returns = 0;
  #call: OpenCall | undefined;
  #isDialling = false;
  #held: Outgoing[] = [];

  constructor(plan: SitePlan, around: SiteSurroundings) {
    this.plan = plan;
    this.#around = around;
    this.#random = randomOf(around.seed, 73, plan.index);
    this.#isTunnelUp = plan.backup === 'tunnel';
    this.primary = new Gate(
      () => this.#primaryClosed(),
      () => this.#primaryOpened(),
    );
    this.backup = new Gate(
      () => this.#backupClosed(),
      () => this.#backupOpened(),
    );
  }

  /** The router of the site; set once, because the router in turn needs the site to send anything. */
  get device(): NetworkDevice {
    if (!this.#device) throw new Error(`${this.plan.name} has no router yet`);
    return this.#device;
  }

  set device(device: NetworkDevice) {
    this.#device = device;
  }

  /** True while the primary carries traffic. */
  get isPrimaryUp(): boolean {
    return this.#isPrimaryUp;
  }

  /** Sends a message of the router by the path that works, or keeps it for a while, or loses it. */
  route(message: Outgoing): void {
    const source = this.#source();
    if (source !== undefined) this.#send(message, source);
    else if (this.#held.length < mostHeld && this.#random() < 0.35) this.#held.push(message);
    else this.#around.transport.drop(message.device);
  }

  /** The router restarts: both paths end on it. */
  reboot(seconds: number): void {
    const { timetable, truth, transport } = this.#around;
    const { device, plan } = this;
    if (!device.isOn) return;
    if (this.#random() < 0.3) device.log(texts.reloadText);
    device.powerOff();
    for (const { device: of } of this.#held) transport.drop(of);
    this.#held = [];
    truth.reboot(plan.device.name, timetable.nowMs);
    const open = [this.primary.block(), this.backup.block()];
    const offMs = Math.max(seconds, plan.device.minBootSeconds + 15) * 1000;
    const { bootMs } = NetworkDevice;
    timetable.after(offMs - bootMs + 1500, () => {
      transport.restart(plan.device);
      device.powerOn(plan.primary === 'frame-relay' ? ['FastEthernet0/0', 'Serial0'] : ['GigabitEthernet0/1']);
    });
    timetable.after(offMs, () => open.forEach((release) => release()));
  }

  /** A call that nobody needs: a test, or traffic that should not have caused it. */
  callWithoutNeed(kind: CallKind, seconds: number): void {
    if (this.plan.backup !== 'dial' || this.#call || !this.#isPrimaryUp || !this.device.isOn) return;
    const call = this.#startCall(kind);
    if (!call) return;
    this.#around.timetable.after(seconds * 1000, () => {
      if (this.#call === call && this.#isPrimaryUp) this.#endCall();
    });
  }

  /** Somebody from outside dials in. */
  unexpectedCall(number: string): void {
    if (this.plan.backup !== 'dial' || !this.device.isOn || !this.backup.isOpen) return;
    const { device } = this;
    const seconds = between(this.#random, 12, 50);
    device.log(texts.linkText('BRI0:2', true));
    device.log(texts.connectText('BRI0:2', `${number} unknown`), 1800);
    device.log(texts.disconnectText('BRI0:2', `${number} unknown`, seconds), seconds * 1000);
    device.log(texts.linkText('BRI0:2', false), seconds * 1000 + 60);
    this.#around.truth.unexpectedCaller(this.plan.name, this.#around.timetable.nowMs, number);
  }

  /** The hub can take no calls any more. */
  callLost(): void {
    if (this.#call) this.#endCall();
  }

  /** The address that the site's messages bear now; undefined without a path. */
  #source(): string | undefined {
    const { plan } = this;
    if (this.#isPrimaryUp) return plan.primaryAddress;
    const sinceMs = this.#around.timetable.nowMs - this.#primaryLostMs;
    if (sinceMs < leakMs && this.#random() < 0.15) return plan.primaryAddress;
    return this.#isBackupUp ? plan.backupAddress : undefined;
  }

  get #isBackupUp(): boolean {
    return this.plan.backup === 'tunnel' ? this.#isTunnelUp : this.#call?.protoMs !== undefined;
  }

  #send({ device, payload, number }: Outgoing, source: string): void {
    this.#around.transport.send({ device, source, payload, number, sentMs: this.#around.timetable.nowMs });
  }

  /** A path has come back: what waits goes, unless it is too old. */
  #releaseHeld(): void {
    const { timetable, transport } = this.#around;
    timetable.after(200 + this.#random() * 800, () => {
      const source = this.#source();
      if (source === undefined) return;
      for (const message of this.#held.splice(0)) {
        if (timetable.nowMs - message.stampMs <= longestWaitMs) this.#send(message, source);
        else transport.drop(message.device);
      }
    });
  }

  #primaryClosed(): void {
    if (!this.#isPrimaryUp) return;
    const { timetable, truth } = this.#around;
    this.#isPrimaryUp = false;
    this.#primaryLostMs = timetable.nowMs;
    truth.primary(this.plan.index, timetable.nowMs, false);
    this.#tellPrimary(false);
    if (this.plan.backup === 'dial') this.#dialAfter(between(this.#random, 4000, 8000));
  }

  #primaryOpened(): void {
    if (this.#isPrimaryUp) return;
    const { plan, device } = this;
    if (this.#isCarrierLost) {
      device.log(texts.linkText(plan.siteInterface, true), 50);
      device.log(texts.protoText(plan.siteInterface, true), 1050);
      this.#isCarrierLost = false;
    }
    // Neighbours need some seconds to find each other.
    const settleMs = plan.primary === 'ethernet' ? between(this.#random, 4000, 9000) : 0;
    const returns = ++this.#returns;
    const comeBack = (): void => {
      if (this.primary.isOpen && !this.#isPrimaryUp && this.#returns === returns) this.#primaryReturned();
    };
    if (settleMs === 0) comeBack();
    else this.#around.timetable.after(settleMs, comeBack);
  }

  #primaryReturned(): void {
    const { timetable, truth } = this.#around;
    this.#isPrimaryUp = true;
    truth.primary(this.plan.index, timetable.nowMs, true);
    this.#tellPrimary(true);
    this.#releaseHeld();
    const call = this.#call;
    if (!call) return;
    const returns = this.#returns;
    timetable.after(between(this.#random, 60_000, 180_000), () => {
      if (this.#call === call && this.#isPrimaryUp && this.#returns === returns) this.#endCall();
    });
  }

  /** Both ends report the primary, each for itself. */
  #tellPrimary(isUp: boolean): void {
    const { plan, device } = this;
    const hub = this.#around.hub;
    const laterMs = between(this.#random, 60, 400);
    switch (plan.primary) {
      case 'frame-relay':
        hub.device.log(texts.dlciText(hub.plan.trunk.interface, plan.circuit, isUp));
        hub.device.log(texts.protoText(plan.hubInterface, isUp));
        device.log(texts.dlciText('Serial0', siteDlci, isUp), laterMs);
        device.log(texts.protoText(plan.siteInterface, isUp), laterMs + 10);
        return;
      case 'leased-line':
        for (const [end, name, ms] of [
          [hub.device, plan.hubInterface, 0] as const,
          [device, plan.siteInterface, laterMs] as const,
        ]) {
          // The carrier's loss is told a second after that of the protocol.
          if (isUp) end.log(texts.linkText(name, true), ms);
          end.log(texts.protoText(name, isUp), ms);
          if (!isUp) end.log(texts.linkText(name, false), ms + 1000);
        }
        return;
      case 'ethernet': {
        const isCarrier = !isUp && this.#random() < 0.3;
        if (isCarrier) {
          this.#isCarrierLost = true;
          device.log(texts.protoText(plan.siteInterface, false), laterMs);
          device.log(texts.linkText(plan.siteInterface, false), laterMs + 1000);
        }
        const reason = isCarrier ? 'Interface down or detached' : undefined;
        hub.device.log(texts.ospfText(plan.device.address, plan.hubInterface, isUp));
        device.log(texts.ospfText(hub.plan.device.address, plan.siteInterface, isUp, reason), laterMs + 20);
      }
    }
  }

  #backupClosed(): void {
    if (this.plan.backup === 'dial') {
      if (this.#call) this.#endCall();
      this.device.log(texts.layerTwoText(false), 300);
    } else if (this.#isTunnelUp) this.#tunnelChanged(false);
  }

  #backupOpened(): void {
    if (this.plan.backup === 'dial') {
      this.device.log(texts.layerTwoText(true), 900);
      if (!this.#isPrimaryUp) this.#dialAfter(between(this.#random, 4000, 9000));
    } else if (this.plan.backup === 'tunnel') {
      this.#around.timetable.after(between(this.#random, 3000, 8000), () => {
        if (this.backup.isOpen && !this.#isTunnelUp) this.#tunnelChanged(true);
      });
    }
  }

  #tunnelChanged(isUp: boolean): void {
    const { timetable, truth, backupHub } = this.#around;
    const { plan, device } = this;
    this.#isTunnelUp = isUp;
    truth.backup(plan.index, timetable.nowMs, isUp);
    backupHub.device.log(texts.ospfText(plan.device.address, `Tunnel${plan.circuit}`, isUp));
    device.log(texts.ospfText(backupHub.plan.device.address, 'Tunnel0', isUp), between(this.#random, 60, 400));
    if (isUp) this.#releaseHeld();
  }

  #dialAfter(delayMs: number): void {
    if (this.#isDialling) return;
    this.#isDialling = true;
    this.#around.timetable.after(delayMs, () => {
      this.#isDialling = false;
      if (this.#isPrimaryUp || this.#call || !this.device.isOn || !this.backup.isOpen) return;
      if (!this.#startCall('backup')) this.#dialAfter(between(this.#random, 15_000, 30_000));
    });
  }

  #startCall(kind: CallKind): OpenCall | undefined {
    const { timetable, truth, backupHub } = this.#around;
    const { device, plan } = this;
    const channel = this.backup.isOpen ? backupHub.takeChannel(this) : undefined;
    if (channel === undefined) return undefined;
    const call: OpenCall = {
      kind,
      channel,
      startMs: timetable.nowMs,
      isNamed: this.#random() > 0.1,
      protoMs: undefined,
    };
    this.#call = call;
    const name = backupHub.channelName(channel);
    backupHub.device.log(texts.linkText(name, true));
    device.log(texts.linkText('BRI0:1', true), 150);
    const setUpMs = between(this.#random, 1500, 4000);
    timetable.after(setUpMs, () => {
      if (this.#call !== call || kind === 'failed-test') return;
      call.protoMs = timetable.nowMs;
      truth.backup(plan.index, timetable.nowMs, true);
      // The name is known late when the authentication takes its time.
      backupHub.device.log(texts.connectText(name, call.isNamed ? `${plan.number} ${plan.name}` : 'unknown'));
      backupHub.device.log(texts.protoText(name, true));
      device.log(texts.protoText('BRI0:1', true), 100);
      device.log(texts.connectText('BRI0:1', `${backupHub.plan.number} ${backupHub.plan.device.name}`), 2000);
      this.#releaseHeld();
    });
    return call;
  }

  #endCall(): void {
    const call = this.#call;
    if (!call) return;
    const { timetable, truth, backupHub } = this.#around;
    const { device, plan } = this;
    const { nowMs } = timetable;
    const seconds = Math.floor((nowMs - call.startMs) / 1000);
    const name = backupHub.channelName(call.channel);
    const isCarrying = call.protoMs !== undefined;
    backupHub.device.log(texts.disconnectText(name, `${plan.number} ${plan.name}`, seconds));
    if (isCarrying) backupHub.device.log(texts.protoText(name, false));
    backupHub.device.log(texts.linkText(name, false));
    this.#call = undefined;
    backupHub.freeChannel(call.channel);
    if (isCarrying) truth.backup(plan.index, nowMs, false);
    truth.call(plan.index, { ...call, hub: backupHub.plan.device.name, endMs: nowMs });
    const party = `${backupHub.plan.number} ${backupHub.plan.device.name}`;
    device.log(texts.disconnectText('BRI0:1', party, seconds), 200);
    if (isCarrying) device.log(texts.protoText('BRI0:1', false), 220);
    device.log(texts.linkText('BRI0:1', false), 240);
    if (!this.#isPrimaryUp) this.#dialAfter(between(this.#random, 4000, 10_000));
  }
}
