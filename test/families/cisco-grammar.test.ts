// The grammar of cisco lines: every header variant, and the lines of edge cases 1 to 10 with exact fields (cisco 3, 25).
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { takeApart } from '../../src/families/cisco/grammar/code.ts';
import { LineParser } from '../../src/families/cisco/parser.ts';
import type { Stamp } from '../../src/families/cisco/grammar/stamp.ts';

function shown(stamp: Stamp): string | undefined {
  if (stamp.kind === 'none') return undefined;
  if (stamp.kind === 'uptime') return `${stamp.isCoarse ? 'about ' : ''}${stamp.uptimeMs / 1000} s`;
  const date = `${stamp.year}-${stamp.month}-${stamp.day} ${stamp.timeOfDayMs / 1000}`;
  const offset = Number.isNaN(stamp.offsetMinutes) ? '' : ` ${stamp.offsetMinutes}`;
  return `${date}${stamp.zone === '' ? '' : ` ${stamp.zone}`}${offset} ${stamp.quality}`;
}

/** What a line says, without the fields that are empty. */
function parse(text: string): Record<string, unknown> {
  const parser = new LineParser({ catos: true });
  const bytes = Buffer.from(`xx${text}yy`);
  const lineClass = parser.parse(bytes, 2, bytes.length - 2);
  const { header } = parser;
  const fields = {
    class: lineClass === 'message' ? undefined : lineClass,
    receipt: shown(header.receipt),
    source: header.source,
    original: header.original,
    origin: header.origin,
    node: header.node,
    process: header.process,
    msgcount: header.msgcount,
    session: header.sessionNumber,
    seq: header.seq,
    stamp: shown(header.stamp),
    code: parser.code?.canonical,
    text: parser.code ? bytes.toString('utf8', parser.textStart, parser.textEnd) : undefined,
  };
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined && value !== ''));
}

const link = { code: 'LINK-3-UPDOWN', text: 'x' };
const nov = '0-11-14 30656.699 ntp';

