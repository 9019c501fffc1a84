// Patches that people install: who needs them by the guests' software, what counts as done, and which ids they may have.

import { describe, expect, test } from '@jest/globals';
import { handNeedOf, isByHand, manualIdProblem, type DoneByHand, type KnownSoftware } from '../../../domain/byHand.js';
import { minutesFrom, now, somePatch } from '../../support/facts.js';

const fixes = [{ name: 'Contoso Orders*', fixedVersion: '7.2.10' }];

function known(change: Partial<KnownSoftware>): KnownSoftware {
  return { software: [{ name: 'Contoso Orders', version: '7.2' }], collectedAt: now, stale: null, ...change };
}

const word: DoneByHand = { by: 'sam', at: minutesFrom(now, -5), evidence: 'installer of the vendor, 7.2.10' };
const newer: DoneByHand = { ...word, at: minutesFrom(now, 5) };
const at = (version: string) => known({ software: [{ name: 'contoso orders (x64)', version }] });

describe('need', () => {
  test.each<[string, KnownSoftware, DoneByHand | null, string, string]>([
    ['an older version', at('7.2.9'), null, 'needed', 'is below 7.2.10'],
    ['fewer numbers', at('7.2'), null, 'needed', 'is below 7.2.10'],
    ['the fixed version', at('7.2.10'), null, 'fixed', 'reaches 7.2.10'],
    ['a newer one', at('7.10'), null, 'fixed', 'reaches'],
    ['other software alone', known({ software: [{ name: 'Orders', version: '1' }] }), null, 'notThere', 'none'],
    ['a version that is no number', at('7.2.x-beta'), null, 'unknown', 'cannot be compared'],
    ['no version', at(''), null, 'unknown', 'of unknown version'],
    [
      'two versions, one of them old',
      known({ software: [...at('7.3').software, ...at('7.1').software] }),
      null,
      'needed',
      '7.1 is below',
    ],
    ['a guest that was never asked', known({ collectedAt: null }), null, 'unknown', 'never asked'],
    ['a guest that answered too long ago', known({ stale: 'answered 90 minutes ago' }), null, 'unknown', '90 minutes'],
    ['done, and the guest not asked since', at('7.2'), newer, 'doneByHand', 'has not been asked since'],
    ['done, and the guest shows otherwise', at('7.2'), word, 'needed', 'although done by hand by sam'],
    ['done, and the guest shows it', at('7.2.10'), word, 'fixed', 'reaches'],
    ['done, and the version says nothing', at(''), word, 'doneByHand', 'installer of the vendor'],
    ['done, and the guest is silent', known({ stale: 'silent' }), word, 'doneByHand', 'sam'],
  ])('%s', (_, software, done, kind, reason) => {
    const need = handNeedOf(fixes, software, done);
    expect(need.kind).toBe(kind);
    expect(need.reason).toContain(reason);
  });
});

test('what is neither a KB nor a package is installed by hand', () => {
  expect(isByHand(somePatch())).toBe(false);
  expect(isByHand(somePatch({ kb: null }))).toBe(true);
});

describe('ids', () => {
  test.each(['MANUAL-2026-001', 'VMSA-2026-0010', 'acme_7.2.10', 'ADV:1'])('%s may be used', (patchId) => {
    expect(manualIdProblem(patchId)).toBeNull();
  });
  test.each(['KB5070884', 'usn-7095-1', 'RHSA-2026:1', 'a/b', '../x', 'a b', '', 'x', '-a', 'a'.repeat(81), 'é-1'])(
    '%s may not',
    (patchId) => {
      expect(manualIdProblem(patchId)).not.toBeNull();
    },
  );
});
