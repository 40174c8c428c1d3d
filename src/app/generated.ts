// The files that are written from definitions: dashboards, alert rules, references, the schema of the configuration.
// For `npm run generate` and its test only: needs the development packages, so nothing that runs imports it.
import { join } from 'node:path/posix';
import type { Dashboard } from '../model/panel.ts';
import type { AlertRule } from '../model/alert.ts';
import { alertReference } from '../grafana/alert-reference.ts';
import { alertRulesFile } from '../grafana/alert-rules.ts';
import { dashboardFile } from '../grafana/dashboard-json.ts';
import { demoTopology } from '../demo/network-demo.ts';
import { alertRulesOf } from './alert-rules.ts';
import { configurationJsonSchema } from './config-json-schema.ts';
import { dashboardsOf } from './dashboards.ts';
import { metricsReference } from './metrics-reference.ts';
import { families } from './registry.ts';

/** Folders in which every file is a generated one. */
export const generatedFolders = ['dashboards'] as const;

/** Every dashboard there is. */
export async function allDashboards(): Promise<readonly Dashboard[]> {
  return dashboardsOf(families);
}

/** Every alert rule there is: those of the families, of the pipeline and of the alert receiver. */
export async function allAlertRules(): Promise<readonly AlertRule[]> {
  return alertRulesOf(families);
}

/** Content of every generated file by its path from the root of the repository, with `/`. The same at each call. */
export async function generatedFiles(): Promise<ReadonlyMap<string, string>> {
  const schema = await configurationJsonSchema();
  const dashboards = (await allDashboards()).map((dashboard) => dashboardFile(dashboard));
  const rules = await allAlertRules();
  return new Map([
    ...dashboards.map(({ path, content }) => [join('dashboards', path), content] as const),
    ['provisioning/alerting/rules.generated.json', alertRulesFile(rules)],
    ['docs/alerts.md', alertReference(rules)],
    ['docs/metrics.md', metricsReference(families)],
    ['stack/exporter/demo-topology.yaml', demoTopology()],
    ['docs/switchboard.schema.json', `${JSON.stringify(schema, null, 2)}\n`],
  ]);
}