test.each<[string, string, Record<string, unknown>]>([
  [
    'H1',
    'Sep  1 08:51:13 10.1.4.2 1739: 3:40:21: %FR-5-DLCICHANGE: x',
    {
      receipt: '0-9-1 31873 ntp',
      source: '10.1.4.2',
      msgcount: 1739,
      stamp: '13221 s',
      code: 'FR-5-DLCICHANGE',
      text: 'x',
    },
  ],
  [
    'H2',
    'Sep  1 18:15:41 10.1.4.2 310: %LINEPROTO-5-UPDOWN: x',
    { receipt: '0-9-1 65741 ntp', source: '10.1.4.2', msgcount: 310, code: 'LINEPROTO-5-UPDOWN', text: 'x' },
  ],
  ['H3', '<189>521: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x', { msgcount: 521, stamp: nov, ...link }],
  [
    'H4',
    '<189>521: *Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { msgcount: 521, stamp: '0-11-14 30656.699 unset', ...link },
  ],
  [
    'H4 with a dot',
    '<189>521: .Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { msgcount: 521, stamp: '0-11-14 30656.699 stale', ...link },
  ],
  [
    'H5',
    '<189>521: rtr7: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { msgcount: 521, origin: 'rtr7', stamp: nov, ...link },
  ],
  [
    'H6',
    '<189>521: rtr7: 000514: Nov 14 2024 08:30:56.699 UTC: %LINK-3-UPDOWN: x',
    { msgcount: 521, origin: 'rtr7', seq: 514, stamp: '2024-11-14 30656.699 UTC ntp', ...link },
  ],
  ['H7', '<189>521: 514: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x', { msgcount: 521, seq: 514, stamp: nov, ...link }],
  ['H8', '<189>rtr7: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x', { origin: 'rtr7', stamp: nov, ...link }],
  ['H9', '<189>: rtr7: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x', { origin: 'rtr7', stamp: nov, ...link }],
  [
    'H9 with the year first',
    '<189>: 2024 Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { stamp: '2024-11-14 30656.699 ntp', ...link },
  ],
  [
    'H10',
    '<189>: rtr7: 115649: Jan 23 14:54:28.511 CET: %LINK-3-UPDOWN: x',
    { origin: 'rtr7', seq: 115649, stamp: '0-1-23 53668.511 CET ntp', ...link },
  ],
  [
    'H11',
    '<187>165: [syslog@9 s_sn="84" s_id="sw1:514"]: 000161: *Jan  2 00:20:41: %LINK-3-UPDOWN: x',
    { msgcount: 165, session: 84, seq: 161, stamp: '0-1-2 1241 unset', ...link },
  ],
  [
    'H12',
    '<187>Sep  1 08:51:13 10.1.4.2 521: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { receipt: '0-9-1 31873 ntp', source: '10.1.4.2', msgcount: 521, stamp: nov, ...link },
  ],
  [
    'H13',
    'Sep  1 08:51:13 10.1.4.2 <187>521: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { receipt: '0-9-1 31873 ntp', source: '10.1.4.2', msgcount: 521, stamp: nov, ...link },
  ],
  [
    'H14',
    '2024-11-14T08:30:56.2+01:00 10.1.4.2 521: rtr7: *Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    {
      receipt: '2024-11-14 30656.2 60 ntp',
      source: '10.1.4.2',
      msgcount: 521,
      origin: 'rtr7',
      stamp: '0-11-14 30656.699 unset',
      ...link,
    },
  ],
  [
    'H15',
    '<189>2024-10-11T10:15:31.208321-05:00 rtr7 %LINK-3-UPDOWN: x',
    { receipt: '2024-10-11 36931.208 -300 ntp', source: 'rtr7', stamp: '2024-10-11 36931.208 -300 ntp', ...link },
  ],
  [
    'H16',
    '<189>1 2024-10-11T10:15:31.2Z rtr7 - - - - %LINK-3-UPDOWN: x',
    { origin: 'rtr7', stamp: '2024-10-11 36931.2 0 ntp', ...link },
  ],
  [
    'H16 with three letters',
    '<189>1 2024-10-11T10:15:31.2Z - - - - - BOM%LINK-3-UPDOWN: x',
    { stamp: '2024-10-11 36931.2 0 ntp', ...link },
  ],
  [
    'H17',
    '<187>9430: gw2 LC/0/2/CPU0:Jul  7 20:16:14.834 : ifmgr[214]: %PKT_INFRA-LINK-3-UPDOWN : x',
    {
      msgcount: 9430,
      origin: 'gw2',
      node: 'LC/0/2/CPU0',
      process: 'ifmgr[214]',
      stamp: '0-7-7 72974.834 ntp',
      code: 'PKT_INFRA-LINK-3-UPDOWN',
      text: 'x',
    },
  ],
  [
    'H18',
    '<189>-1504483602: RP/0/RSP0/CPU0:Nov  1 08:30:56 : ifmgr[214]: %LINK-3-UPDOWN : x',
    { msgcount: -1504483602, node: 'RP/0/RSP0/CPU0', process: 'ifmgr[214]', stamp: '0-11-1 30656 ntp', ...link },
  ],
  [
    'H19',
    '<190>1665052: iro01 RP/0/RSP0/CPU0:2020 Dec 23 10:42:37 UTC: config[65820]: %MGBL-SYS-5-CONFIG_I : x',
    {
      msgcount: 1665052,
      origin: 'iro01',
      node: 'RP/0/RSP0/CPU0',
      process: 'config[65820]',
      stamp: '2020-12-23 38557 UTC ntp',
      code: 'MGBL-SYS-5-CONFIG_I',
      text: 'x',
    },
  ],
  [
    'H20',
    '2024 May  1 22:58:09 sw1 %ETHPORT-5-IF_UP: x',
    { receipt: '2024-5-1 82689 ntp', source: 'sw1', stamp: '2024-5-1 82689 ntp', code: 'ETHPORT-5-IF_UP', text: 'x' },
  ],
  [
    'H21',
    '<189>sw1: 2024 Apr 26 09:08:48 UTC: %ETHPORT-5-IF_UP: x',
    { origin: 'sw1', stamp: '2024-4-26 32928 UTC ntp', code: 'ETHPORT-5-IF_UP', text: 'x' },
  ],
  [
    'H21 with a receipt',
    '<189>May  2 15:21:27 sw1 : 2024 May  2 15:21:27.206 UTC: %ETHPORT-5-IF_UP: x',
    {
      receipt: '0-5-2 55287 ntp',
      source: 'sw1',
      stamp: '2024-5-2 55287.206 UTC ntp',
      code: 'ETHPORT-5-IF_UP',
      text: 'x',
    },
  ],
  [
    'H22',
    '<166>Jul 01 2024 12:00:00 fw1 : %ASA-6-302013: x',
    { receipt: '2024-7-1 43200 ntp', source: 'fw1', stamp: '2024-7-1 43200 ntp', code: 'ASA-6-302013', text: 'x' },
  ],
  [
    'H22 without a host',
    '<166>:Jul 01 12:00:00 UTC: %ASA-6-302013: x',
    { stamp: '0-7-1 43200 UTC ntp', code: 'ASA-6-302013', text: 'x' },
  ],
  [
    'H23',
    '<190>Original Address=10.1.4.2 1 2025-06-23T16:13:32Z rtr9 - - - - %LINK-3-UPDOWN: x',
    { original: '10.1.4.2', origin: 'rtr9', stamp: '2025-6-23 58412 0 ntp', ...link },
  ],
  ['H24', '20w2d: %LINK-3-UPDOWN: x', { stamp: 'about 12268800 s', ...link }],
  ['H24 fine', 'rtr7: 00:01:01: %LINK-3-UPDOWN: x', { origin: 'rtr7', stamp: '61 s', ...link }],
  ['H25', 'DTP-1-ILGLCFG: x', { code: 'DTP-1-ILGLCFG', text: 'x' }],
  ['edge 1, a cut stamp', '7:04: %LINEPROTO-5-UPDOWN: x', { code: 'LINEPROTO-5-UPDOWN', text: 'x' }],
  [
    'edge 3, equal counters',
    '<189>521: 521: Nov 14 08:30:56.699: %LINK-3-UPDOWN: x',
    { msgcount: 521, seq: 521, stamp: nov, ...link },
  ],
  [
    'edge 4, an IPv6 origin',
    '<190>3132783: 2a02:db8::: 3132779: Jul 14 2023 08:00:00: %LINK-3-UPDOWN: x',
    { msgcount: 3132783, origin: '2a02:db8::', seq: 3132779, stamp: '2023-7-14 28800 ntp', ...link },
  ],
  [
    'edge 5, a host that starts with a digit',
    '<190>2switch 3132779: Jul 14 08:00:00: %LINK-3-UPDOWN: x',
    { origin: '2switch', seq: 3132779, stamp: '0-7-14 28800 ntp', ...link },
  ],
  [
    'edge 6, a task name',
    '<179>wlc1: *Dot1x_NW_MsgTask_0: Feb 18 13:04:15.123: %LINK-3-UPDOWN: x',
    { origin: 'wlc1', process: '*Dot1x_NW_MsgTask_0', stamp: '0-2-18 47055.123 ntp', ...link },
  ],
  [
    'edge 7, a blank before the colon',
    '<187>: 2025 Sep 25 08:49:23 UTC : %LOG_LOCAL7-3-SYSTEM_MSG: x',
    { stamp: '2025-9-25 31763 UTC ntp', code: 'LOG_LOCAL7-3-SYSTEM_MSG', text: 'x' },
  ],
  [
    'edge 8, a wrapped message',
    '101: May  9 12:00:01: %IOSXE-6-PLATFORM: R0/0: cpp_cp: x %FW-6-DROP_PKT: y',
    { msgcount: 101, stamp: '0-5-9 43201 ntp', code: 'FW-6-DROP_PKT', text: 'y' },
  ],
  [
    'edge 9, a code that is only mentioned',
    '%LLDP-3-DETECT_MULTIPLE_PEERS: %EARL-SW2_DFC1-1-FOO: y',
    { code: 'LLDP-3-DETECT_MULTIPLE_PEERS', text: '%EARL-SW2_DFC1-1-FOO: y' },
  ],
  [
    'edge 10, a letter for the severity',
    '<189>%IPADTBL-N-IPDUPLICATE: x',
    { code: 'IPADTBL-5-IPDUPLICATE', text: 'x' },
  ],
  [
    'a 12-hour clock and a zone in figures',
    '<189>521: Nov 14 2024 08:30:56 PM UTC+07:30: %LINK-3-UPDOWN: x',
    { msgcount: 521, stamp: '2024-11-14 73856 UTC+07:30 450 ntp', ...link },
  ],
  [
    'no colon after the code',
    '<189>%LOG_LOCAL0-2-SYSTEM_MSG [F0110]',
    { code: 'LOG_LOCAL0-2-SYSTEM_MSG', text: '[F0110]' },
  ],
  [
    'a repetition',
    'Sep  1 08:51:13 10.1.4.2 last message repeated 3 times',
    { class: 'repeat', receipt: '0-9-1 31873 ntp', source: '10.1.4.2' },
  ],
  ['a mark', 'Sep  1 08:51:13 noc -- MARK --', { class: 'mark', receipt: '0-9-1 31873 ntp', source: 'noc' }],
  [
    'a traceback',
    'Sep  1 08:51:13 rtr7 -Traceback= 1 2',
    { class: 'traceback', receipt: '0-9-1 31873 ntp', source: 'rtr7' },
  ],
  ['a banner line of its own', '<189>28: Cisco IOS Software, C2960C Software', { class: 'numbered', msgcount: 28 }],
  [
    'output that somebody switched on',
    'Sep  1 08:51:13 10.1.4.2 NTP Core (NOTICE): clock',
    { class: 'debug', receipt: '0-9-1 31873 ntp', source: '10.1.4.2' },
  ],
  ['a comment', '# from the archive', { class: 'comment' }],
  ['anything else', 'nonsense', { class: 'unparsed' }],
])('%s', (_, text, expected) => {
  expect(parse(text)).toEqual(expected);
});

