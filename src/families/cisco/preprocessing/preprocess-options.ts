// How preprocessing is set up (cisco 5), in milliseconds where the options are seconds.

/** Settings of the preprocessing. */
export interface PreprocessOptions {
  /** How long a record may wait for an earlier one. */
  readonly lookaheadMs: number;
  /** Shortest possible reboot of a device that the topology does not know. */
  readonly minBootMs: number;
  /** A counter that falls to this value or lower may be a reboot. */
  readonly rebootMaxSeq: number;
  /** A restart message this soon after a counter reset belongs to the same reboot. */
  readonly bootSettleMs: number;
  /** A larger forward jump is a discontinuity, not loss. */
  readonly gapMax: number;
  /** How long copies of a message are recognised. */
  readonly duplicateWindowMs: number;
  /** No line at all from anybody for so long: a hole in the log. */
  readonly silenceMs: number;
  /** Distance from 2^32 within which a fall is a wrap. */
  readonly wrapGuard: number;
  /** A stamp further than this from its arrival is not taken as it is. */
  readonly maxSkewMs: number;
}

/** The defaults of the specification. */
export const defaultPreprocessOptions: PreprocessOptions = {
  lookaheadMs: 30_000,
  minBootMs: 60_000,
  rebootMaxSeq: 200,
  bootSettleMs: 300_000,
  gapMax: 10_000,
  duplicateWindowMs: 600_000,
  silenceMs: 1_800_000,
  wrapGuard: 1_000_000,
  maxSkewMs: 300_000,
};

/** The longest horizon of a device: shorter than its reboot, or the numbers of two boots would mix (cisco 5 E). */
export function longestHorizonMs(minBootMs: number): number {
  return Math.max(0, minBootMs - 5000);
}

/** The horizon of a device. */
export function horizonMs(options: PreprocessOptions, minBootMs: number): number {
  return Math.min(options.lookaheadMs, longestHorizonMs(minBootMs));
}
