// The key `listen` of a source: where messages come from by network, and who may send them.
import { z } from 'zod';
import { isNetwork, parseListenAddress } from './addresses.ts';

const address = z
  .string()
  .refine((text) => parseListenAddress(text) !== undefined, {
    error: 'allowed is ADDRESS:PORT as in 127.0.0.1:5514, 0.0.0.0:5514 (every interface) or [::1]:5514',
  })
  .describe('ADDRESS:PORT to listen on, as in 127.0.0.1:5514; 0.0.0.0 is every interface');

/** Schema of the key. Paths are made absolute by whoever reads the file. */
export const receiverSchema = z
  .strictObject({
    udp: address.optional().describe('syslog by UDP: ADDRESS:PORT as in 0.0.0.0:5514 (every interface)'),
    tcp: address.optional().describe('syslog by TCP, with octet counting or a line each: ADDRESS:PORT'),
    tls: z
      .strictObject({
        address,
        certificate: z.string().min(1).describe('file with the certificate chain (PEM)'),
        key: z.string().min(1).describe('file with the private key (PEM)'),
        clientCa: z
          .string()
          .min(1)
          .optional()
          .describe('file with the authorities (PEM) whose clients may send; others are refused'),
      })
      .optional()
      .describe('syslog by TLS'),
    allow: z
      .array(z.string().refine(isNetwork, { error: 'allowed is a network as in 10.0.0.0/8 or an address' }))
      .max(10_000)
      .default([])
      .describe('networks that may send; others are counted and dropped; default: everybody'),
    journalMegabytes: z
      .int()
      .min(4)
      .max(1_000_000)
      .default(256)
      .describe('disk space for what was received; the oldest that is counted already goes first'),
    maxMessageBytes: z.int().min(480).max(65_535).default(8192).describe('longer messages are cut and counted'),
  })
  .refine(({ udp, tcp, tls }) => udp !== undefined || tcp !== undefined || tls !== undefined, {
    error: 'at least one of udp, tcp and tls is needed',
  });

/** The key as its schema returns it. */
export type ReceiverValues = z.output<typeof receiverSchema>;
