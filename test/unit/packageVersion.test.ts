// Package versions against the vectors that dpkg and rpm publish with their own sources, and versions of real packages.
// https://git.dpkg.org/cgit/dpkg/dpkg.git/tree/scripts/t/Dpkg_Version.t, https://github.com/rpm-software-management/rpm/blob/master/tests/rpmvercmp.at

import { describe, expect, test } from '@jest/globals';
import { compareDpkg, comparePackageVersions, compareRpm, rpmvercmp } from '../../domain/packageVersion.js';

const sign = (order: number | null) => (order === null ? null : Math.sign(order));

/** `a b order`, line by line. */
function vectors(text: string): [string, string, number][] {
  return text
    .trim()
    .split('\n')
    .map((line) => {
      const [a = '', b = '', order = ''] = line.trim().split(' ');
      return [a, b, Number(order)];
    });
}

const dpkgVectors = vectors(`
  1.0-1 2.0-2 -1
  2.2~rc-4 2.2-1 -1
  2.2-1 2.2~rc-4 1
  1.0000-1 1.0-1 0
  1 0:1 0
  0 0:0-0 0
  2:2.5 1:7.5 1
  1:0foo 0foo 1
  0:0foo 0foo 0
  0foo 0foo 0
  0foo-0 0foo 0
  0foo 0foo-0 0
  0foo 0fo 1
  0foo-0 0foo+ -1
  0foo~1 0foo -1
  0foo~foo+Bar 0foo~foo+bar -1
  0foo~~ 0foo~ -1
  1~ 1 -1
  12345+that-really-is-some-ver-0 12345+that-really-is-some-ver-10 -1
  0foo-0 0foo-01 -1
  0foo.bar 0foobar 1
  0foo.bar 0foo1bar 1
  0foo.bar 0foo0bar 1
  0foo1bar-1 0foobar-1 -1
  0foo2.0 0foo2 1
  0foo2.0.0 0foo2.10.0 -1
  0foo2.0 0foo2.0.0 -1
  0foo2.0 0foo2.10 -1
  0foo2.1 0foo2.10 -1
  1.09 1.9 0
  1.0.8+nmu1 1.0.8 1
  3.11 3.10+nmu1 1
  0.9j-20080306-4 0.9i-20070324-2 1
  1.2.0~b7-1 1.2.0~b6-1 1
  1.011-1 1.06-2 1
  0.0.9+dfsg1-1 0.0.8+dfsg1-3 1
  4.6.99+svn6582-1 4.6.99+svn6496-1 1
  53 52 1
  0.9.9~pre122-1 0.9.9~pre111-1 1
  2:2.3.2-2+lenny2 2:2.3.2-2 1
  1:3.8.1-1 3.8.GA-1 1
  1.0.1+gpl-1 1.0.1-2 1
  1a 1000a -1
  0:0 0:0-00 0
  0:0-1 0:0-2 -1
  0:a-0 0:b-0 -1
  0:0-a 0:0-b -1
  0:0-0-0 0-0 1
  0:0:0-0 0:0:0-0 0
  99999999999999999999 100000000000000000000 -1
`);

const rpmVectors = vectors(`
  1.0 1.0 0
  1.0 2.0 -1
  2.0.1 2.0.1 0
  2.0 2.0.1 -1
  2.0.1a 2.0.1a 0
  2.0.1a 2.0.1 1
  5.5p1 5.5p1 0
  5.5p1 5.5p2 -1
  5.5p10 5.5p10 0
  5.5p1 5.5p10 -1
  10xyz 10.1xyz -1
  xyz10 xyz10 0
  xyz10 xyz10.1 -1
  xyz.4 xyz.4 0
  xyz.4 8 -1
  xyz.4 2 -1
  5.5p2 5.6p1 -1
  5.6p1 6.5p1 -1
  6.0.rc1 6.0 1
  10b2 10a1 1
  10a2 10b2 -1
  1.0aa 1.0aa 0
  1.0a 1.0aa -1
  10.0001 10.0001 0
  10.0001 10.1 0
  10.0001 10.0039 -1
  4.999.9 5.0 -1
  20101121 20101121 0
  20101121 20101122 -1
  2_0 2_0 0
  2.0 2_0 0
  a a 0
  a+ a+ 0
  a+ a_ 0
  +a +a 0
  +a _a 0
  +_ +_ 0
  _+ +_ 0
  + _ 0
  1.0~rc1 1.0~rc1 0
  1.0~rc1 1.0 -1
  1.0~rc1 1.0~rc2 -1
  1.0~rc1~git123 1.0~rc1~git123 0
  1.0~rc1~git123 1.0~rc1 -1
  1.0^ 1.0^ 0
  1.0^ 1.0 1
  1.0^git1 1.0^git1 0
  1.0^git1 1.0 1
  1.0^git1 1.0^git2 -1
  1.0^git1 1.01 -1
  1.0^20160101 1.0^20160101 0
  1.0^20160101 1.0.1 -1
  1.0^20160101^git1 1.0^20160101^git1 0
  1.0^20160102 1.0^20160101^git1 1
  1.0~rc1^git1 1.0~rc1^git1 0
  1.0~rc1^git1 1.0~rc1 1
  1.0^git1~pre 1.0^git1~pre 0
  1.0^git1 1.0^git1~pre 1
  99999999999999999999 100000000000000000000 -1
`);

