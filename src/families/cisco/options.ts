// The options of a cisco source, validated whole before anything starts (style S-33).
import { z } from 'zod';
import { routineEntry } from './grammar/routine.ts';

const seconds = z.number().min(0).max(31_536_000);

/** Schema of the options. */
export const ciscoOptions = z.strictObject({
  topology: z
    .string()
    .min(1)
    .optional()
    .describe(
      'Path of the topology file (YAML). Without it lines are parsed, counted and judged, but no availability.',
    ),
  lookaheadSeconds: seconds.default(30).describe('How long a record may wait for an earlier one of its device.'),
  minBootSeconds: seconds.default(60).describe('Shortest possible reboot of devices whose topology entry gives none.'),
  maxSkewSeconds: seconds
    .default(300)
    .describe('Stamps further than this from their arrival are not taken as they are.'),
  silenceMinutes: z
    .number()
    .min(1)
    .max(1_000_000)
    .default(30)
    .describe('No line from anybody for so long is a hole in the log.'),
  holePolicy: z
    .enum(['keep', 'unknown'])
    .default('keep')
    .describe('In a hole of the log states go on (keep), or its time is charged to unknown (unknown).'),
  correctionDays: z.number().min(0.01).max(366).default(7).describe('How far back later evidence may change the past.'),
  year: z.int().min(1970).max(2999).optional().describe('Year of a log whose lines name none.'),
  catos: z.boolean().default(false).describe('Take codes without % at the start of a line (CatOS).'),
  facilities: z
    .array(z.string().regex(/^[A-Za-z0-9_]{1,32}$/, 'use letters, digits and "_", at most 32'))
    .max(100)
    .default([])
    .describe('More facilities to tell apart in cisco_messages; others are `other`.'),
  routineCodes: z
    .array(
      z.string().max(100).regex(routineEntry, 'write a code such as SYS-5-CONFIG_I, ETHPORT-5-IF_* or !SYS-6-LOGOUT'),
    )
    .max(500)
    .default([])
    .describe(
      'Codes that are not counted in cisco_interesting, added to the usual ones; `*` at the end, `!` takes off, `!*` all.',
    ),
  texts: z.boolean().default(true).describe('Store the text of interesting messages; it may name users and addresses.'),
});

/** The options as the schema returns them. */
export type CiscoOptions = z.output<typeof ciscoOptions>;
