// The section `alerts` of the configuration: what it is without being there, what it may hold, and what is refused.
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readConfiguration } from '../../src/app/config.ts';
import type { Configuration } from '../../src/app/configuration.ts';
import { withStore } from '../../src/app/embedded.ts';
import { families, outputs } from '../../src/app/registry.ts';

const file = join('somewhere', 'sb.yaml');
const source = 'sources: [{ family: ecs, host: a, paths: [x], timezone: UTC }]\n';

function read(text: string, environment: NodeJS.ProcessEnv = {}): Promise<Configuration> {
  return readConfiguration(text + source, file, { catalogue: { families, outputs }, environment });
}

const nowhere = { host: undefined, port: undefined };

describe('the section alerts', () => {
  test('is on by itself, tells nobody, and keeps its history in every output and the embedded store', async () => {
    for (const text of ['outputs: { stdout: }\n', 'outputs: { stdout: }\nalerts:\n']) {
      const { alerts } = await withStore(await read(text), nowhere);
      expect(alerts).toMatchObject({ enabled: true, forward: [], outputs: ['stdout', 'duckdb'] });
    }
  });

  test('may leave outputs out, but not the embedded store', async () => {
    const text = 'outputs: { stdout: , near: { type: duckdb }, far: { type: stdout } }\nalerts: { outputs: [far] }\n';
    expect((await withStore(await read(text), nowhere)).alerts.outputs).toEqual(['far', 'near']);
  });

  test("has Grafana's body for a webhook unless it says otherwise, and the ways of the receiver besides", async () => {
    const { alerts } = await read(
      [
        'alerts:',
        '  externalUrl: https://noc.example.org/sb',
        '  forward:',
        '    - { type: webhook, url: "http://127.0.0.1:9095/v1/grafana", token: "${SB_TOKEN}" }',
        '    - { type: webhook, name: chat, url: "https://chat.example.org/x", format: slack, severities: [critical] }',
        '    - { type: command, command: [/usr/local/bin/page] }',
        '    - { type: smtp, host: mail, from: a@example.org, to: [b@example.org] }',
        '',
      ].join('\n'),
      { SB_TOKEN: 'sb_the_secret' },
    );
    expect(alerts.externalUrl).toBe('https://noc.example.org/sb');
    expect(alerts.forward).toMatchObject([
      { type: 'webhook', format: 'grafana', token: 'sb_the_secret', resolved: true, timeoutSeconds: 30 },
      { name: 'chat', format: 'slack', severities: ['critical'] },
      { type: 'command' },
      { type: 'smtp', security: 'starttls' },
    ]);
  });

  test.each<[string, string, RegExp]>([
    ['a key that is not there', 'alerts: { enable: false }\n', /alerts\.enable: unknown key.*did you mean enabled/],
    ['no truth', 'alerts: { enabled: maybe }\n', /alerts\.enabled: found "maybe"/],
    ['an output that is not there', 'alerts: { outputs: [influx] }\n', /alerts\.outputs\[0\].*influx/],
    ['an address that is none', 'alerts: { externalUrl: here }\n', /alerts\.externalUrl.*is no address/],
    ['a kind that is unknown', 'alerts: { forward: [{ type: pager }] }\n', /alerts\.forward\[0\]/],
    [
      'two of one name',
      'alerts: { forward: [{ type: webhook, url: "http://a" }, { type: webhook, url: "http://b" }] }\n',
      /alerts\.forward\[1\].*"webhook" is there already/,
    ],
    [
      'a format that only evaluation has, for the receiver',
      'listen: { token: sb_long_token, forward: [{ type: webhook, url: "http://a", format: grafana }] }\n',
      /listen\.forward\[0\]\.format/,
    ],
  ])('refuses %s', async (_, text, message) => {
    await expect(read(text)).rejects.toThrow(message);
  });

  test('shows no token in a fault or in the log', async () => {
    const text = 'alerts: { forward: [{ type: webhook, url: "http://a", token: "short one" }] }\n';
    const fault = await read(text).then(
      () => '',
      (error: unknown) => String(error),
    );
    expect(fault).toContain('alerts.forward[0].token');
    expect(fault).not.toContain('short one');
    const { secrets } = await read('alerts: { forward: [{ type: webhook, url: "http://a", token: sb_hidden_1 }] }\n');
    expect(secrets.hide('sent sb_hidden_1')).not.toContain('sb_hidden_1');
  });
});
