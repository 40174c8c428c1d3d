// Which messages are routine line noise, and which are interesting (cisco 7). The list can be changed: entries are added,
// and one that begins with `!` takes codes off again, so that `!*` begins an empty list.
import { takeApart } from './code.ts';
import type { MessageCode } from './code.ts';

/** The list that holds before anything is added, as it would be written. */
export const defaultRoutine: readonly string[] = [
  'LINEPROTO-5-UPDOWN',
  'PKT_INFRA-LINEPROTO-5-UPDOWN',
  'LINK-3-UPDOWN',
  'PKT_INFRA-LINK-3-UPDOWN',
  'LINK-5-CHANGED',
  'FR-5-DLCICHANGE',
  'ISDN-6-CONNECT',
  'ISDN-6-DISCONNECT',
  'ISDN-6-LAYER2UP',
  'ISDN-6-LAYER2DOWN',
  'OSPF-5-ADJCHG',
  'ROUTING-OSPF-5-ADJCHG',
  'DUAL-5-NBRCHANGE',
  'ETHPORT-5-IF_*',
  'SEC-6-IPACCESSLOG*',
  'SYS-6-LOGOUT',
];

/** An entry: a code with or without its severity, `*` at the end for all that begin so, `!` in front to take it off. */
export const routineEntry = /^!?%?(?:\*|[A-Za-z0-9_]+(?:-[A-Za-z0-9_]+)*-?\*?)$/;

interface Rule {
  /** Without severity. */
  readonly key: string;
  readonly isPrefix: boolean;
  readonly isRoutine: boolean;
}

/** Says which codes are routine. The last entry that fits decides. */
export class RoutineCodes {
  readonly #rules: readonly Rule[];
  readonly #known = new WeakMap<MessageCode, boolean>();

  /** `entries` are added to the default list; they must fit `routineEntry`. */
  constructor(entries: readonly string[] = []) {
    this.#rules = [...defaultRoutine, ...entries].map(ruleOf);
  }

  /** True for a code that is not worth a line in the list of interesting events. */
  has(code: MessageCode): boolean {
    let isRoutine = this.#known.get(code);
    if (isRoutine === undefined) {
      const { key } = code;
      const rule = this.#rules.findLast((one) => (one.isPrefix ? key.startsWith(one.key) : key === one.key));
      isRoutine = rule?.isRoutine ?? false;
      this.#known.set(code, isRoutine);
    }
    return isRoutine;
  }
}

function ruleOf(entry: string): Rule {
  const isRoutine = !entry.startsWith('!');
  const text = entry.replace(/^!?%?/, '');
  const isPrefix = text.endsWith('*');
  const hasSeverity = /-[0-7ACEWNID]-[^-]+$/.test(text);
  // The severity differs between releases, so it is no part of what codes are told apart by (cisco 3.1).
  if (!isPrefix) return { key: hasSeverity ? takeApart(text).key : text, isPrefix, isRoutine };
  return { key: text.slice(0, -1).replace(/-[0-7ACEWNID]-/, '-'), isPrefix, isRoutine };
}
