// Syslog by UDP: one datagram, one message.
import { createSocket } from 'node:dgram';
import type { RemoteInfo, Socket } from 'node:dgram';
import { isIP } from 'node:net';
import type { ListenAddress } from './addresses.ts';
import { kernelDrops } from './kernel-drops.ts';
import type { Intake, Listening } from './receiver.ts';

/** Asked for; the system may give less. Bursts come when a trunk fails, from everybody at once. */
const receiveBufferBytes = 8 * 1024 * 1024;
const dropsMs = 5000;

/** Listens; rejects when the address cannot be had. `failed` is called when the socket breaks later. */
export async function listenUdp(
  { host, port }: ListenAddress,
  intake: Intake,
  failed: (error: unknown) => void,
): Promise<Listening> {
  const socket = createSocket({ type: isIP(host) === 6 ? 'udp6' : 'udp4', ipv6Only: false });
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject);
    socket.bind({ address: host, port, exclusive: true }, () => {
      socket.removeListener('error', reject);
      resolve();
    });
  }).catch((error: unknown) => {
    socket.close();
    throw error;
  });
  askForBuffer(socket, intake);
  socket.on('error', failed);
  socket.on('message', (message: Buffer, { address }: RemoteInfo) => intake.datagram(message, address));
  const bound = socket.address();
  let seen = 0;
  const look = async (): Promise<void> => {
    const drops = await kernelDrops(bound.port);
    if (drops === undefined || drops <= seen) return;
    intake.counters.kernelDropped += drops - seen;
    seen = drops;
  };
  const timer = setInterval(() => void look(), dropsMs).unref();
  return {
    address: { host: bound.address, port: bound.port },
    async close() {
      clearInterval(timer);
      await look();
      await new Promise<void>((resolve) => {
        socket.close(() => resolve());
      });
    },
  };
}

function askForBuffer(socket: Socket, { log }: Intake): void {
  try {
    socket.setRecvBufferSize(receiveBufferBytes);
    // Linux gives twice what it grants.
    const given = socket.getRecvBufferSize();
    if (given < receiveBufferBytes) {
      log.info('the system gives a smaller receive buffer than asked for; raise net.core.rmem_max against bursts', {
        bytes: given,
        asked: receiveBufferBytes,
      });
    }
  } catch {
    // A system that has no say in it has its own size.
  }
}
