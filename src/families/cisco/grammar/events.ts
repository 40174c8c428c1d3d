// What a message says (cisco 6): its kind by its code, and the fields of its text in one spelling.
// Above 300 lines: one entry for each message of the specification, best read beside it.
import type { MessageCode } from './code.ts';
import type { EventKind } from './kinds.ts';
import { interfaceName } from './interface-names.ts';
import * as patterns from '../patterns.ts';

/** Routing and label protocols whose neighbours are watched. */
export type AdjacencyProtocol = 'ospf' | 'ospfv3' | 'bgp' | 'eigrp' | 'isis' | 'ldp' | 'bfd';

/** Why a neighbour was lost, in the words that metrics use. */
export type ReasonClass = 'hold_timer' | 'interface' | 'admin' | 'notification' | 'bfd' | 'other';

/** An event; `other` is everything that has a code and says nothing more. */
export type NetworkEvent =
  | { readonly kind: 'phys'; readonly interface: string; readonly state: 'up' | 'down' | 'admin' | 'ignored' }
  | { readonly kind: 'proto'; readonly interface: string; readonly state: 'up' | 'down' }
  | {
      readonly kind: 'port';
      readonly interface: string;
      readonly state: 'up' | 'down' | 'admin';
      readonly reason: string;
    }
  | { readonly kind: 'dlci'; readonly interface: string; readonly dlci: number; readonly state: 'up' | 'down' }
  | { readonly kind: 'isdn_l2'; readonly interface: string; readonly state: 'up' | 'down' }
  | { readonly kind: 'call_connect'; readonly interface: string; readonly number: string; readonly peer: string }
  | {
      readonly kind: 'call_end';
      readonly interface: string;
      readonly number: string;
      readonly peer: string;
      readonly seconds: number;
    }
  | {
      readonly kind: 'adj';
      readonly protocol: AdjacencyProtocol;
      readonly neighbour: string;
      readonly vrf: string;
      /** Empty for protocols that do not name it. */
      readonly interface: string;
      readonly state: 'up' | 'down';
      readonly reason: string;
      readonly isAdministrative: boolean;
      /** Lost from the full state; a step back on the way up only confirms that it is down. */
      readonly wasFull: boolean;
    }
  | { readonly kind: 'adj_reason'; readonly neighbour: string; readonly reason: string }
  | {
      readonly kind: 'redundancy';
      readonly protocol: string;
      readonly interface: string;
      readonly group: string;
      readonly to: string;
    }
  | { readonly kind: 'track'; readonly track: string; readonly state: 'up' | 'down' }
  | { readonly kind: 'err_disable'; readonly interface: string; readonly reason: string }
  | { readonly kind: 'stp' | 'flap_l2' | 'clock' | 'other' }
  | { readonly kind: 'env'; readonly component: string; readonly level: number; readonly isActive: boolean }
  | { readonly kind: 'reload'; readonly isOrdered: boolean }
  | { readonly kind: 'config'; readonly user: string; readonly from: string }
  | {
      readonly kind: 'login';
      readonly result: 'success' | 'failed' | 'quiet_mode';
      readonly user: string;
      readonly from: string;
    }
  | { readonly kind: 'rate_limited'; readonly count: number };

const other: NetworkEvent = { kind: 'other' };
const textLimit = 512;

/** The kind of a code. */
export function kindOf(code: MessageCode): EventKind {
  return code.kind;
}

