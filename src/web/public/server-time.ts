// The server's clock: the ranges that end now must end where its data ends, whatever this machine's clock says.

let serverMs = 0;
let askedAt = 0;

/** Notes the server's time, epoch milliseconds, as just received. */
export function noteServerTime(nowMs: number): void {
  serverMs = nowMs;
  askedAt = performance.now();
}

/** The server's time now, epoch milliseconds; this machine's until the server has answered. */
export function serverNow(): number {
  return serverMs === 0 ? new Date().getTime() : serverMs + (performance.now() - askedAt);
}
