// Alert rules of the family: the suggested ones (ecs 8, grafana 12).
import type { AlertRule } from '../../model/alert.ts';
import { backupAlerts } from './alerts-backup.ts';
import { logAlerts } from './alerts-log.ts';
import { sipAlerts } from './alerts-sip.ts';
import { switchAlerts } from './alerts-switch.ts';

/** All rules. */
export const ecsAlerts: readonly AlertRule[] = [...switchAlerts, ...logAlerts, ...sipAlerts, ...backupAlerts];