/** Reads the text of a message. A text that does not fit its code is `other`. */
export function eventOf(code: MessageCode, whole: string): NetworkEvent {
  const kind = kindOf(code);
  const text = whole.length > textLimit ? whole.slice(0, textLimit) : whole;
  switch (kind) {
    case 'phys':
      return physical(text);
    case 'proto':
      return protocol(text);
    case 'port':
      return port(code, text);
    case 'dlci':
      return dlci(text);
    case 'isdn_l2': {
      const found = patterns.isdnLayer.exec(text);
      return found ? { kind, interface: interfaceName(found[1] ?? ''), state: stateOf(found[3]) } : other;
    }
    case 'call_connect':
    case 'call_end':
      return call(kind, text);
    case 'adj':
      return adjacency(code, text);
    case 'adj_reason': {
      const found = patterns.bgpNotification.exec(text);
      return found ? { kind, neighbour: found[2] ?? '', reason: found[4] ?? found[3] ?? '' } : other;
    }
    case 'redundancy': {
      const found = patterns.redundancy.exec(text);
      if (!found) return other;
      const protocolName = code.facility === 'STANDBY' ? 'hsrp' : code.facility.toLowerCase();
      const [, name = '', group = '', , to = ''] = found;
      return { kind, protocol: protocolName, interface: interfaceName(name), group, to: to.toLowerCase() };
    }
    case 'track': {
      const found = patterns.track.exec(text);
      return found ? { kind, track: found[1] ?? '', state: stateOf(found[4]) } : other;
    }
    case 'err_disable': {
      const found = patterns.errDisable.exec(text);
      return found ? { kind, reason: found[1] ?? '', interface: interfaceName(found[2] ?? '') } : other;
    }
    case 'env':
      return environment(code, text);
    case 'reload':
      return { kind, isOrdered: code.key === 'SYS-RELOAD' };
    case 'config': {
      const found = patterns.configured.exec(text);
      return { kind, user: found?.[1] ?? '', from: found?.[3] ?? found?.[2] ?? '' };
    }
    case 'login':
      return loginOf(code, text);
    case 'rate_limited': {
      const found = patterns.missed.exec(text) ?? patterns.dropped.exec(text);
      return { kind, count: Number(found?.[1] ?? found?.[2] ?? 1) };
    }
    case 'stp':
    case 'flap_l2':
    case 'clock':
    case 'other':
      return { kind };
  }
}

function stateOf(word: string | undefined): 'up' | 'down' {
  return word?.toLowerCase() === 'up' ? 'up' : 'down';
}

function physical(text: string): NetworkEvent {
  const found = patterns.linkState.exec(text);
  if (!found) return other;
  const [, name = '', written = ''] = found;
  const words = written.toLowerCase();
  // `reset` and `standby mode` are steps on the way, not states.
  const state = words.startsWith('administratively down')
    ? 'admin'
    : words.startsWith('up')
      ? 'up'
      : words.startsWith('down')
        ? 'down'
        : 'ignored';
  return { kind: 'phys', interface: interfaceName(name), state };
}

function protocol(text: string): NetworkEvent {
  const found = patterns.protoState.exec(text) ?? patterns.linkState.exec(text);
  if (!found) return other;
  return { kind: 'proto', interface: interfaceName(found[1] ?? ''), state: stateOf(found[2]?.slice(0, 4).trim()) };
}

function port(code: MessageCode, text: string): NetworkEvent {
  const found = patterns.nxosPort.exec(text);
  if (!found) return other;
  const [, name = '', , reason = ''] = found;
  const isUp = code.mnemonic === 'IF_UP';
  const state = isUp ? 'up' : code.mnemonic === 'IF_DOWN_ADMIN_DOWN' ? 'admin' : 'down';
  return { kind: 'port', interface: interfaceName(name), state, reason: isUp ? '' : reason };
}

function dlci(text: string): NetworkEvent {
  const found = patterns.dlciState.exec(text);
  if (!found) return other;
  const [, name = '', number = '', state = ''] = found;
  return {
    kind: 'dlci',
    interface: interfaceName(name),
    dlci: Number(number),
    state: state.toUpperCase() === 'ACTIVE' ? 'up' : 'down',
  };
}

