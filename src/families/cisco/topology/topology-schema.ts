// The shape of a topology file (cisco 8). What parts mean for each other is checked in topology.ts.
import { z } from 'zod';
import { isZone } from '../../../model/zone.ts';

const name = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.:-]{0,99}$/, 'use letters, digits, "_", ".", ":" and "-", at most 100');
const seconds = z.number().min(0).max(31_536_000);
const zone = z.string().refine(isZone, 'is no IANA time zone such as Europe/Brussels or UTC');
const clock = z.string().regex(/^(?:[01]\d|2[0-3]):[0-5]\d$/, 'write a time of day as HH:MM');
const address = z.string().min(2).max(64);
const linkTypes = ['leased-line', 'frame-relay-pvc', 'isdn-dial', 'ethernet-p2p', 'tunnel'] as const;

const end = z.strictObject({
  device: z.union([name, z.array(name).min(1).max(50)]),
  interface: z.string().min(1).max(80),
  parent: z.string().min(1).max(80).optional(),
  dlci: z.int().min(0).max(65_535).optional(),
  peer_names: z.array(z.string().min(1).max(100)).max(20).default([]),
  numbers: z.array(z.string().min(1).max(40)).max(20).default([]),
});

/** The whole file. */
export const topologySchema = z.strictObject({
  version: z.literal(1),
  timezone: zone.default('UTC'),
  zone_map: z.record(z.string(), zone).default({}),
  defaults: z
    .strictObject({
      drop_seconds: seconds.default(30),
      try_seconds: seconds.default(60),
      hint_guard_seconds: seconds.default(30),
      dial_delay_seconds: seconds.default(5),
      idle_call_seconds: seconds.default(900),
      reboot_loss_point: z.enum(['last_seen', 'midpoint', 'first_seen']).default('last_seen'),
    })
    .prefault({}),
  devices: z
    .array(
      z.strictObject({
        name,
        aliases: z.array(name).max(50).default([]),
        role: z.enum(['hub', 'spoke', 'other']).default('other'),
        log_path: z.enum(['local', 'remote']).default('remote'),
        min_boot_seconds: seconds.optional(),
        timezone: zone.optional(),
        addresses: z
          .array(
            z.strictObject({
              ip: address,
              via: z.enum(['link', 'loopback', 'lan']),
              link: name.optional(),
            }),
          )
          .max(200)
          .default([]),
      }),
    )
    .max(20_000)
    .default([]),
  links: z
    .array(
      z.strictObject({
        id: name,
        type: z.enum(linkTypes),
        label: z.string().min(1).max(40).optional(),
        trunk: name.optional(),
        a: end,
        b: end.optional(),
        adjacency: z
          .strictObject({
            protocol: z.enum(['ospf', 'ospfv3', 'bgp', 'eigrp', 'isis', 'ldp', 'bfd']),
            neighbor_a: z.string().max(64).optional(),
            neighbor_b: z.string().max(64).optional(),
            vrf: z.string().max(64).optional(),
          })
          .optional(),
      }),
    )
    .max(50_000)
    .default([]),
  services: z
    .array(
      z.strictObject({
        id: name,
        site: name.optional(),
        primary: name,
        backup: name.optional(),
        backup_mode: z.enum(['dial', 'permanent', 'none']).optional(),
        drop_seconds: seconds.optional(),
        try_seconds: seconds.optional(),
        test_window: z.strictObject({ from: clock, to: clock, max_seconds: seconds.default(180) }).optional(),
        expected_callers: z.array(z.string().min(1).max(40)).max(50).default([]),
      }),
    )
    .max(20_000)
    .default([]),
  trunks: z
    .array(
      z.strictObject({
        id: name,
        kind: z.enum(['frame-relay', 'isdn-pri', 'ethernet']),
        device: name,
        interface: z.string().min(1).max(80),
      }),
    )
    .max(1000)
    .default([]),
});

/** A topology as written, with defaults filled in. */
export type WrittenTopology = z.output<typeof topologySchema>;
