// What a revision changed: content, terms or words; over the vendor's real documents where they are there.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseCvrf } from '../../../adapters/channels/msrc/parseCvrf.js';
import type { CvrfDocument } from '../../../domain/cvrf.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import type { Patch } from '../../../domain/patch.js';
import { revisionBetween, takenOver, type RevisionWeight } from '../../../domain/revision.js';
import { somePatch } from '../../support/facts.js';
import { sharedPath, testWith } from '../../support/shared.js';

const fix = {
  distribution: 'ubuntu' as const,
  release: '24.04',
  pocket: null,
  name: 'openssl',
  source: null,
  sourceOnly: false,
  module: null,
  version: '3.0.13-0ubuntu3.6',
  architecture: null,
};
const advisory = (revision: string) => ({ channel: 'csaf', document: 'ACME-2026-1', revision });

describe('a revision', () => {
  test.each<[string, Partial<Patch>, Partial<Patch>, RevisionWeight, string]>([
    [
      'another build',
      {},
      { fixedBuilds: { '11923': '10.0.20348.4299' } },
      'content',
      'build for Windows Server 2022: 10.0.20348.4297 → 10.0.20348.4299',
    ],
    [
      'a build for one product more',
      {},
      { fixedBuilds: { '11923': '10.0.20348.4297', '11924': '10.0.20348.4297' } },
      'terms',
      'build for 11924: none → 10.0.20348.4297',
    ],
    ['another KB', {}, { kb: '5070999' }, 'content', 'KB: 5070884 → 5070999'],
    [
      'another version of a package',
      { packages: [fix] },
      { packages: [{ ...fix, version: '3.0.13-0ubuntu3.7' }] },
      'content',
      'package for ubuntu 24.04 openssl: 3.0.13-0ubuntu3.6 → 3.0.13-0ubuntu3.7',
    ],
    ['a package more', {}, { packages: [fix] }, 'terms', 'package for ubuntu 24.04 openssl: none → 3.0.13-0ubuntu3.6'],
    ['a package less', { packages: [fix] }, {}, 'content', '3.0.13-0ubuntu3.6 → none'],
    ['what it supersedes', {}, { supersedes: ['5065432'] }, 'terms', 'supersedes: 5065432 added'],
    ['a known issue', {}, { knownIssue: true }, 'terms', 'known issue: no → yes'],
    ['the severity', {}, { severity: 'important' }, 'terms', 'severity: critical → important'],
    ['the restart', {}, { restart: 'no' }, 'terms', 'restart: yes → no'],
    ['a CVE that it no longer fixes', {}, { cves: [] }, 'terms', 'CVEs: CVE-2025-59287 gone'],
    ['CVEs more', {}, { cves: ['CVE-2025-59287', 'CVE-2025-24990'] }, 'wording', 'CVEs: CVE-2025-24990 added'],
    ['the title', {}, { title: 'another' }, 'wording', 'title: 2025-10 Cumulative Update'],
    ['x.0 of an advisory', { source: advisory('1.4') }, { source: advisory('2.0') }, 'content', '1.4 → 2.0'],
  ])('%s', (_, before, after, weight, told) => {
    const revision = revisionBetween(somePatch(before), somePatch(after));
    expect(revision?.weight).toBe(weight);
    expect(revision?.changes.join('; ')).toContain(told);
  });

  test.each<[string, Partial<Patch>, Partial<Patch>]>([
    ['the number of the month’s document', {}, { source: { channel: 'msrc', document: '2025-Oct', revision: '595' } }],
    ['x.y of an advisory', { source: advisory('1.0') }, { source: advisory('1.1') }],
    ['nothing', {}, {}],
  ])('%s alone is none', (_, before, after) => {
    expect(revisionBetween(somePatch(before), somePatch(after))).toBeNull();
  });

  test('many changes are told shortened', () => {
    const cves = Array.from({ length: 30 }, (_, index) => `CVE-2025-${10_000 + index}`);
    expect(revisionBetween(somePatch({ cves: [] }), somePatch({ cves }))?.changes[0]).toMatch(/and 20 more added$/);
  });
});

async function documentOf(file: string): Promise<CvrfDocument> {
  return parseCvrf(createReadStream(sharedPath('feeds', 'msrc', file)).pipe(createGunzip()), null);
}

async function monthOf(file: string): Promise<Patch[]> {
  return normaliseCvrf(await documentOf(file)).patches;
}

const october = 'cvrf-2025-Oct.xml.gz';
testWith(sharedPath('feeds', 'msrc', october))(
  'a real month read again under a higher number has no revision',
  async () => {
    const [before, after] = [await monthOf(october), await monthOf(october)];
    const renumbered = after.map((one) => ({ ...one, source: { ...one.source, revision: '9999' } }));
    expect(before.length).toBeGreaterThan(50);
    expect(before.map((one, index) => revisionBetween(one, renumbered[index] ?? one)).filter(Boolean)).toEqual([]);
  },
);

/** Documents arrive in parts on a Patch Tuesday: a part of the vulnerabilities, then all of them. */
testWith(sharedPath('feeds', 'msrc', october))('a month that grows changes no content and loses nothing', async () => {
  const whole = await documentOf(october);
  const part = { ...whole, vulnerabilities: whole.vulnerabilities.slice(0, whole.vulnerabilities.length / 2) };
  const later = new Map(normaliseCvrf(whole).patches.map((one) => [one.patchId, one]));
  const early = normaliseCvrf(part).patches;
  const revisions = early.map((one) => revisionBetween(one, later.get(one.patchId) ?? somePatch({ cves: [] })));
  expect(revisions.filter((one) => one !== null).length).toBeGreaterThan(10);
  expect(revisions.filter((one) => one?.weight === 'content' || (one?.lostCves.length ?? 0) > 0)).toEqual([]);
});

const july = ['cvrf-2026-Jul.at-20260702T222331Z.xml.gz', 'cvrf-2026-Jul.at-20260706T222806Z.xml.gz'] as const;
testWith(sharedPath('feeds', 'msrc', july[0]))(
  'the month that grew from 21 to 375 vulnerabilities brought no KB yet',
  async () => {
    const [early, later] = [await documentOf(july[0]), await documentOf(july[1])];
    expect([early.vulnerabilities.length, later.vulnerabilities.length]).toEqual([21, 375]);
    expect([early.revision, later.revision]).toEqual(['32', '58']);
    expect([...normaliseCvrf(early).patches, ...normaliseCvrf(later).patches]).toEqual([]);
  },
);

testWith(sharedPath('feeds', 'msrc', october))(
  'the fix of CVE-2025-59287 moved to other KBs, machine by product',
  async () => {
    const now = await monthOf(october);
    // The out-of-band release put KB5070884 in place of KB5066782 for Server 2022, and others likewise.
    const before = { ...find(now, 'KB5066782'), cves: [...find(now, 'KB5066782').cves, 'CVE-2025-59287'].sort() };
    const revision = revisionBetween(before, find(now, 'KB5066782'));
    expect(revision).toMatchObject({ weight: 'terms', lostCves: ['CVE-2025-59287'] });
    expect(takenOver(before, revision?.lostCves ?? [], now)).toEqual(['KB5070884', 'KB5070892']);
  },
);

function find(patches: Patch[], patchId: string): Patch {
  const found = patches.find((one) => one.patchId === patchId);
  if (found === undefined) throw new Error(`${patchId} is not in the document`);
  return found;
}
