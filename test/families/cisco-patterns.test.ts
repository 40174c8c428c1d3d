// Texts of messages that are made to keep an expression busy: every code that has one reads them, and only so much of them.
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeApart } from '../../src/families/cisco/grammar/code.ts';
import { eventOf, reasonClass } from '../../src/families/cisco/grammar/events.ts';
import { LineParser } from '../../src/families/cisco/parser.ts';
import * as patterns from '../../src/families/cisco/patterns.ts';

const codes = [
  'LINK-3-UPDOWN',
  'LINEPROTO-5-UPDOWN',
  'ETHPORT-5-IF_DOWN_LINK_FAILURE',
  'FR-5-DLCICHANGE',
  'ISDN-6-LAYER2UP',
  'ISDN-6-CONNECT',
  'ISDN-6-DISCONNECT',
  'OSPF-5-ADJCHG',
  'BGP-5-ADJCHANGE',
  'DUAL-5-NBRCHANGE',
  'CLNS-5-ADJCHANGE',
  'LDP-5-NBRCHG',
  'BFDFSM-6-BFD_SESS_DOWN',
  'BGP-3-NOTIFICATION',
  'HSRP-5-STATECHANGE',
  'TRACK-6-STATE',
  'PM-4-ERR_DISABLE',
  'ENVMON-4-FAN_LOW_RPM',
  'SYS-5-CONFIG_I',
  'SEC_LOGIN-4-LOGIN_FAILED',
  'SEC-6-IPACCESSLOGRL',
  'SYS-3-LOGGER_DROPPED',
].map(takeApart);

/** Beginnings that the expressions ask for, and what their repetitions eat, without the end that they wait for. */
const pieces = [
  'Interface ',
  'Line protocol on Interface ',
  'Layer 2 for Interface ',
  'Process 1, Nbr ',
  'neighbor ',
  'EIGRP-IPv4 1: Neighbor ',
  'ISIS: Adjacency to ',
  'LDP Neighbor ',
  'neigh:',
  'sent to neighbor ',
  'Grp 1 state ',
  ' is now connected to',
  ' disconnected from ',
  ' error detected on ',
  ' vrf ',
  ' by ',
  '[user: ',
  'missed ',
  'dropped: ',
  'a',
  ' ',
  '  ',
  '1',
  '1 ',
  '(',
  ')',
  ',',
  ', ',
  ':',
  '.',
  '-',
  '[',
  ']',
  'Up',
  ' -> ',
];
const nasty = fc
  .tuple(fc.constantFrom(...pieces), fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }))
  .map(([head, parts]) => head + parts.join('').repeat(20_000));

test('a long text costs no more than its beginning, and gives what that gives', () => {
  fc.assert(
    fc.property(fc.constantFrom(...codes), nasty, (code, text) => {
      expect(eventOf(code, text)).toEqual(eventOf(code, text.slice(0, 512)));
      reasonClass(text.slice(0, 200));
    }),
    { numRuns: 500 },
  );
});

test('no expression backs up over what it has read', () => {
  const all = Object.values(patterns).filter((one): one is RegExp => (one as unknown) instanceof RegExp);
  expect(all.length).toBeGreaterThan(15);
  fc.assert(
    fc.property(fc.constantFrom(...all), nasty, (pattern, text) => {
      // Longer than the family ever reads: a power of the length greater than one would not come to an end.
      pattern.test(text);
    }),
    { numRuns: 500 },
  );
});

test('a line without a code that is made to look like output of a switch is read in one go', () => {
  const parser = new LineParser();
  fc.assert(
    fc.property(nasty, (text) => {
      const bytes = Buffer.from(text);
      parser.parse(bytes, 0, bytes.length);
    }),
    { numRuns: 60 },
  );
});
