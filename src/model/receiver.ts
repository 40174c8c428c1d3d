// What is known about messages that came by network before they were lines of a log (engine 6: nothing is lost in silence).

/**
 * Totals since the process started. Every message that arrived is in exactly one of `messages`, `rejected` and `dropped`;
 * `truncated` counts messages that were shortened and are among `messages`.
 */
export interface ReceiverCounters {
  /** Messages written to the journal. */
  messages: number;
  /** Bytes of these. */
  bytes: number;
  /** Datagrams and connections of addresses that are not allowed. */
  rejected: number;
  /** Longer than the limit; the rest was cut off. */
  truncated: number;
  /** Given up because the journal was full or could not be written. */
  dropped: number;
  /** Datagrams that the kernel gave up because its buffer was full; 0 where it does not tell. */
  kernelDropped: number;
  /** Connections accepted. */
  connections: number;
}

/** All counters at zero. */
export function noReceiverCounters(): ReceiverCounters {
  return { messages: 0, bytes: 0, rejected: 0, truncated: 0, dropped: 0, kernelDropped: 0, connections: 0 };
}

/** A receiver as health and metrics show it. */
export interface ReceiverStatus {
  readonly counters: Readonly<ReceiverCounters>;
  /** Where it listens now, as in `udp 127.0.0.1:5514`. */
  readonly listening: readonly string[];
  /** How many sockets it should have. */
  readonly sockets: number;
  /** What is wrong; empty while all is well. */
  readonly reasons: readonly string[];
}