function call(kind: 'call_connect' | 'call_end', text: string): NetworkEvent {
  const found = (kind === 'call_connect' ? patterns.callConnect : patterns.callEnd).exec(text);
  if (!found) return other;
  const [, name = '', party = '', seconds = '0'] = found;
  const [first = '', second = ''] = party.trim().split(/\s+/);
  const isNumber = /\d/.test(first) && /^[\d+*#().-]+$/.test(first);
  const number = isNumber ? first : '';
  const peer = known(isNumber ? second : second === '' ? first : second);
  const line = interfaceName(name);
  if (kind === 'call_connect') return { kind, interface: line, number, peer };
  return { kind, interface: line, number, peer, seconds: Number(seconds) };
}

/** A name, or nothing where the device writes `unknown` or `N/A`. */
function known(word: string): string {
  return /^(?:unknown|n\/a)$/i.test(word) ? '' : word;
}

function adjacency(code: MessageCode, text: string): NetworkEvent {
  switch (code.facility) {
    case 'OSPF':
    case 'OSPFv3':
      return ospf(code.facility === 'OSPFv3', text);
    case 'ROUTING':
      if (code.sub.includes('BGP')) return bgp(text);
      if (code.sub.includes('ISIS')) return named('isis', patterns.isis.exec(text));
      return ospf(code.sub.includes('OSPFv3'), text);
    case 'BGP':
      return bgp(text);
    case 'DUAL':
      return named('eigrp', patterns.eigrp.exec(text));
    case 'ISIS':
    case 'CLNS':
      return named('isis', patterns.isis.exec(text));
    case 'LDP': {
      const found = patterns.ldp.exec(text);
      return found ? adj('ldp', found[1], '', '', stateOf(found[2]), found[3]) : other;
    }
    default: {
      const found = patterns.bfd.exec(text);
      return found ? adj('bfd', found[1], '', '', code.mnemonic.endsWith('UP') ? 'up' : 'down', '') : other;
    }
  }
}

function ospf(isThree: boolean, text: string): NetworkEvent {
  const found = patterns.ospf.exec(text);
  if (!found) return other;
  const [, neighbour = '', name = '', from = '', to = '', reason = ''] = found;
  const state = to.toUpperCase();
  // Only the ends of the ladder count: a step between them neither makes nor breaks the adjacency.
  if (state !== 'FULL' && state !== 'DOWN' && state !== 'INIT') return other;
  const wasFull = from.toUpperCase() === 'FULL';
  return adj(isThree ? 'ospfv3' : 'ospf', neighbour, '', name, state === 'FULL' ? 'up' : 'down', reason, wasFull);
}

function bgp(text: string): NetworkEvent {
  const found = patterns.bgp.exec(text);
  return found ? adj('bgp', found[1], found[2] ?? '', '', stateOf(found[3]), found[4]) : other;
}

/** `resync` is no change of state. */
function named(protocolName: AdjacencyProtocol, found: RegExpExecArray | null): NetworkEvent {
  if (!found || found[3]?.toLowerCase() === 'resync') return other;
  return adj(protocolName, found[1], '', found[2] ?? '', stateOf(found[3]), found[4]);
}

function adj(
  protocolName: AdjacencyProtocol,
  neighbour: string | undefined,
  vrf: string,
  name: string,
  state: 'up' | 'down',
  reason: string | undefined,
  wasFull = true,
): NetworkEvent {
  const why = reason ?? '';
  return {
    kind: 'adj',
    protocol: protocolName,
    neighbour: (neighbour ?? '').toLowerCase(),
    vrf,
    interface: name === '' ? '' : interfaceName(name),
    state,
    reason: why,
    isAdministrative: /admin|user reset|peer in restart/i.test(why),
    wasFull,
  };
}

/** The class of a reason for metrics. */
export function reasonClass(reason: string): ReasonClass {
  if (/bfd/i.test(reason)) return 'bfd';
  if (/admin|user reset|removed|shutdown/i.test(reason)) return 'admin';
  if (/dead timer|hold ?time|holding time|timer expired|keepalive/i.test(reason)) return 'hold_timer';
  if (/notification/i.test(reason)) return 'notification';
  if (/interface|line down|link/i.test(reason)) return 'interface';
  return 'other';
}

function environment({ facility, mnemonic, severity }: MessageCode, text: string): NetworkEvent {
  const words = `${facility} ${mnemonic} ${text.slice(0, 120)}`;
  const component = /fan/i.test(mnemonic)
    ? 'fan'
    : /temp/i.test(mnemonic)
      ? 'temperature'
      : facility === 'SFF8472'
        ? 'optics'
        : /PS_|power|ILPOWER/i.test(words)
          ? 'power'
          : /\bfan/i.test(words)
            ? 'fan'
            : /\btemp/i.test(words)
              ? 'temperature'
              : 'other';
  const isOver =
    /\b(?:ok|normal|recovered|restored|cleared|inserted|up)\b/i.test(text) || /OK|RECOVER|CLEAR/.test(mnemonic);
  return { kind: 'env', component, level: severity, isActive: !isOver && severity <= 4 };
}

function loginOf({ key, facility, severity }: MessageCode, text: string): NetworkEvent {
  const found = patterns.login.exec(text);
  const isFailure =
    key === 'SEC_LOGIN-LOGIN_FAILED' || (key !== 'SEC_LOGIN-LOGIN_SUCCESS' && /fail|denied|invalid/i.test(text));
  if (facility === 'AUTHPRIV' && !isFailure) return other;
  const result = key === 'SEC_LOGIN-QUIET_MODE_ON' ? 'quiet_mode' : isFailure && severity >= 0 ? 'failed' : 'success';
  return { kind: 'login', result, user: found?.[1] ?? '', from: found?.[2] ?? '' };
}
