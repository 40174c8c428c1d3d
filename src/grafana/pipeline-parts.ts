// What the panels of the pipeline dashboard share: limits, filters, window.
import { pipelineIntervalMs } from '../model/pipeline.ts';

/** From these values on a person should look, or act; alert rules use the same. */
export const pipelineLimits = {
  lagSeconds: { warning: 60, critical: 300 },
  rejectedRatio: { warning: 0.001, critical: 0.01 },
  writeErrors: { warning: 1, critical: 10 },
  writeP95Ms: { critical: 1000 },
} as const;

/** The narrowest window that holds a report of every source. */
export const minWindowSeconds = pipelineIntervalMs / 1000;

/** The variables of the dashboard. */
export const where = [
  { tag: 'family', variable: 'family' },
  { tag: 'host', variable: 'host' },
] as const;
