// The trunks of a source by number (ecs 5 and 7): a bounded table, because addresses come from the log. What is beyond
// the bound shares one trunk with a name that says so.
import { otherValue } from '../../model/catalogue.ts';
import type { JsonValue } from '../../model/family.ts';
import { ipText } from './sip-message.ts';
import type { SipReader } from './sip-message.ts';

/** Tag values of a trunk. */
export interface Trunk {
  readonly localIp: string;
  readonly remoteIp: string;
  readonly servicePort: string;
  readonly transport: string;
}

/** Trunks of one source (ecs 7, cardinality). */
const mostTrunks = 200;
const other: Trunk = { localIp: otherValue, remoteIp: otherValue, servicePort: otherValue, transport: otherValue };

/** Gives each trunk a number that stays. */
export class SipTrunks {
  /** By number; the first stands for all beyond the bound. */
  readonly #trunks: Trunk[] = [other];
  readonly #numbers = new Map<number, Map<number, number>>();

  /** The number of the trunk of the message just read. */
  numberOf({ localIp, remoteIp, servicePort, isTls }: SipReader): number {
    const [local, remote] = [localIp * 65_536 + servicePort, remoteIp * 2 + (isTls ? 1 : 0)];
    const known = this.#numbers.get(local)?.get(remote);
    if (known !== undefined) return known;
    if (this.#trunks.length > mostTrunks) return 0;
    return this.#add(local, remote);
  }

  /** The trunk of a number. */
  trunk(number: number): Trunk {
    return this.#trunks[number] ?? other;
  }

  /** All of them, for the committed state. */
  snapshot(): JsonValue {
    return [...this.#numbers]
      .flatMap(([local, remotes]) => [...remotes].map(([remote, number]) => [number, local, remote]))
      .toSorted(([one = 0], [another = 0]) => one - another)
      .map(([, local = 0, remote = 0]) => [local, remote]);
  }

  /** Takes back a snapshot; throws when it is none. */
  restore(state: JsonValue): void {
    if (!Array.isArray(state)) throw new Error('no trunks');
    this.#trunks.length = 1;
    this.#numbers.clear();
    for (const item of state) {
      const [local, remote] = Array.isArray(item) ? item : [];
      if (typeof local !== 'number' || typeof remote !== 'number') throw new Error('no trunk');
      this.#add(local, remote);
    }
  }

  #add(local: number, remote: number): number {
    const number = this.#trunks.length;
    const localIp = Math.floor(local / 65_536);
    this.#trunks.push({
      localIp: ipText(localIp),
      remoteIp: ipText(Math.floor(remote / 2)),
      servicePort: String(local % 65_536),
      transport: remote % 2 === 1 ? 'tls' : 'tcp',
    });
    const remotes = this.#numbers.get(local) ?? new Map<number, number>();
    this.#numbers.set(local, remotes.set(remote, number));
    return number;
  }
}
