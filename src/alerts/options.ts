// The sections `listen` and `alerts` of the configuration: where the alert receiver listens, who may send, and whom it
// and the evaluation in process tell.
import { z } from 'zod';
import { isZone } from '../model/zone.ts';

/** A secret that goes into an HTTP header. */
const headerSecret = z
  .string()
  .min(8, 'allowed is a secret of at least 8 characters')
  .max(4096)
  .regex(/^[\x21-\x7e]+$/, 'allowed are visible ASCII characters without blanks');

const headerName = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9-]{0,99}$/)
  .describe('a header name of letters, digits and -');

/** An address that can stand in a header and in an SMTP command as it is. */
const mailAddress = z
  .string()
  .max(254)
  .regex(/^[A-Za-z0-9.!#$%&'*+/=?^_{|}~-]{1,64}@[A-Za-z0-9][A-Za-z0-9.-]{0,190}$/)
  .describe('a mail address as in noc@example.org');

const url = z.string().max(2048).superRefine(checkUrl);

/** What every way of forwarding has. */
const common = {
  name: z
    .string()
    .regex(/^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$/)
    .optional()
    .describe('a name of letters, digits, . _ and -; default: the type'),
  severities: z.array(z.string().min(1).max(256)).min(1).optional().describe('only alerts of these; default: all'),
  resolved: z.boolean().default(true).describe('also tell when an alert is resolved'),
  timeoutSeconds: z.int().min(1).max(600).default(30).describe('limit of one attempt'),
  giveUpAfterMinutes: z
    .int()
    .min(0)
    .max(100_000)
    .default(60)
    .describe('an older alert that fails again becomes a dead letter; until then it is tried again'),
};

const commandTarget = z.strictObject({
  type: z.literal('command'),
  ...common,
  command: z
    .array(
      z
        .string()
        .max(4096)
        .regex(/^[^\0]*$/, 'must not have NUL characters'),
    )
    .min(1)
    .max(100)
    .refine(([program]) => program !== '', 'the first one is the program and must not be empty')
    .describe('program and arguments, run without a shell; the alert comes as JSON on standard input'),
});

const webhookParts = {
  type: z.literal('webhook'),
  ...common,
  url: url.describe('address that gets a POST'),
  token: headerSecret.optional().describe('sent as bearer token'),
};

const webhookTarget = z.strictObject({
  ...webhookParts,
  format: z
    .enum(['alert', 'slack'])
    .default('alert')
    .describe('alert: our JSON; slack: a text for an incoming webhook'),
});

/** What evaluates alerts knows their groups, so it can send what Grafana would. */
const groupWebhookTarget = z.strictObject({
  ...webhookParts,
  format: z
    .enum(['grafana', 'alert', 'slack'])
    .default('grafana')
    .describe("grafana: groups of alerts as Grafana's webhook sends them; alert: our JSON, one by one; slack: a text"),
});

const smtpTarget = z
  .strictObject({
    type: z.literal('smtp'),
    ...common,
    host: z
      .string()
      .regex(/^[A-Za-z0-9.:_-]{1,253}$/)
      .describe('a host name or address'),
    port: z.int().min(1).max(65_535).optional().describe('default: 587 with starttls, 465 with tls, 25 with none'),
    security: z
      .enum(['starttls', 'tls', 'none'])
      .default('starttls')
      .describe('starttls and tls never go on without encryption'),
    username: z.string().min(1).max(256).optional().describe('account'),
    password: z.string().min(1).max(4096).optional().describe('password of the account'),
    from: mailAddress,
    to: z.array(mailAddress).min(1).max(100),
  })
  .superRefine(({ username, password, security }, context) => {
    if ((username === undefined) !== (password === undefined)) {
      const missing = username === undefined ? 'username' : 'password';
      context.addIssue({ code: 'custom', path: [missing], message: 'give "username" and "password" together' });
    }
    if (password !== undefined && security === 'none') {
      const message = 'a password is never sent without encryption; use starttls or tls';
      context.addIssue({ code: 'custom', path: ['security'], message });
    }
  });

/** The section `listen`. */
export const listenSchema = z
  .strictObject({
    host: z.string().min(1).max(253).default('127.0.0.1').describe('address to listen on'),
    port: z.int().min(0).max(65_535).default(9095).describe('0: any free port, shown at start'),
    token: headerSecret.optional().describe('bearer token that Grafana sends'),
    username: z
      .string()
      .min(1)
      .max(256)
      .regex(/^[^:\u0000-\u001f\u007f]+$/, 'must not have a colon or control characters')
      .optional()
      .describe('account that Grafana sends (Basic), in place of a token'),
    password: z.string().min(8).max(4096).optional().describe('password of that account'),
    hmac: z
      .strictObject({
        secret: z.string().min(8).max(4096).describe('the secret that Grafana signs with'),
        header: headerName.default('X-Grafana-Alerting-Signature').describe('header with the signature'),
        timestampHeader: headerName.optional().describe('header with the time; as in the contact point'),
      })
      .optional()
      .describe('signature of Grafana 12 and later, asked for besides token or account where both are given'),
    timezone: z
      .string()
      .refine(isZone, { error: 'allowed is an IANA time zone such as Europe/Berlin, America/New_York or UTC' })
      .optional()
      .describe('IANA name of the zone in which hours of the day are counted; default: the zone of this machine'),
    outputs: z.array(z.string()).min(1).optional().describe('names of the outputs to write to; default: all'),
    forward: z
      .array(z.discriminatedUnion('type', [commandTarget, webhookTarget, smtpTarget]))
      .max(50)
      .default([])
      .describe('who else is told of alerts'),
  })
  .superRefine(({ token, username, password, hmac, forward }, context) => {
    const refuse = (path: readonly (string | number)[], message: string): void => {
      context.addIssue({ code: 'custom', path: [...path], message });
    };
    if ((username === undefined) !== (password === undefined)) {
      refuse([username === undefined ? 'username' : 'password'], 'give "username" and "password" together');
    }
    if (token !== undefined && username !== undefined) refuse(['username'], 'give a token or an account, not both');
    if (token === undefined && username === undefined && hmac === undefined) {
      refuse(['token'], 'missing: give "token", "username" and "password", or "hmac", so that not everybody can send');
    }
    refuseSameNames(forward, refuse);
  });

/** The section `alerts`: rules that are evaluated in this process (`up`). */
export const alertsSchema = z
  .strictObject({
    enabled: z.boolean().default(true).describe('"up" evaluates the alert rules on its embedded store'),
    externalUrl: url
      .optional()
      .describe('address of the live page as others reach it, for links in messages; default: where it listens'),
    outputs: z.array(z.string()).min(1).optional().describe('outputs that get the history of alerts; default: all'),
    forward: z
      .array(z.discriminatedUnion('type', [commandTarget, groupWebhookTarget, smtpTarget]))
      .max(50)
      .default([])
      .describe('who is told of alerts'),
  })
  .superRefine(({ forward }, context) => {
    refuseSameNames(forward, (path, message) => context.addIssue({ code: 'custom', path: [...path], message }));
  });

function refuseSameNames(
  forward: readonly { readonly name?: string | undefined; readonly type: string }[],
  refuse: (path: readonly (string | number)[], message: string) => void,
): void {
  const names = new Set<string>();
  for (const [index, target] of forward.entries()) {
    const name = forwardName(target);
    if (names.has(name)) refuse(['forward', index, 'name'], `"${name}" is there already; give each a name of its own`);
    names.add(name);
  }
}

/** The section `alerts` as its schema returns it. */
export type AlertsOptions = z.output<typeof alertsSchema>;
/** A webhook that gets groups of alerts as Grafana sends them. */
export type GroupWebhook = Extract<AlertsOptions['forward'][number], { readonly type: 'webhook' }>;

/** The section as its schema returns it. */
export type ListenOptions = z.output<typeof listenSchema>;
/** One way of forwarding. */
export type ForwardOptions = ListenOptions['forward'][number];
/** The options of one kind of forwarding. */
export type ForwardOf<T extends ForwardOptions['type']> = Extract<ForwardOptions, { readonly type: T }>;

/** The name of a way of forwarding in logs and metrics. */
export function forwardName({ name, type }: { readonly name?: string | undefined; readonly type: string }): string {
  return name ?? type;
}

/** Keys of `listen` that hold secrets, and those of each entry of `forward`, also of `alerts`. */
export const listenSecrets = {
  own: [['token'], ['password'], ['hmac', 'secret']],
  forward: ['token', 'password'],
} as const;

function checkUrl(value: string, context: z.RefinementCtx): void {
  const refuse = (message: string): void => {
    context.addIssue({ code: 'custom', message });
  };
  if (!URL.canParse(value)) return refuse('is no address; for example https://tickets.example.org/alerts');
  const { protocol, username, password } = new URL(value);
  if (protocol !== 'http:' && protocol !== 'https:') refuse('must begin with http:// or https://');
  if (username !== '' || password !== '') refuse('must not hold an account; use "token"');
}
