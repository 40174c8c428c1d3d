// Every dashboard there is, for Grafana and for the live page alike. Loaded on demand: an exporter without a page needs
// none of it.
import { alertsDashboard } from '../grafana/alerts-dashboard.ts';
import { overviewDashboard } from '../grafana/overview-dashboard.ts';
import { pipelineDashboard } from '../grafana/pipeline-dashboard.ts';
import type { Family } from '../model/family.ts';
import type { Dashboard } from '../model/panel.ts';

/** The overview, those of the families, then those about alerts and about Switchboard itself. */
export async function dashboardsOf(families: readonly Family[]): Promise<readonly Dashboard[]> {
  const parts = await Promise.all(families.map(async (family) => (await family.overview?.()) ?? { tiles: [] }));
  const ofFamilies = await Promise.all(families.map((family) => family.dashboards()));
  return [overviewDashboard(parts), ...ofFamilies.flat(), alertsDashboard, pipelineDashboard];
}
