// The last state of things that are told of only when they change: neighbours, groups, tracked objects, the environment.
// Said again with every report, because a chart or an alert sees nothing of what was said before its range.
import { otherValue } from '../../../model/catalogue.ts';
import type { Measurement } from '../../../model/catalogue.ts';
import type { JsonValue } from '../../../model/family.ts';

/** One thing and its state. */
export interface KnownState {
  readonly tags: readonly string[];
  readonly isOn: boolean;
  readonly sinceMs: number;
}

/** The states of the things of one measurement. */
export class LastStates {
  readonly measurement: Measurement;
  readonly #states = new Map<string, KnownState>();
  /** Names of each device, up to a limit; a device that invents more does not fill the store. */
  readonly #names = new Map<string, Set<string>>();

  constructor(measurement: Measurement) {
    this.measurement = measurement;
  }

  /** The name as a tag: itself, or `__other__` when the device has `most` others already. */
  named(dev: string, name: string, most: number): string {
    let names = this.#names.get(dev);
    if (!names) {
      names = new Set();
      this.#names.set(dev, names);
    }
    if (names.has(name)) return name;
    if (names.size >= most) return otherValue;
    names.add(name);
    return name;
  }

  /** Notes a state. True when it is another one than before, or the first. */
  set(tags: readonly string[], isOn: boolean, timeMs: number): boolean {
    const key = JSON.stringify(tags);
    if (this.#states.get(key)?.isOn === isOn) return false;
    this.#states.set(key, { tags, isOn, sinceMs: timeMs });
    return true;
  }

  /** Forgets one thing. */
  delete(tags: readonly string[]): void {
    this.#states.delete(JSON.stringify(tags));
  }

  /** All states. */
  get all(): Iterable<KnownState> {
    return this.#states.values();
  }

  /** The state of one thing. */
  of(tags: readonly string[]): KnownState | undefined {
    return this.#states.get(JSON.stringify(tags));
  }

  /** Everything that must survive a restart. */
  snapshot(): JsonValue {
    return {
      states: [...this.#states.values()].map(({ tags, isOn, sinceMs }) => [tags, isOn, sinceMs]),
      names: [...this.#names].map(([dev, names]) => [dev, [...names]]),
    };
  }

  /** Takes back a snapshot. */
  restore(state: JsonValue): void {
    const { states, names } = state as { states: [string[], boolean, number][]; names: [string, string[]][] };
    for (const [tags, isOn, sinceMs] of states) this.#states.set(JSON.stringify(tags), { tags, isOn, sinceMs });
    for (const [dev, known] of names) this.#names.set(dev, new Set(known));
  }
}
