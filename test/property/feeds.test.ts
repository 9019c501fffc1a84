// I5: a bad record never takes others with it, and nothing bad gets in: whatever records are spoiled, exactly the healthy rest comes out, and every bad one is counted.

import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { parseCsaf } from '../../adapters/channels/csaf/parseCsaf.js';
import { parseMonth } from '../../adapters/channels/msrc/parseMonth.js';
import { parseOsv } from '../../adapters/channels/osv/parseOsv.js';
import { parseNvd } from '../../adapters/channels/risk/nvd.js';
import { parseUsn } from '../../adapters/channels/usn/parseUsn.js';
import { normaliseCvrf } from '../../domain/msrc.js';
import type { Skipped } from '../../domain/skipped.js';
import {
  bytesOf,
  csafJson,
  monthJson,
  monthXml,
  osvJson,
  someVector,
  usnJson,
  type MonthRecord,
} from '../support/advisories.js';

const kbs = ['5094128', '5094125', '5094123', '5087545'];
const ids = fc.uniqueArray(fc.integer({ min: 1000, max: 99_999 }), { minLength: 1, maxLength: 8 });
/** Which records are spoiled, and how. */
const spoils = fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 8, maxLength: 8 });

interface Read {
  vulnerabilities: number;
  patches: unknown[];
  cvss: unknown[];
  skipped: Skipped[];
}

const told = ({ skipped }: { skipped: Skipped[] }) => skipped.reduce((sum, { count }) => sum + count, 0);

async function onlyTheHealthy(all: Promise<Read>, healthy: Promise<Read>, spoiled: number): Promise<void> {
  const [read, expected] = await Promise.all([all, healthy]);
  const facts = ({ vulnerabilities, patches, cvss }: Read) => ({ vulnerabilities, patches, cvss });
  expect(facts(read)).toEqual(facts(expected));
  expect(told(read)).toBe(told(expected) + spoiled);
}

/** Spoils some of the records; `healthy` says which were not. */
function spoil<T>(records: T[], how: number[], ways: ((record: T) => unknown)[]) {
  const isSpoiled = (index: number) => (how[index] ?? 0) < ways.length;
  return {
    all: records.map((record, index) => (isSpoiled(index) ? (ways[how[index] ?? 0]?.(record) ?? null) : record)),
    healthy: records.filter((_, index) => !isSpoiled(index)),
    spoiled: records.filter((_, index) => isSpoiled(index)).length,
  };
}

const months = ids.map((numbers) =>
  numbers.map(
    (number, index): MonthRecord => ({
      cve: `CVE-2026-${number}`,
      kb: kbs[index % kbs.length] ?? '',
      score: (number % 100) / 10,
    }),
  ),
);
const month = async (document: unknown) => normaliseCvrf(await parseMonth(bytesOf(document), '2026-Jun'));

describe('a month of the MSRC', () => {
  test('in JSON, by shape', async () => {
    const ways = [
      () => null,
      () => 'x',
      () => [],
      (one: object) => ({ ...one, CVE: 7 }),
      (one: object) => ({ ...one, Remediations: {} }),
      (one: object) => ({ ...one, Threats: [{ Type: {}, Description: {} }] }),
    ];
    await fc.assert(
      fc.asyncProperty(months, spoils, async (records, how) => {
        const { all, healthy, spoiled } = spoil(monthJson(records).Vulnerability, how, ways as never);
        await onlyTheHealthy(
          month({ ...monthJson(records), Vulnerability: all }),
          month({ ...monthJson(records), Vulnerability: healthy }),
          spoiled,
        );
      }),
    );
  });

  test('in XML and JSON alike, by what it says', async () => {
    const ways = [
      (one: MonthRecord) => ({ ...one, cve: '' }),
      (one: MonthRecord) => ({ ...one, cve: 'CVE-2026-<script>' }),
      (one: MonthRecord) => ({ ...one, cve: one.cve.toLowerCase() }),
      (one: MonthRecord) => ({ ...one, cve: 'ADV1' }),
    ];
    await fc.assert(
      fc.asyncProperty(months, spoils, async (records, how) => {
        const { all, healthy, spoiled } = spoil(records, how, ways);
        await onlyTheHealthy(month(monthXml(all as MonthRecord[])), month(monthXml(healthy)), spoiled);
        expect(await month(monthJson(all as MonthRecord[]))).toEqual(await month(monthXml(all as MonthRecord[])));
      }),
    );
  });

  test('a record that comes again changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(months, fc.nat(), async (records, at) => {
        const again = records[at % records.length] ?? { cve: '', kb: '', score: 0 };
        await onlyTheHealthy(month(monthXml([...records, { ...again, kb: '5000000' }])), month(monthXml(records)), 1);
      }),
    );
  });

  test('a bad score costs the score alone', async () => {
    await fc.assert(
      fc.asyncProperty(months, spoils, async (records, how) => {
        const bad = [-0.1, 11, Number.MAX_SAFE_INTEGER, 1e-7, 'x'];
        const changed = records.map((one, index) => {
          const score = bad[how[index] ?? 0];
          return score === undefined || score === 1e-7 ? one : { ...one, score };
        });
        const [before, after] = await Promise.all([month(monthXml(records)), month(monthXml(changed))]);
        expect(after.patches).toEqual(before.patches);
        const healthy = changed.filter((one, index) => one === records[index]).map(({ cve }) => cve);
        expect(after.cvss).toEqual(before.cvss.filter(({ cve }) => healthy.includes(cve)));
        expect(told(after)).toBe(records.length - healthy.length);
      }),
    );
  });
});

