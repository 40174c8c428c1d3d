// Which messages are routine line noise, and which are interesting (cisco 7).
import type { MessageCode } from './code.ts';

const routineKeys = new Set([
  'LINEPROTO-UPDOWN',
  'PKT_INFRA-LINEPROTO-UPDOWN',
  'LINK-UPDOWN',
  'PKT_INFRA-LINK-UPDOWN',
  'LINK-CHANGED',
  'FR-DLCICHANGE',
  'ISDN-CONNECT',
  'ISDN-DISCONNECT',
  'ISDN-LAYER2UP',
  'ISDN-LAYER2DOWN',
  'OSPF-ADJCHG',
  'ROUTING-OSPF-ADJCHG',
  'DUAL-NBRCHANGE',
  'SYS-LOGOUT',
]);

/** True for a code that is not worth a line in the list of interesting events. */
export function isRoutine({ key, facility, mnemonic }: MessageCode, extra: ReadonlySet<string> = new Set()): boolean {
  if (routineKeys.has(key) || extra.has(key)) return true;
  if (facility === 'ETHPORT') return mnemonic.startsWith('IF_');
  return facility === 'SEC' && mnemonic.startsWith('IPACCESSLOG');
}
