// Alert rules of the family: the suggested ones (ecs 8, grafana 12) that its measurements can answer. Not here:
// everything about SIP, CTI links and backups.
import type { AlertRule } from '../../model/alert.ts';
import { logAlerts } from './alerts-log.ts';
import { switchAlerts } from './alerts-switch.ts';

/** All rules. */
export const ecsAlerts: readonly AlertRule[] = [...switchAlerts, ...logAlerts];
