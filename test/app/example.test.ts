import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { loadConfiguration } from '../../src/app/config.ts';
import { families, outputs } from '../../src/app/registry.ts';

const file = fileURLToPath(new URL('../../switchboard.example.yaml', import.meta.url));

test('the example configuration is valid as it stands, and takes its secrets from outside', async () => {
  const catalogue = { families, outputs };
  const plain = await loadConfiguration(file, { catalogue, environment: {} });
  expect(plain.sources.map(({ name }) => name)).toEqual(['ecs-cm1', 'cisco-noc', 'branch']);
  expect(plain.outputs.map(({ name }) => name)).toEqual(['duckdb', 'influx', 'statsd']);
  expect(plain.sources[2]).toMatchObject({ outputs: ['influx'], spoolLimitMegabytes: 4096, isHostZone: false });
  const filled = await loadConfiguration(file, { catalogue, environment: { INFLUX_TOKEN: 'abc-def' } });
  expect(filled.outputs[1]?.options).toMatchObject({ token: 'abc-def', url: 'http://127.0.0.1:8086' });
});
