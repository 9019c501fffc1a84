// Package versions are ordered as a whole, and as the distribution's own program orders them where it is here to ask.

import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { compareDpkg, compareRpm } from '../../domain/packageVersion.js';

const word = (alphabet: string) => fc.string({ unit: fc.constantFrom(...alphabet.split('')), maxLength: 6 });
const epoch = fc.constantFrom('', '0:', '1:', '10:');

/** Versions that differ little: what is alike for long tells most. */
const dpkgVersion = fc
  .tuple(epoch, fc.constantFrom('0', '1', '10'), word('019azA.+~-'), fc.option(word('019azA.+~')))
  .map(([e, digit, rest, revision]) => `${e}${digit}${rest.replace(/-+$/, '')}${revision ? `-${revision}` : ''}`);
const rpmVersion = fc
  .tuple(epoch, fc.constantFrom('0', '1', 'a'), word('019azA._+~^'), fc.option(word('019azA._+~^')))
  .map(([e, first, rest, release]) => `${e}${first}${rest}${release ? `-${release}` : ''}`);

const kinds = [
  ['dpkg', dpkgVersion, compareDpkg],
  ['rpm', rpmVersion, compareRpm],
] as const;

describe.each(kinds)('%s', (_, version, compare) => {
  const order = (a: string, b: string) => Math.sign(compare(a, b) ?? Number.NaN);

  test('a version equals itself, and the other way round is the other order', () => {
    fc.assert(
      fc.property(version, version, (a, b) => {
        expect(order(a, a)).toBe(0);
        expect(order(a, b) + order(b, a)).toBe(0);
      }),
    );
  });

  test('what is older than the older is older', () => {
    fc.assert(
      fc.property(version, version, version, (...three) => {
        const [a = '', b = '', c = ''] = three.toSorted(order);
        expect(order(a, b)).not.toBe(1);
        expect(order(b, c)).not.toBe(1);
        expect(order(a, c)).not.toBe(1);
      }),
    );
  });
});

function whereThere(program: string): typeof test {
  if (spawnSync(program, ['--version']).status === 0) return test;
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error(`${program} is missing: CI installs it before the tests`);
  console.warn(`skipped: ${program} is not here to compare with`);
  return test.skip as typeof test;
}

/** One process for all of them. */
function judgedBy(program: string, args: string[], input: string): number[] {
  const told = execFileSync(program, args, { input, stdio: ['pipe', 'pipe', 'ignore'] });
  return told.toString().trim().split(/\s+/).map(Number);
}

whereThere('dpkg')('dpkg itself says the same of random versions', () => {
  const pairs = fc.sample(fc.tuple(dpkgVersion, dpkgVersion), 400);
  const one = 'dpkg --compare-versions "$a"';
  const script = `while read -r a b; do if ${one} lt "$b"; then echo -1; elif ${one} eq "$b"; then echo 0; else echo 1; fi; done`;
  const orders = judgedBy('sh', ['-c', script], pairs.map(([a, b]) => `${a} ${b}\n`).join(''));
  const ours = pairs.map(([a, b]) => [a, b, Math.sign(compareDpkg(a, b) ?? Number.NaN)]);
  expect(ours).toEqual(pairs.map(([a, b], index) => [a, b, orders[index]]));
});

whereThere('rpm')('rpm itself says the same of random versions', () => {
  const pairs = fc.sample(fc.tuple(rpmVersion, rpmVersion), 400);
  const asked = pairs.map(([a, b]) => `compare(rpm.ver("${a}"), rpm.ver("${b}"))`).join('\n');
  const compare = 'local told = {} function compare(a, b) told[#told + 1] = a == b and 0 or a < b and -1 or 1 end';
  const script = `%{lua: ${compare} ${asked} print(table.concat(told, " "))}`;
  const orders = judgedBy('rpm', ['--eval', script], '');
  const ours = pairs.map(([a, b]) => [a, b, Math.sign(compareRpm(a, b) ?? Number.NaN)]);
  expect(ours).toEqual(pairs.map(([a, b], index) => [a, b, orders[index]]));
});