describe('documents of Linux vendors', () => {
  test('records of the OSV format, in a list and on lines', async () => {
    const ways = [
      () => null,
      () => 7,
      (one: object) => ({ ...one, id: '' }),
      (one: object) => ({ ...one, affected: 'x' }),
      (one: object) => ({ ...one, affected: [{ package: { ecosystem: 'Ubuntu:24.04:LTS', name: '' } }] }),
    ];
    await fc.assert(
      fc.asyncProperty(ids, spoils, async (numbers, how) => {
        const records = numbers.map((number) => osvJson(`USN-${number}-1`, `CVE-2026-${number}`));
        const { all, healthy, spoiled } = spoil(records, how, ways as never);
        fc.pre(healthy.length > 0);
        const lines = all.map((one) => JSON.stringify(one)).join('\n');
        await onlyTheHealthy(parseOsv(bytesOf([...all])), parseOsv(bytesOf([...healthy])), spoiled);
        await onlyTheHealthy(parseOsv(bytesOf(`${lines}\n{"id": "USN-`)), parseOsv(bytesOf([...healthy])), spoiled + 1);
      }),
    );
  });

  test('notices of Ubuntu', async () => {
    const ways = [
      () => null,
      (one: object) => ({ ...one, id: 7 }),
      (one: object) => ({ ...one, release_packages: [] }),
      (one: object) => ({ ...one, release_packages: { noble: [{ name: 7 }] } }),
    ];
    await fc.assert(
      fc.asyncProperty(ids, spoils, async (numbers, how) => {
        const notices = numbers.map((number) => usnJson(`USN-${number}-1`, `CVE-2026-${number}`));
        const { all, healthy, spoiled } = spoil(notices, how, ways as never);
        await onlyTheHealthy(parseUsn(bytesOf({ notices: all })), parseUsn(bytesOf({ notices: healthy })), spoiled);
      }),
    );
  });

  test('vulnerabilities of an advisory of CSAF', async () => {
    const ways = [
      () => null,
      () => 'x',
      (one: object) => ({ ...one, cve: 'CWE-79' }),
      (one: object) => ({ ...one, remediations: {} }),
      (one: object) => ({ ...one, product_status: { fixed: [7] } }),
    ];
    await fc.assert(
      fc.asyncProperty(ids, spoils, async (numbers, how) => {
        const whole = csafJson(numbers.map((number) => `CVE-2026-${number}`));
        const { all, healthy, spoiled } = spoil(whole.vulnerabilities, how, ways as never);
        await onlyTheHealthy(
          parseCsaf(bytesOf({ ...whole, vulnerabilities: all })),
          parseCsaf(bytesOf({ ...whole, vulnerabilities: healthy })),
          spoiled,
        );
      }),
    );
  });

  test('entries of a page of the NVD', async () => {
    const ways = [
      () => null,
      (one: { cve: object }) => ({ cve: { ...one.cve, id: 'x' } }),
      (one: { cve: object }) => ({ cve: { ...one.cve, metrics: 7 } }),
    ];
    const read = async (vulnerabilities: unknown[]) => {
      const { cvss, skipped } = await parseNvd(bytesOf({ format: 'NVD_CVE', vulnerabilities }));
      return { vulnerabilities: 0, patches: [], cvss, skipped };
    };
    await fc.assert(
      fc.asyncProperty(ids, spoils, async (numbers, how) => {
        const entries = numbers.map((number) => ({
          cve: {
            id: `CVE-2026-${number}`,
            metrics: { cvssMetricV31: [{ cvssData: { baseScore: 9.8, vectorString: someVector } }] },
          },
        }));
        const { all, healthy, spoiled } = spoil(entries, how, ways as never);
        await onlyTheHealthy(read(all), read(healthy), spoiled);
      }),
    );
  });
});
