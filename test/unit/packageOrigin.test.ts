// What a package is built of, as dpkg and rpm write it.

import { describe, expect, test } from '@jest/globals';
import { originOf, packageIn } from '../../adapters/azure/linuxPackages.js';

describe('the origin of a package', () => {
  test.each([
    ['its own source', 'openssl 3.0.13-0ubuntu3.5 amd64 = = (none)', 'openssl', '3.0.13-0ubuntu3.5', null],
    ['another source', 'libssl3t64 3.0.13-0ubuntu3.5 amd64 openssl = (none)', 'openssl', '3.0.13-0ubuntu3.5', null],
    ['a rebuild', 'bash 5.2.15-2+b7 amd64 = 5.2.15-2 (none)', 'bash', '5.2.15-2', null],
    [
      'an rpm',
      'kernel-core 5.14.0-503.el9 x86_64 kernel-5.14.0-503.el9.src.rpm = (none)',
      'kernel',
      '5.14.0-503.el9',
      null,
    ],
    [
      'an epoch',
      'openssl-libs 1:3.2.2-6.el9 x86_64 openssl-3.2.2-6.el9.src.rpm = (none)',
      'openssl',
      '1:3.2.2-6.el9',
      null,
    ],
    [
      'a key of rpm, which has no source',
      'gpg-pubkey fd431d51-4ae0493b (none) (none) = (none)',
      'gpg-pubkey',
      'fd431d51-4ae0493b',
      null,
    ],
    [
      'a stream',
      'ruby 2.7.6-138.el8 x86_64 ruby-2.7.6-138.el8.src.rpm = ruby:2.7:8060020220715:ad008a3a',
      'ruby',
      '2.7.6-138.el8',
      'ruby:2.7',
    ],
  ])('%s', (_, line, source, version, module) => {
    expect(packageIn(line)).toMatchObject({ source: { name: source, version }, module });
  });

  test('is unknown where nobody told it', () => {
    expect(originOf('openssl', '3.0', '', '', '')).toEqual({ source: null, module: null });
  });
});
