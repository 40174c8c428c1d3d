// Options of the `influx` output and their schema. Nothing is contacted here.
import { z } from 'zod';

/** A header value: visible ASCII, so that a secret with a stray line feed is refused before it reaches HTTP. */
const secret = z
  .string()
  .min(1, 'must not be empty')
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'must be visible ASCII characters without blanks or line feeds');

const name = z
  .string()
  .min(1, 'must not be empty')
  .max(256)
  .regex(/^[^\u0000-\u001f\u007f]+$/, 'must not have control characters');

const fields = z.strictObject({
  url: z
    .string()
    .superRefine(checkUrl)
    .describe('Address of InfluxDB, for example http://127.0.0.1:8086; may have a path prefix'),
  org: name.optional().describe('Organisation (InfluxDB 2)'),
  bucket: name.optional().describe('Bucket (InfluxDB 2), or database (InfluxDB 3)'),
  token: secret.optional().describe('Token with the right to write the bucket (InfluxDB 2 and 3)'),
  database: name.optional().describe('Database (InfluxDB 1); created when it is missing and the account may do so'),
  username: name
    .regex(/^[^:]+$/, 'must not have a colon')
    .optional()
    .describe('Account (InfluxDB 1 with authentication)'),
  password: z.string().min(1).max(4096).optional().describe('Password of the account'),
  retentionPolicy: name.optional().describe('Retention policy (InfluxDB 1); the default one unless given'),
  timeoutSeconds: z.number().min(0.1).max(600).default(10).describe('Limit for connecting, sending and the answer'),
  gzip: z.boolean().default(false).describe('Compresses requests: worth it over slow lines, costs CPU'),
});

/** Options as the output uses them: exactly one of `bucket` and `database` is set. */
export type InfluxOptions = z.infer<typeof fields>;

/** Schema of the options: `bucket` with `token` for InfluxDB 2 and 3, `database` for InfluxDB 1. */
export const influxOptions = fields.superRefine((options, context) => {
  const refuse = (key: keyof InfluxOptions, message: string): void => {
    context.addIssue({ code: 'custom', path: [key], message });
  };
  if (options.bucket === undefined && options.database === undefined) {
    refuse('bucket', 'missing: give "bucket" (InfluxDB 2 and 3) or "database" (InfluxDB 1)');
  } else if (options.bucket !== undefined && options.database !== undefined) {
    refuse('database', 'give either "bucket" (InfluxDB 2 and 3) or "database" (InfluxDB 1), not both');
  } else if (options.bucket !== undefined) {
    for (const key of ['username', 'password', 'retentionPolicy'] as const) {
      if (options[key] !== undefined) refuse(key, 'belongs to InfluxDB 1: use it with "database", not with "bucket"');
    }
  } else {
    for (const key of ['org', 'token'] as const) {
      if (options[key] !== undefined) refuse(key, 'belongs to InfluxDB 2 and 3: use it with "bucket"');
    }
    if ((options.username === undefined) !== (options.password === undefined)) {
      refuse(options.username === undefined ? 'username' : 'password', 'give "username" and "password" together');
    }
  }
});

function checkUrl(value: string, context: z.RefinementCtx): void {
  const refuse = (message: string): void => {
    context.addIssue({ code: 'custom', message });
  };
  if (!URL.canParse(value)) return refuse('is no address; for example http://127.0.0.1:8086');
  const url = new URL(value);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') refuse('must begin with http:// or https://');
  if (url.username !== '' || url.password !== '')
    refuse('must not hold an account: use "token", or "username" and "password"');
  if (url.search !== '' || url.hash !== '')
    refuse('must not have "?" or "#": give bucket, org and database as options');
  if (/\/api\/v2\/?$|\/write\/?$/.test(url.pathname)) refuse('must be the base address, without /api/v2 or /write');
}
