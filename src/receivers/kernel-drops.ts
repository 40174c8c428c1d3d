// Datagrams that the kernel gave up before the program could take them: Linux counts them for each socket.
import { readFile } from 'node:fs/promises';

/**
 * Drops of the UDP sockets bound to this port since they were opened, or undefined where the system does not tell. The
 * port alone decides: an address can be written in more than one way.
 */
export async function kernelDrops(port: number, table: readonly string[] = tables): Promise<number | undefined> {
  let drops: number | undefined;
  for (const path of table) {
    let text: string;
    try {
      text = await readFile(path, 'latin1');
    } catch {
      continue;
    }
    for (const row of text.split('\n').slice(1)) {
      const columns = row.trim().split(/\s+/);
      const local = columns[1]?.split(':')[1];
      const count = Number(columns.at(-1));
      if (local === undefined || Number.parseInt(local, 16) !== port || !Number.isFinite(count)) continue;
      drops = (drops ?? 0) + count;
    }
  }
  return drops;
}

const tables = ['/proc/net/udp', '/proc/net/udp6'];
