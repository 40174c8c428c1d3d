// What the rules of the family share: how often they are evaluated, whose they are, and lengths of time in seconds.
import type { AlertGroup } from '../../model/alert.ts';

/** Seconds. */
export const minute = 60;
/** Seconds. */
export const hour = 3600;
/** Seconds. */
export const day = 24 * 3600;

/** Evaluated each minute: states and bursts. */
export const everyMinute: AlertGroup = { name: 'ecs-1m', intervalSeconds: minute };
/** Evaluated every five minutes: comparisons with a whole day. */
export const everyFive: AlertGroup = { name: 'ecs-5m', intervalSeconds: 5 * minute };

/** The fields that all rules have in common; events that do not come are no trouble. */
export const common = { family: 'ecs', service: 'avaya', runbook: 'ecs', silence: 'normal' } as const;
