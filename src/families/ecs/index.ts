// Avaya Communication Manager: the events of ecs logs (ecs.md). Light on purpose: everything else is loaded on demand.
import type { Family } from '../../model/family.ts';
import { isEcsLogName } from './log-name.ts';
import { ecsMeasurements } from './metrics.ts';

/** The family. */
export const ecs: Family = {
  name: 'ecs',
  title: 'Avaya CM events',
  measurements: ecsMeasurements,
  isLogName: isEcsLogName,
  isNameOrdered: true,
  pathOptions: ['denials'],
  options: async () => (await import('./options.ts')).ecsOptions,
  createAnalyzer: async (context) => (await import('./analyzer.ts')).createEcsAnalyzer(context),
  commands: async () => (await import('./commands.ts')).ecsCommands,
  dashboards: async () => [
    (await import('./dashboards.ts')).avayaDashboard,
    (await import('./dashboard-sip.ts')).sipDashboard,
  ],
  overview: async () => (await import('./overview.ts')).ecsOverview,
  alerts: async () => (await import('./alerts.ts')).ecsAlerts,
};
