// Everything that a document can do wrong as a whole: it is refused with a reason, and nothing of it is taken.

import { describe, expect, test } from '@jest/globals';
import { parseCsaf } from '../../../adapters/channels/csaf/parseCsaf.js';
import { instantOf, instantOfSeconds } from '../../../adapters/channels/instants.js';
import { parseCvrfJson } from '../../../adapters/channels/msrc/parseCvrfJson.js';
import { parseMonth } from '../../../adapters/channels/msrc/parseMonth.js';
import { parseOsv } from '../../../adapters/channels/osv/parseOsv.js';
import type { Chunks } from '../../../adapters/channels/readCapped.js';
import { parseKev } from '../../../adapters/channels/risk/kev.js';
import { parseNvd } from '../../../adapters/channels/risk/nvd.js';
import { parseVulnrichment } from '../../../adapters/channels/risk/vulnrichment.js';
import { parseUsn } from '../../../adapters/channels/usn/parseUsn.js';
import { bytesOf, csafJson, endless, monthJson, monthXml, osvJson, usnJson } from '../../support/advisories.js';

const record = { cve: 'CVE-2026-1000', kb: '5094128', score: 9.8 };
const formats: Record<string, { parse: (chunks: Chunks) => Promise<unknown>; whole: string }> = {
  'a month in XML': { parse: (chunks) => parseMonth(chunks, null), whole: monthXml([record]) },
  'a month in JSON': { parse: (chunks) => parseCvrfJson(chunks, null), whole: JSON.stringify(monthJson([record])) },
  CSAF: { parse: parseCsaf, whole: JSON.stringify(csafJson(['CVE-2026-1000']), null, 2) },
  OSV: { parse: parseOsv, whole: JSON.stringify(osvJson('USN-8000-1', 'CVE-2026-1000'), null, 2) },
  'notices of Ubuntu': {
    parse: parseUsn,
    whole: JSON.stringify({ notices: [usnJson('USN-8000-1', 'CVE-2026-1000')] }),
  },
  NVD: { parse: parseNvd, whole: JSON.stringify({ format: 'NVD_CVE', timestamp: 'x', vulnerabilities: [] }) },
};
const json = Object.entries(formats).filter(([name]) => !name.includes('XML'));
const refused = (code: string) => ({ name: 'ChannelDocumentError', code });

describe.each(Object.entries(formats))('%s', (_, { parse, whole }) => {
  test('is read whole, in chunks that split characters too', async () => {
    const bytes = Buffer.from(whole);
    const split = Array.from({ length: Math.ceil(bytes.byteLength / 3) }, (__, at) =>
      bytes.subarray(at * 3, at * 3 + 3),
    );
    expect(await parse(split)).toEqual(await parse(bytesOf(whole)));
  });

  test('that ends in the middle is to be fetched again', async () => {
    for (const share of [0.2, 0.5, 0.9, 0.99])
      await expect(parse(bytesOf(whole.slice(0, Math.floor(whole.length * share))))).rejects.toMatchObject(
        refused('truncated'),
      );
  });

  test('that is a page for people, though the answer was 200', async () => {
    for (const page of ['<html><body>Service unavailable<br></body></html>', '\n<!DOCTYPE html><html></html>'])
      await expect(parse(bytesOf(page))).rejects.toMatchObject({
        ...refused('malformed'),
        message: expect.stringContaining('a page') as unknown,
      });
  });

  test('that is empty, or no UTF-8', async () => {
    await expect(parse([])).rejects.toMatchObject({ name: 'ChannelDocumentError' });
    const latin1 = Buffer.concat([Buffer.from(whole.slice(0, 1)), Buffer.from([0xe9, 0xff, 0x22])]);
    await expect(parse([latin1])).rejects.toMatchObject(refused('malformed'));
  });

  test('that is larger than any ever was, whatever follows', async () => {
    let taken = 0;
    function* counted(): Generator<Uint8Array> {
      for (const chunk of endless(200 * 1024 * 1024, whole.slice(0, 60))) {
        taken += chunk.byteLength;
        yield chunk;
      }
    }
    await expect(parse(counted())).rejects.toMatchObject(refused('oversize'));
    expect(taken).toBeLessThan(66 * 1024 * 1024);
  }, 30_000);
});

