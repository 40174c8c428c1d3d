// Ports on the loopback address: free or taken, and by whom to blame it.
import { randomInt } from 'node:crypto';
import { createServer } from 'node:net';

/** Below the ports that outgoing connections get, so that none of them is in the way a moment later. */
const [lowest, highest] = [20_000, 32_000];
const tries = 200;

/** The port itself when it is free, a free one for 0. Throws with the remedy otherwise; `option` sets the port. */
export async function freePort(wanted, what, option) {
  if (wanted !== 0) {
    const fault = await faultOf(wanted);
    if (fault === undefined) return wanted;
    const reason = fault.code === 'EADDRINUSE' ? 'is taken by another program' : `cannot be used (${fault.code})`;
    throw new Error(`port ${wanted} for ${what} ${reason}: end that program, or choose a port with ${option}`);
  }
  for (let turn = 0; turn < tries; turn++) {
    const port = randomInt(lowest, highest);
    if ((await faultOf(port)) === undefined) return port;
  }
  throw new Error(`no free port for ${what} between ${lowest} and ${highest}; choose one with ${option}`);
}

function faultOf(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', resolve);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve(undefined)));
  });
}
