// What the evaluation of alerts remembers over restarts, as JSON: states that are not normal, silences, and what was
// told. Bounded by the alerts there are.
import { z } from 'zod';
import type { JsonValue } from '../../model/family.ts';
import type { ActiveAlert } from './active-alert.ts';
import type { Instance, RuleState } from './instances.ts';
import type { Told } from './notifier.ts';
import type { Silence } from './silences.ts';

/** Everything that is kept. */
export interface Saved {
  readonly rules: ReadonlyMap<string, RuleState>;
  readonly silences: readonly Silence[];
  readonly told: readonly Told[];
  /** Alerts that are over and that not everybody was told of. */
  readonly untold: readonly ActiveAlert[];
}

/** What a first start has. */
export const nothingSaved: Saved = { rules: new Map(), silences: [], told: [], untold: [] };

const version = 1;
const texts = z.record(z.string(), z.string());
const numbers = z.record(z.string(), z.number());

const instance = z.object({
  kind: z.enum(['tags', 'nodata', 'error']),
  key: z.string(),
  tags: texts,
  state: z.enum(['normal', 'pending', 'firing']),
  sinceMs: z.number(),
  seenMs: z.number(),
  value: z.number().nullable(),
  values: numbers,
  reason: z.string(),
});

const schema = z.object({
  version: z.literal(version),
  rules: z.record(z.string(), z.object({ evaluatedMs: z.number(), instances: z.array(instance) })),
  silences: z.array(
    z.object({
      id: z.string(),
      ruleUid: z.string(),
      labels: texts,
      startsMs: z.number(),
      endsMs: z.number(),
      comment: z.string(),
    }),
  ),
  told: z.array(
    z.object({
      target: z.string(),
      groupKey: z.string(),
      firing: z.array(z.string()),
      resolved: z.array(z.string()),
      atMs: z.number(),
      untilMs: z.number(),
    }),
  ),
  untold: z.array(
    z.object({
      ruleUid: z.string(),
      fingerprint: z.string(),
      labels: texts,
      annotations: texts,
      startsMs: z.number(),
      endsMs: z.number(),
      values: numbers,
      valueString: z.string(),
      dashboard: z.string(),
      panel: z.number(),
    }),
  ),
});

/** As JSON; `restored` takes it back. */
export function saved({ rules, silences, told, untold }: Saved): JsonValue {
  const states = [...rules].flatMap(([uid, { instances, evaluatedMs }]) =>
    evaluatedMs === undefined
      ? []
      : [[uid, { evaluatedMs, instances: [...instances].map(([key, one]) => instanceJson(key, one)) }] as const],
  );
  // Alerts that are over have an end; JSON knows no undefined.
  const ended = untold.flatMap(({ endsMs, ...alert }) => (endsMs === undefined ? [] : [{ ...alert, endsMs }]));
  return { version, rules: Object.fromEntries(states), silences, told, untold: ended } as unknown as JsonValue;
}

function instanceJson(key: string, { value, ...one }: Instance): object {
  return { ...one, key, value: value !== undefined && Number.isFinite(value) ? value : null };
}

/** What was saved; throws when it cannot be understood. */
export function restored(json: unknown): Saved {
  const { rules, silences, told, untold } = schema.parse(json);
  return {
    rules: new Map(
      Object.entries(rules).map(([uid, { evaluatedMs, instances }]) => [
        uid,
        {
          evaluatedMs,
          left: 0,
          instances: new Map(instances.map(({ key, value, ...one }) => [key, { ...one, value: value ?? undefined }])),
        },
      ]),
    ),
    silences,
    told,
    untold,
  };
}
