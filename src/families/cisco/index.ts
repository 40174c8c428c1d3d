// Cisco routers and switches: availability, loss and events from their syslog (cisco.md). Light on purpose: everything else
// is loaded on demand.
import type { Family } from '../../model/family.ts';
import { isCiscoLogName } from './log-name.ts';
import { ciscoMeasurements } from './metrics.ts';

/** The family. */
export const cisco: Family = {
  name: 'cisco',
  title: 'Cisco routers and switches',
  measurements: ciscoMeasurements,
  isLogName: isCiscoLogName,
  isNameOrdered: false,
  pathOptions: ['topology'],
  options: async () => (await import('./options.ts')).ciscoOptions,
  syslog: async () => (await import('./syslog.ts')).ciscoSyslog(),
  createAnalyzer: async (context) => (await import('./analyzer.ts')).createCiscoAnalyzer(context),
  commands: async () => (await import('./commands.ts')).ciscoCommands,
  dashboards: async () => [(await import('./dashboards.ts')).networkDashboard],
  overview: async () => (await import('./overview.ts')).ciscoOverview,
  alerts: async () => (await import('./alerts.ts')).ciscoAlerts,
};
