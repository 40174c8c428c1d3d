// The options of an ecs source, validated whole before anything starts (style S-33).
import { z } from 'zod';
import { messageOf } from '../../model/errors.ts';
import { compileExpression } from '../../model/expression.ts';

const name = z.string().regex(/^[A-Za-z][A-Za-z0-9_.-]{0,63}$/, 'use letters, digits, "_", "." and "-", at most 64');
const word = z.string().regex(/^[A-Za-z0-9_]{1,32}$/, 'use letters, digits and "_", at most 32');

const denialRow = z.strictObject({
  number: z.union([z.int().min(0).max(999_999_999), z.string()]),
  label: z.string(),
  category: z.string(),
  severity: z.enum(['info', 'warning', 'critical']),
});

const pattern = z
  .strictObject({
    name: name.describe('Name of the pattern; the tag `pattern` of ecs_pattern.'),
    keyword: z
      .string()
      .regex(/^[\x20-\x7e]{2,100}$/, 'use 2 to 100 printable ASCII characters')
      .describe('Literal text that a line must hold before the expression is tried; case counts.'),
    expression: z.string().min(1).describe('Regular expression with named groups, run on the line as latin-1 text.'),
    tags: z
      .array(z.string())
      .max(10)
      .default([])
      .describe('Named groups whose values, joined by blanks, become the tag `value`.'),
    distinct: z
      .array(z.string())
      .max(10)
      .default([])
      .describe('Named groups whose values, joined by blanks, are counted as different values.'),
  })
  .check(({ value, issues }) => {
    let names: readonly (string | undefined)[];
    try {
      names = compileExpression(value.expression).names;
    } catch (error) {
      issues.push({ code: 'custom', path: ['expression'], message: messageOf(error), input: value.expression });
      return;
    }
    for (const key of ['tags', 'distinct'] as const) {
      value[key].forEach((group, index) => {
        if (names.includes(group)) return;
        const allowed = names.filter((known) => known !== undefined).join(', ') || 'none';
        const message = `the expression has no group named "${group}" (it has: ${allowed})`;
        issues.push({ code: 'custom', path: [key, index], message, input: group });
      });
    }
  });

/** Schema of the options. */
export const ecsOptions = z.strictObject({
  denials: z
    .union([z.string().min(1), z.array(denialRow)])
    .optional()
    .describe(
      'A denial table of your own: path of a .csv or .json file, or a list of rows. Added to the shipped rows.',
    ),
  patterns: z
    .array(pattern)
    .max(50)
    .default([])
    .refine((list) => new Set(list.map((entry) => entry.name)).size === list.length, 'two patterns have the same name')
    .describe('Patterns of your own, counted in ecs_pattern.'),
  newNumbers: z
    .strictObject({
      learningDays: z.int().min(1).max(366).default(7).describe('No number is new before so many days with denials.'),
      forgetDays: z.int().min(1).max(366).default(30).describe('A number not seen for so many days is new again.'),
    })
    .prefault({})
    .describe('When a denial number is new (ecs_denial_new); days without any denial do not count.'),
  businessHours: z
    .strictObject({
      days: z.array(z.int().min(1).max(7)).min(1).max(7).default([1, 2, 3, 4, 5]).describe('1 (Monday) to 7 (Sunday).'),
      fromHour: z.int().min(0).max(23).default(8).describe('First hour, local time of the source.'),
      toHour: z.int().min(1).max(24).default(18).describe('The hour that is none any more.'),
    })
    .refine(({ fromHour, toHour }) => fromHour < toHour, 'fromHour must be before toHour')
    .prefault({})
    .describe('When a silent SIP trunk is a fault (ecs_sip_trunk); all seven days from 0 to 24 means always.'),
  ipEvents: z.array(word).max(40).default([]).describe('More IPEVT sub-events to tell apart; others are `other`.'),
  ipReasons: z.array(word).max(40).default([]).describe('More IPEVT reasons to tell apart; others are `other`.'),
});

/** The options as the schema returns them. */
export type EcsOptions = z.output<typeof ecsOptions>;
