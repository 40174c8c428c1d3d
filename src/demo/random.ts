// Random numbers that can be repeated: the same seed and moment give the same numbers on every machine.

/** A source of numbers from 0 (included) to 1 (excluded). */
export type Random = () => number;

/** A generator for one purpose: `parts` (seed, second, stream, ...) are mixed, so neighbours have nothing in common. */
export function randomOf(...parts: readonly number[]): Random {
  let state = 0x9e3779b9;
  for (const part of parts) {
    state = mix(state ^ (part | 0));
    state = mix(state ^ (Math.floor(part / 0x1_0000_0000) | 0));
  }
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    return (mix(state) >>> 0) / 0x1_0000_0000;
  };
}

function mix(value: number): number {
  let mixed = Math.imul(value ^ (value >>> 16), 0x21f0aaad);
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0x735a2d97);
  return mixed ^ (mixed >>> 15);
}

/** A whole number from `from` to `to`, both included. */
export function between(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from + 1));
}

/** One of the values, the first more often than the last when `slope` is above 1. */
export function pick<T>(random: Random, values: readonly [T, ...T[]], slope = 1): T {
  return values[Math.floor(random() ** slope * values.length)] ?? values[0];
}

/** How many things happen when `rate` happen on average, with some noise. */
export function happenings(random: Random, rate: number): number {
  const noisy = rate * (0.6 + 0.8 * random());
  return Math.floor(noisy) + (random() < noisy % 1 ? 1 : 0);
}
