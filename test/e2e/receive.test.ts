// Messages by network into the built program (DESIGN 5.4): everything taken is counted exactly once, over kills, an output
// that is away, and a journal without room.
import { createSocket } from 'node:dgram';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isBalanced, startExporter, writeConfig } from '../support/exporter.ts';
import type { Exporter } from '../support/exporter.ts';
import { hasInfluxd, startInfluxd } from '../support/influxd.ts';
import type { Influxd } from '../support/influxd.ts';
import { temporaryFolder } from '../support/temporary.ts';
import { startWriteProxy } from '../support/write-proxy.ts';
import type { WriteProxy } from '../support/write-proxy.ts';

const limitMs = 240_000;
const topology = `
version: 1
devices: [{name: rtr7, addresses: [{ip: 127.0.0.1, via: lan}]}]
`;

/** Makes messages as long as those of chatty devices. */
const padding = ' '.padEnd(320, 'x');
let sequence = 0;

/** The next message of a device whose clock is right. */
function message(): string {
  sequence++;
  const stamp = new Date().toISOString().replace('T', ' ').slice(0, 23);
  const [, year, month, day, time] = /^(\d+)-(\d+)-(\d+) (.*)$/.exec(stamp) ?? [];
  const name = new Date(`${year}-${month}-${day}`).toLocaleString('en', { month: 'short', timeZone: 'UTC' });
  return `<189>${sequence}: rtr7: ${name} ${Number(day)} ${year} ${time} UTC: %SYS-5-CONFIG_I: Configured from console by n${sequence}${padding}`;
}

async function sendUdp(port: number, count: number): Promise<void> {
  const socket = createSocket('udp4');
  for (let sent = 0; sent < count; sent++) {
    await new Promise((resolve) => {
      socket.send(message(), port, '127.0.0.1', resolve);
    });
  }
  socket.close();
}

/** Gives up when the other side has gone: what it took is in its journal. */
async function sendTcp(port: number, count: number): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.on('close', () => resolve());
    socket.end(Array.from({ length: count }, () => `${message()}\n`).join(''));
  });
}

/** Port of a transport, from what the program says it listens on. */
function portOf({ program }: Exporter, transport: string): number {
  const found = [...program.stderr.matchAll(/"listening":"(\w+) [^"]*:(\d+)"/g)].findLast(
    ([, name]) => name === transport,
  );
  return Number(found?.[2]);
}

function journalLines(folder: string): string[] {
  const directory = join(folder, 'state', 'sources', 'cisco-noc', 'received');
  return readdirSync(directory)
    .toSorted()
    .flatMap((name) => readFileSync(join(directory, name), 'latin1').split('\n').slice(0, -1));
}

describe.skipIf(!hasInfluxd)('messages by network', () => {
  let influxd: Influxd;
  let proxy: WriteProxy;
  beforeAll(async () => {
    influxd = await startInfluxd();
    proxy = await startWriteProxy(influxd.url);
  });
  afterAll(async () => {
    await proxy?.close();
    await influxd?.stop();
  });

  function scene(database: string, listen: object): { folder: string; config: string } {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'net.yaml'), topology);
    const config = writeConfig(folder, {
      outputs: { influx: { url: proxy.url, database } },
      // The topology's path counts from the folder of the configuration.
      sources: [
        {
          family: 'cisco',
          host: 'noc',
          listen,
          timezone: 'UTC',
          options: { topology: 'net.yaml', lookaheadSeconds: 1 },
        },
      ],
    });
    return { folder, config };
  }

  /** Sum of a counter over the whole database. */
  async function stored(database: string, measurement: string, field: string): Promise<number> {
    const series = await influxd.query(`SELECT sum("${field}") FROM "${measurement}"`, database);
    return Number(series[0]?.values[0]?.[1] ?? 0);
  }

  test('are counted exactly once, whatever kills the program in between', { timeout: limitMs }, async () => {
    const { folder, config } = scene('received', { udp: '127.0.0.1:0', tcp: '127.0.0.1:0' });
    for (let round = 0; round < 4; round++) {
      const exporter = await startExporter(config);
      await exporter.until(() => !Number.isNaN(portOf(exporter, 'tcp') + portOf(exporter, 'udp')), 'the sockets');
      const begun = journalLines(folder).length;
      const sending = Promise.all([sendUdp(portOf(exporter, 'udp'), 300), sendTcp(portOf(exporter, 'tcp'), 1500)]);
      await exporter.until(() => journalLines(folder).length > begun + 100 * (round + 1), 'some of the messages');
      await exporter.stop('SIGKILL');
      await sending;
    }
    const exporter = await startExporter(config);
    const lines = journalLines(folder);
    expect(lines.length).toBeGreaterThan(1000);
    await exporter.until(
      async () => (await stored('received', 'cisco_config_change', 'count')) === lines.length,
      'every line of the journal to be counted once',
    );
    expect(await isBalanced(exporter)).toBe(true);
    expect(await stored('received', 'cisco_transport', 'received')).toBe(lines.length);
    expect(await exporter.metric('received_total', { fate: 'dropped' })).toBe(0);
    expect(await exporter.metric('rejects_total')).toBe(0);
    await exporter.stop();
  });

  test('by TCP are held back while the journal is full, and none is lost', { timeout: limitMs }, async () => {
    const { folder, config } = scene('full', { udp: '127.0.0.1:0', tcp: '127.0.0.1:0', journalMegabytes: 4 });
    const exporter = await startExporter(config);
    await exporter.until(() => !Number.isNaN(portOf(exporter, 'udp')), 'the socket');
    await exporter.until(async () => (await exporter.health()).status === 'ok', 'health');
    const before = await exporter.metric('received_total', { fate: 'taken' });
    await sendTcp(portOf(exporter, 'tcp'), 20_000);
    await exporter.until(
      async () => (await exporter.metric('received_total', { fate: 'taken' })) - before === 20_000,
      'all of what TCP sent, held back as needed',
    );
    await exporter.until(async () => (await stored('full', 'cisco_config_change', 'count')) === 20_000, 'the counts');
    // Twice as much as the journal may hold: what was counted had to make room. A little more than the limit was on its way.
    const size = journalLines(folder).join('\n').length;
    expect(size).toBeLessThanOrEqual(5 * 1024 * 1024);
    expect(await exporter.metric('received_total', { fate: 'dropped' })).toBe(0);
    await exporter.stop();
  });
});
