// Every alert rule there is, and the variables of the dashboards that links of alerts lead to.
import type { AlertRule } from '../model/alert.ts';
import type { Family } from '../model/family.ts';
import type { Dashboard } from '../model/panel.ts';

/** The rules of the families, of the pipeline and of the alert receiver. */
export async function alertRulesOf(families: readonly Family[]): Promise<readonly AlertRule[]> {
  const { pipelineAlerts } = await import('../grafana/pipeline-alerts.ts');
  const { receiverAlerts } = await import('../grafana/receiver-alerts.ts');
  const ofFamilies = await Promise.all(families.map(async (family) => (await family.alerts?.()) ?? []));
  return [...ofFamilies.flat(), ...pipelineAlerts, ...receiverAlerts];
}

/** The tags that variables choose, by dashboard and by name of the variable. */
export function variableTags(dashboards: readonly Dashboard[]): ReadonlyMap<string, Readonly<Record<string, string>>> {
  return new Map(
    dashboards.map(({ uid, variables }) => [uid, Object.fromEntries(variables.map(({ name, tag }) => [name, tag]))]),
  );
}
