// Alert rules of the family: all of cisco 24, under the names of grafana 12.
import type { AlertRule } from '../../model/alert.ts';
import { deviceAlerts } from './dashboard/alerts-devices.ts';
import { siteAlerts } from './dashboard/alerts-sites.ts';

/** All rules. */
export const ciscoAlerts: readonly AlertRule[] = [...siteAlerts, ...deviceAlerts];
