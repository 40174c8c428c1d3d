// The options of the output `duckdb`.
import { z } from 'zod';

/** Schema of the options; unknown keys are refused. */
export const duckdbOptions = z.strictObject({
  path: z
    .string()
    .min(1)
    .refine((path) => !path.startsWith(':memory:'), 'a file is needed: a store in memory would lose committed points')
    .optional()
    .describe('File of the store; by default switchboard.duckdb in the state directory.'),
  retentionDays: z
    .number()
    .min(0)
    .max(36_500)
    .default(90)
    .describe('Points older than this many days are deleted, and refused on arrival. 0 keeps everything.'),
  memoryLimitMegabytes: z
    .number()
    .int()
    .min(64)
    .max(1_048_576)
    .default(256)
    .describe('Memory that the store may use; larger questions go through temporary files.'),
  threads: z.number().int().min(1).max(256).default(2).describe('Threads for one question.'),
});

/** Options with their defaults filled in. */
export type DuckdbOptions = z.output<typeof duckdbOptions>;
