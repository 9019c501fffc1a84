// Which addresses a request may reach, and that the address which was checked is the one connected to.

import { expect, test } from '@jest/globals';
import type { LookupAddress } from 'node:dns';
import { createServer, request } from 'node:http';
import {
  AddressRefused,
  checkLiteralHost,
  guardedLookup,
  isLoopbackAddress,
  isPrivateAddress,
} from '../../../adapters/network/addresses.js';

test.each([
  ['10.1.2.3', 'private'],
  ['172.16.0.1', 'private'],
  ['172.31.255.255', 'private'],
  ['172.32.0.1', 'public'],
  ['192.168.1.1', 'private'],
  ['192.167.255.255', 'public'],
  ['127.0.0.1', 'private'],
  ['127.8.8.8', 'private'],
  ['169.254.169.254', 'private'],
  ['168.63.129.16', 'private'],
  ['100.64.0.1', 'private'],
  ['100.127.255.255', 'private'],
  ['100.128.0.1', 'public'],
  ['0.0.0.0', 'private'],
  ['224.0.0.1', 'private'],
  ['255.255.255.255', 'private'],
  ['198.18.0.1', 'private'],
  ['203.0.113.9', 'private'],
  ['8.8.8.8', 'public'],
  ['20.50.2.1', 'public'],
  ['::', 'private'],
  ['::1', 'private'],
  ['fe80::1', 'private'],
  ['fe80::1%eth0', 'private'],
  ['fc00::1', 'private'],
  ['fd12:3456::1', 'private'],
  ['ff02::1', 'private'],
  ['fec0::1', 'private'],
  ['::ffff:10.0.0.1', 'private'],
  ['::ffff:a9fe:a9fe', 'private'],
  ['::ffff:8.8.8.8', 'public'],
  ['::127.0.0.1', 'private'],
  ['64:ff9b::10.0.0.1', 'private'],
  ['64:ff9b::0.0.0.1', 'private'],
  ['64:ff9b::8.8.8.8', 'public'],
  ['64:ff9b:1::8.8.8.8', 'private'],
  ['2001::1', 'private'],
  ['2001:db8::1', 'private'],
  ['2002:7f00:1::', 'private'],
  ['2603:1030::1', 'public'],
  ['2001:4860:4860::8888', 'public'],
  ['', 'private'],
  ['example.org', 'private'],
  ['127.1', 'private'],
])('%s is %s', (address, expected) => {
  expect(isPrivateAddress(address)).toBe(expected === 'private');
});

test.each([
  ['127.0.0.1', true],
  ['127.9.0.1', true],
  ['::1', true],
  ['0:0:0:0:0:0:0:1', true],
  ['::ffff:127.0.0.1', true],
  ['10.0.0.1', false],
  ['::', false],
  ['localhost', false],
])('%s is loopback: %s', (address, expected) => {
  expect(isLoopbackAddress(address)).toBe(expected);
});

test.each([
  'http://127.0.0.1/',
  'http://2130706433/',
  'http://0x7f.1/',
  'http://[::ffff:7f00:1]/',
  'http://169.254.169.254/',
])('%s is refused before any connection, however it is written', (url) => {
  expect(() => checkLiteralHost(new URL(url).hostname, { allowPrivate: false })).toThrow(AddressRefused);
  expect(() => checkLiteralHost(new URL(url).hostname, { allowPrivate: true })).not.toThrow();
});

function answering(...addresses: string[]) {
  let asked = 0;
  const resolve = (_name: string, _options: unknown, done: (failure: null, all: LookupAddress[]) => void) => {
    // The second question gets another answer: what rebinding does.
    const answer = asked === 0 ? addresses : ['127.0.0.1'];
    asked += 1;
    done(
      null,
      answer.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return { resolve, asked: () => asked };
}

async function lookedUp(options: { all?: boolean }, allowPrivate: boolean, ...addresses: string[]): Promise<unknown> {
  const lookup = guardedLookup({ allowPrivate }, answering(...addresses).resolve);
  return new Promise((resolve) => {
    lookup('hooks.example', options, (failure, address, family) => resolve(failure ?? { address, family }));
  });
}

test('a name is refused when any of its addresses is private', async () => {
  expect(await lookedUp({}, false, '8.8.8.8')).toEqual({ address: '8.8.8.8', family: 4 });
  expect(await lookedUp({ all: true }, false, '8.8.8.8', '2603:1030::1')).toMatchObject({
    address: [{ address: '8.8.8.8' }, { address: '2603:1030::1' }],
  });
  expect(await lookedUp({}, false, '8.8.8.8', '10.0.0.1')).toBeInstanceOf(AddressRefused);
  expect(await lookedUp({ all: true }, false, '::ffff:169.254.169.254')).toBeInstanceOf(AddressRefused);
  expect(await lookedUp({}, true, '10.0.0.1')).toEqual({ address: '10.0.0.1', family: 4 });
  expect(await lookedUp({}, true)).toMatchObject({ message: 'hooks.example has no address' });
});

test('the name is asked once, and the request connects to that answer', async () => {
  const server = createServer((_request, response) => response.end('here'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  const names = answering('127.0.0.1');
  const ask = (allowPrivate: boolean) =>
    new Promise<string>((resolve) => {
      const lookup = guardedLookup({ allowPrivate }, names.resolve);
      request({ host: 'hooks.example', port, lookup, agent: false }, (response) => resolve(`${response.statusCode}`))
        .on('error', (failure) => resolve(failure.name))
        .end();
    });
  expect(await ask(true)).toBe('200');
  expect(names.asked()).toBe(1);
  expect(await ask(false)).toBe('AddressRefused');
  await new Promise((resolve) => server.close(resolve));
});
