// What is proposed as a topology, before it is written: the parts of the file, and what is guessed about them.
import type { LearntEnd } from './learn-evidence.ts';

/** An end as it is written. */
export interface ProposedEnd {
  readonly device: string;
  readonly interface: string;
  readonly parent?: string;
  readonly dlci?: number;
  readonly peer_names?: readonly string[];
  readonly numbers?: readonly string[];
}

/** A link as it is written. */
export interface ProposedLink {
  id: string;
  readonly type: 'frame-relay-pvc' | 'isdn-dial' | 'ethernet-p2p' | 'tunnel' | 'leased-line';
  readonly trunk: string | undefined;
  readonly a: ProposedEnd;
  readonly b: ProposedEnd | undefined;
  readonly adjacency: Readonly<Record<string, string>> | undefined;
  /** What is not sure about it. */
  readonly guess: string;
  /** Its changes, as the end that tells most saw them. */
  readonly moments: LearntEnd['moments'];
}

/** An address and what it seems to be for. */
export interface ProposedAddress {
  readonly ip: string;
  readonly via: 'link' | 'loopback' | 'lan';
  readonly link: string | undefined;
  readonly guess: string;
}

/** A device as it is written. */
export interface ProposedDevice {
  readonly name: string;
  readonly isHub: boolean;
  readonly addresses: readonly ProposedAddress[];
}

/** A service as it is written. */
export interface ProposedService {
  readonly id: string;
  readonly primary: string;
  readonly backup: string | undefined;
  readonly mode: 'dial' | 'permanent' | 'none';
  readonly callers: readonly string[];
}

/** A trunk as it is written. */
export interface ProposedTrunk {
  readonly id: string;
  readonly kind: 'frame-relay' | 'isdn-pri' | 'ethernet';
  readonly device: string;
  readonly interface: string;
}

/** The whole proposal. */
export interface Proposal {
  readonly devices: readonly ProposedDevice[];
  readonly links: readonly ProposedLink[];
  readonly services: readonly ProposedService[];
  readonly trunks: readonly ProposedTrunk[];
}