test('parts of a chassis or stack do not belong to the code, parts of the system do', () => {
  expect(takeApart('SYS-SW1-5-CONFIG_I')).toMatchObject({ key: 'SYS-CONFIG_I', severity: 5, sub: [] });
  expect(takeApart('LINK-SW2_STBY-3-UPDOWN').key).toBe('LINK-UPDOWN');
  expect(takeApart('ROUTING-OSPFv3-5-HA_NOTICE')).toMatchObject({ key: 'ROUTING-OSPFv3-HA_NOTICE', sub: ['OSPFv3'] });
});

test('what follows a restart belongs to it', () => {
  const parser = new LineParser();
  const classes = [
    '1: Nov 14 08:30:56: %SYS-5-RESTART: System restarted --',
    'Cisco IOS Software, C2960',
    'more',
    '5: Nov 14 08:30:57: %SYS-5-CONFIG_I: x',
    ' of it',
    'y',
  ];
  expect(
    classes.map((text) => {
      const bytes = Buffer.from(text);
      return parser.parse(bytes, 0, bytes.length);
    }),
  ).toEqual(['message', 'banner', 'banner', 'message', 'continuation', 'unparsed']);
});

test('no bytes are too strange, and a long line costs no more than its length', () => {
  const parser = new LineParser({ catos: true });
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      parser.parse(Buffer.from(bytes), 0, bytes.length);
    }),
  );
  const pieces = ['%', '%A-', '<1', '[x="', '1:', ' : ', 'a:', '*', '%A-1-', '2024 ', 'Nov ', ': ', '1:02:', '-', '0/'];
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...pieces), { minLength: 1, maxLength: 4 }), (parts) => {
      const bytes = Buffer.from(parts.join('').repeat(20_000));
      parser.parse(bytes, 0, bytes.length);
    }),
    { numRuns: 30 },
  );
});