const realPackages = vectors(`
  3.0.13-0ubuntu3.5 3.0.13-0ubuntu3.6 -1
  3.0.13-0ubuntu3.9 3.0.13-0ubuntu3.10 -1
  1:9.6p1-3ubuntu13.13 1:9.6p1-3ubuntu13.14 -1
  9.6p1-3ubuntu13.13 1:9.6p1-3ubuntu13.13 -1
  6.8.0-1017.19~22.04.1 6.8.0-1017.19 -1
  4.1.48-4+deb11u2ubuntu0.1~esm1 4.1.48-4+deb11u2ubuntu0.1 -1
  1.16.0-1ubuntu1.1~18.04.4 1.16.0-1ubuntu1.1~18.04.3 1
`);

const realRpms = vectors(`
  3.9.18-3.el9_4.5 3.9.19-8.el9 -1
  3.9.18-3.el9_4.3 3.9.18-3.el9_4.5 -1
  1:3.2.2-6.el9_5 1:3.2.2-6.el9_5.1 -1
  3.2.2-6.el9_5.1 1:3.2.2-6.el9_5 -1
  0:3.9.18-3.el9_4.5 3.9.18-3.el9_4.5 0
  5.14.0-427.13.1.el9_4 5.14.0-503.11.1.el9_5 -1
  1.0 1.0-1 -1
  32:9.16.23-18.el9_4.6 32:9.16.23-24.el9_5 -1
`);

describe('dpkg', () => {
  test.each([...dpkgVectors, ...realPackages])('%s against %s is %d', (a, b, order) => {
    expect(sign(compareDpkg(a, b))).toBe(order);
    expect(sign(compareDpkg(b, a))).toBe(order === 0 ? 0 : -order);
  });

  test.each([
    '',
    ' ',
    '0:',
    ':1.0',
    '1.0-',
    '0:0 0-1',
    '-1:0-1',
    '999999999999999999999999:0-1',
    'a:0-0',
    '-0',
    '0:-0',
    '0:0-0:0',
    '1_0',
    '1^2',
    '1/2',
  ])('"%s" is no version, and nothing is known of its order', (text) => {
    expect(compareDpkg(text, '1')).toBeNull();
    expect(compareDpkg('1', text)).toBeNull();
  });
});

describe('rpm', () => {
  test.each(rpmVectors)('%s against %s is %d', (a, b, order) => {
    expect(sign(rpmvercmp(a, b))).toBe(order);
    expect(sign(rpmvercmp(b, a))).toBe(order === 0 ? 0 : -order);
  });

  test.each(realRpms)('%s against %s is %d', (a, b, order) => {
    expect(sign(compareRpm(a, b))).toBe(order);
    expect(sign(compareRpm(b, a))).toBe(order === 0 ? 0 : -order);
  });

  test.each(['', '1:', ':1', '1-', '-1', '1-2-3', '1 2', 'x:1-1', '(none)'])(
    '"%s" is no version, and nothing is known of its order',
    (text) => {
      expect(compareRpm(text, '1')).toBeNull();
      expect(compareRpm('1', text)).toBeNull();
    },
  );
});

test('each distribution compares by its own rules', () => {
  // What follows a tilde is before the release for both; a caret is known to rpm alone.
  expect(comparePackageVersions('debian', '1.0^git1', '1.0')).toBeNull();
  expect(sign(comparePackageVersions('rhel', '1.0^git1', '1.0'))).toBe(1);
  expect(sign(comparePackageVersions('ubuntu', '1.0a', '1.0.1'))).toBe(-1);
  expect(sign(comparePackageVersions('suse', '1.0a', '1.0.1'))).toBe(-1);
  expect(sign(comparePackageVersions('suse', '2_0', '2.0'))).toBe(0);
});
