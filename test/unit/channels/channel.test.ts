// When a channel is healthy, when a version is taken, and what several documents say of one patch together.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { channelHealth, isWanted, monthsBack, versionVerdict, type ChannelState } from '../../../domain/channel.js';
import { mergeParts } from '../../../domain/patchParts.js';
import { minutesFrom, now, somePatch } from '../../support/facts.js';

const hour = 60;

describe('the health of a channel', () => {
  const state = (change: Partial<ChannelState>): ChannelState => ({
    name: 'msrc',
    triedAt: now,
    succeededAt: minutesFrom(now, -30),
    changedAt: null,
    problem: null,
    failingSince: null,
    ...change,
  });

  test.each([
    ['read lately', {}, 'healthy'],
    ['never read', { succeededAt: null }, 'neverRead'],
    ['failing since a moment', { problem: 'answered 503', failingSince: minutesFrom(now, -5) }, 'failing'],
    ['failing for two days', { problem: 'answered 503', succeededAt: minutesFrom(now, -49 * hour) }, 'silent'],
    [
      'failing from the first visit on',
      { problem: 'answered 503', succeededAt: null, failingSince: minutesFrom(now, -49 * hour) },
      'silent',
    ],
  ] as const)('%s', (_, change, kind) => {
    expect(channelHealth(state(change), { silentHoursMax: 48 }, now).kind).toBe(kind);
  });
});

describe('a version of a document', () => {
  const held = { weight: 375, shrunkSince: null };

  test.each([
    ['the first', null, 21, 'take'],
    ['one that grew', held, 400, 'take'],
    ['one of the same size', held, 375, 'take'],
    ['half a month', held, 21, 'wait'],
    ['half a month, seen an hour ago', { ...held, shrunkSince: minutesFrom(now, -1 * hour) }, 21, 'wait'],
    ['one that stayed small', { ...held, shrunkSince: minutesFrom(now, -6 * hour) }, 21, 'take'],
  ] as const)('%s', (_, before, weight, kind) => {
    expect(versionVerdict(before, { weight }, 6, now).kind).toBe(kind);
  });

  test('that shrank is waited for from when it was first seen so', () => {
    const since = minutesFrom(now, -90);
    expect(versionVerdict({ ...held, shrunkSince: since }, { weight: 1 }, 6, now)).toMatchObject({ since });
    expect(versionVerdict(held, { weight: 1 }, 6, now)).toMatchObject({ since: now });
  });
});

test('the last months are read whether they are listed or not, over the turn of a year too', () => {
  expect(monthsBack('2026-02-10T00:00:00.000Z', 3)).toEqual(['2026-Feb', '2026-Jan', '2025-Dec']);
});

test('documents are chosen by globs of their ids', () => {
  expect(isWanted([], 'DSA-1')).toBe(true);
  expect(isWanted(['DSA-*', 'DLA-*'], 'DLA-3623-1')).toBe(true);
  expect(isWanted(['DSA-*'], 'DEBIAN-CVE-2023-1')).toBe(false);
});

describe('a patch that several documents tell', () => {
  const november = somePatch({
    cves: ['CVE-2025-1'],
    released: '2025-11-11T08:00:00.000Z',
    severity: 'important',
    source: { channel: 'msrc', document: '2025-Nov', revision: '1' },
  });
  const april = somePatch({
    cves: ['CVE-2026-1', 'CVE-2026-2'],
    released: '2026-04-14T07:00:00.000Z',
    severity: 'critical',
    fixedBuilds: { '12436': '10.0.26100.1' },
    exploited: true,
    source: { channel: 'msrc', document: '2026-Apr', revision: '2' },
  });

  test('is at home where most of it is told, and keeps what every other adds', () => {
    expect(mergeParts([november, april])).toMatchObject({
      source: april.source,
      released: april.released,
      cves: ['CVE-2025-1', 'CVE-2026-1', 'CVE-2026-2'],
      severity: 'critical',
      exploited: true,
      fixedBuilds: { '11923': '10.0.20348.4297', '12436': '10.0.26100.1' },
    });
  });

  test('is the same in whatever order documents were read, and one alone is as it is', () => {
    expect(mergeParts([november])).toBe(november);
    const cve = fc.integer({ min: 1, max: 9 }).map((number) => `CVE-2026-000${number}`);
    const part = fc
      .record({
        cves: fc.uniqueArray(cve, { minLength: 1, maxLength: 4 }).map((ids) => ids.sort()),
        severity: fc.constantFrom('low' as const, 'important' as const, 'critical' as const),
        exploited: fc.boolean(),
        restart: fc.constantFrom('yes' as const, 'no' as const, 'unknown' as const),
      })
      .map((change) => change);
    fc.assert(
      fc.property(fc.array(part, { minLength: 2, maxLength: 4 }), (changes) => {
        const parts = changes.map((change, index) =>
          somePatch({ ...change, source: { channel: 'msrc', document: `2026-${index}`, revision: '1' } }),
        );
        const merged = mergeParts(parts);
        expect(mergeParts(parts.toReversed())).toEqual(merged);
        // None takes back another's word.
        for (const one of parts) {
          expect(merged.cves).toEqual(expect.arrayContaining(one.cves));
          expect(merged.exploited || !one.exploited).toBe(true);
        }
      }),
    );
  });
});
