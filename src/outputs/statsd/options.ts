// Options of the `statsd` output and their schema.
import { z } from 'zod';

/** Schema of the options. */
export const statsdOptions = z.strictObject({
  host: z
    .string()
    .regex(/^[A-Za-z0-9._:-]{1,253}$/, 'must be a host name or an IP address')
    .default('127.0.0.1')
    .describe('Name or address of the StatsD server'),
  port: z.number().int().min(1).max(65535).default(8125).describe('Port of the StatsD server'),
  protocol: z.enum(['udp', 'tcp']).default('udp').describe('TCP tells when the server is away; UDP cannot'),
  flavour: z
    .enum(['plain', 'telegraf', 'datadog'])
    .default('plain')
    .describe('plain: tags in the name; telegraf: name,tag=value; datadog: |#tag:value'),
  prefix: z
    .string()
    .regex(/^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/, 'must be words of letters, digits, "_" and "-", joined by dots')
    .max(100)
    .default('switchboard')
    .describe('First part of every name'),
  atMostOnce: z
    .boolean()
    .default(true)
    .describe('true: a batch is never sent twice, and may be lost in a crash; false: the other way round'),
  packetsPerSecond: z.number().int().min(1).max(100_000).default(1000).describe('Limit of the pace'),
  timeoutSeconds: z.number().min(0.1).max(600).default(10).describe('Limit for looking up the name and for one packet'),
});

/** Options as the output uses them. */
export type StatsdOptions = z.infer<typeof statsdOptions>;
