// What the rules of the family share: how often they are evaluated, whose they are, and lengths of time in seconds.
import type { AlertGroup } from '../../../model/alert.ts';

/** Seconds. */
export const minute = 60;
/** Seconds. */
export const hour = 3600;
/** Seconds. */
export const day = 24 * 3600;

/** Evaluated each minute: states and what cannot wait. */
export const everyMinute: AlertGroup = { name: 'cisco-1m', intervalSeconds: minute };
/** Evaluated every five minutes: shares and trends. */
export const everyFive: AlertGroup = { name: 'cisco-5m', intervalSeconds: 5 * minute };

/** The fields that all rules have in common; what does not come is no trouble of itself. */
export const common = { family: 'cisco', service: 'network', runbook: 'cisco', silence: 'normal' } as const;

/** States are said every 15 seconds; one that was not said for so long is not known. */
export const stateSeconds = 2 * minute;