describe.each(json)('%s', (_, { parse }) => {
  test.each([
    ['another shape', '{"error":{"code":"none"}}'],
    ['a number', '7'],
    ['null', 'null'],
    ['text', '"<script>"'],
    ['words', 'Service unavailable'],
  ])('with %s is refused', async (__, text) => {
    await expect(parse(bytesOf(text))).rejects.toMatchObject(refused('malformed'));
  });

  test('nested without end is refused or skipped, and never ends the process', async () => {
    const deep = `${'{"branches":['.repeat(300_000)}${']}'.repeat(300_000)}`;
    await expect(parse(bytesOf(deep))).rejects.toMatchObject({ name: 'ChannelDocumentError' });
  });
});

describe('records nested without end', () => {
  const textOf = (whole: object, key: string) =>
    JSON.stringify(whole).replace(`"${key}":null`, () => {
      const half = '{"branches":['.repeat(100_000);
      return `"${key}":[${half}${']}'.repeat(100_000)}]`;
    });

  test('a tree of products', async () => {
    const whole = { ...csafJson(['CVE-2026-1000']), product_tree: { branches: null, relationships: [] } };
    const { patches, skipped } = await parseCsaf(bytesOf(textOf(whole, 'branches')));
    expect(patches[0]?.packages).toEqual([]);
    expect(skipped.some(({ reason }) => reason.includes('deep'))).toBe(true);
  });

  test('a record of each kind', async () => {
    const odd = textOf({ id: null }, 'id');
    expect(
      (await parseOsv(bytesOf(`[${odd}, ${JSON.stringify(osvJson('USN-8000-1', 'CVE-2026-1000'))}]`))).patches,
    ).toHaveLength(1);
    expect((await parseUsn(bytesOf(`{"notices":[${odd}]}`))).skipped).toHaveLength(1);
    const nvd = `{"format":"NVD_CVE","vulnerabilities":[${odd}]}`;
    expect((await parseNvd(bytesOf(nvd))).skipped).toHaveLength(1);
    expect((await parseKev(bytesOf(`{"catalogVersion":"1","vulnerabilities":[${odd}]}`))).skipped).toHaveLength(1);
    expect((await parseVulnrichment(bytesOf(`[${odd}]`))).skipped).toHaveLength(1);
  });
});

describe('XML', () => {
  test('with entities of its own', async () => {
    const bomb = `<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;&a;">]><cvrf:cvrfdoc xmlns:cvrf="x">&b;</cvrf:cvrfdoc>`;
    await expect(parseMonth(bytesOf(bomb), null)).rejects.toMatchObject(refused('entityBomb'));
    await expect(parseMonth(bytesOf('<x>&undeclared;</x>'), null)).rejects.toMatchObject(refused('entityBomb'));
  });
});

describe('another document than the one that was asked for', () => {
  test.each(['a month in XML', 'a month in JSON'])('%s', async (name) => {
    await expect(parseMonth(bytesOf(formats[name]?.whole ?? ''), '2026-Jul')).rejects.toMatchObject(
      refused('wrongDocument'),
    );
  });
});

describe('times', () => {
  test.each([
    ['2026-06-09T07:00:00', '2026-06-09T07:00:00.000Z'],
    ['2026-06-09T07:00:00Z', '2026-06-09T07:00:00.000Z'],
    ['2026-06-09T07:00:00+02:00', '2026-06-09T05:00:00.000Z'],
    ['2026-06-09T07:00:00.123456Z', '2026-06-09T07:00:00.123Z'],
    ['2014-09-20', '2014-09-20T00:00:00.000Z'],
    ['0001-01-01T00:00:00', null],
    ['9999-12-31T00:00:00Z', null],
    ['1980-01-01', null],
    ['2026-02-30T00:00:00Z', null],
    ['2026-13-01', null],
    ['2026-06-09T25:00:00Z', null],
    ['yesterday', null],
    ['1', null],
    ['', null],
    [null, null],
    [undefined, null],
  ])('%j: %s', (text, expected) => {
    expect(instantOf(text)).toBe(expected);
  });

  test('of seconds', () => {
    expect(instantOfSeconds(1559819644.967)).toBe('2019-06-06T11:14:04.967Z');
    expect([Number.NaN, -1e12, 1e15, 0].map(instantOfSeconds)).toEqual([null, null, null, null]);
  });
});
