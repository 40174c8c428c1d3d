// Addresses as people write them, and as the system gives them.
import { expect, test } from 'vitest';
import { addressText, AllowList, isNetwork, parseListenAddress, plainAddress } from '../../src/receivers/addresses.ts';

test.each(['127.0.0.1:5514', '0.0.0.0:0', '[::1]:514', '[2001:db8::7]:65535'])('%s is an address', (text) => {
  const address = parseListenAddress(text);
  expect(address && addressText(address)).toBe(text);
});

test.each([
  '5514',
  'localhost:5514',
  '127.0.0.1',
  '127.0.0.1:',
  '127.0.0.1:65536',
  '::1:514',
  '[127.0.0.1]:1',
  ':5514',
  '1.2.3.4:5x',
])('%s is none', (text) => expect(parseListenAddress(text)).toBeUndefined());

test('the forms of one address are one', () => {
  expect(['::ffff:10.1.2.3', '10.1.2.3', 'fe80::1%eth0', '2001:db8::1'].map(plainAddress)).toEqual([
    '10.1.2.3',
    '10.1.2.3',
    'fe80::1',
    '2001:db8::1',
  ]);
});

test('networks let their own addresses in and no others', () => {
  const list = new AllowList(['10.0.0.0/8', '192.168.7.7', '2001:db8::/32']);
  const allowed = ['10.255.0.1', '192.168.7.7', '2001:db8:1::5'];
  const others = ['11.0.0.1', '192.168.7.8', '2001:db9::1', ''];
  expect(allowed.map((address) => list.allows(address))).toEqual([true, true, true]);
  expect(others.map((address) => list.allows(address))).toEqual([false, false, false, false]);
  expect(new AllowList([]).allows('203.0.113.9')).toBe(true);
});

test.each(['10.0.0.0/33', '10.0.0/8', 'x', '::/129', '10.0.0.0/8/8', ''])('"%s" is no network', (text) => {
  expect(isNetwork(text)).toBe(false);
});
