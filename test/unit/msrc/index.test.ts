// The MSRC's list of months at three moments, one of them without June 2026.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { parseIndex } from '../../../adapters/channels/msrc/parseIndex.js';
import { sharedPath, testWith } from '../../support/shared.js';

const entry = (ID: unknown, change: object = {}) => ({
  ID,
  Alias: ID,
  DocumentTitle: `${String(ID)} Security Updates`,
  Severity: null,
  InitialReleaseDate: '2026-06-09T07:00:00Z',
  CurrentReleaseDate: '2026-07-02T14:45:26Z',
  ...change,
});
const index = (...value: unknown[]) => JSON.stringify({ '@odata.context': 'x', value });

describe('the index', () => {
  testWith(sharedPath('feeds', 'msrc'))('as it was at three moments', () => {
    const [before, without, after] = ['20260702T155644Z', '20260702T232507Z', '20260706T222806Z'].map((at) =>
      parseIndex(readFileSync(sharedPath('feeds', 'msrc', `updates-index.at-${at}.json`), 'utf8')),
    );
    const ids = (one: typeof before) => one?.documents.map(({ id }) => id) ?? [];
    const azureLinux = (one: typeof before) => one?.skipped.reduce((sum, { count }) => sum + count, 0) ?? 0;
    expect([before, without, after].map((one) => ids(one).length + azureLinux(one))).toEqual([189, 189, 190]);
    expect([before, without, after].map(azureLinux)).toEqual([64, 64, 64]);
    expect([before, without, after].map((one) => ids(one).includes('2026-Jun'))).toEqual([true, false, true]);
    expect([before, without, after].map((one) => ids(one).includes('2026-Jul'))).toEqual([false, true, true]);
    for (const id of ['2017-May-B', '2018-FEB', '2016-Oct']) expect(ids(before)).toContain(id);
    expect(
      after?.documents.every(({ changedAt, initialRelease }) => changedAt !== null && initialRelease !== null),
    ).toBe(true);
  });

  test('bad entries are skipped and counted, the rest is taken', () => {
    const { documents, skipped } = parseIndex(
      index(
        entry('2026-Jun'),
        entry(7),
        null,
        entry('2026-Jun', { CurrentReleaseDate: '2030-01-01T00:00:00Z' }),
        entry('2018-FEB', { CurrentReleaseDate: '0001-01-01T00:00:00', DocumentTitle: null }),
        entry('2020-Jan', { DocumentTitle: 'Mariner Release Notes' }),
      ),
    );
    expect(documents).toEqual([
      {
        id: '2026-Jun',
        title: '2026-Jun Security Updates',
        changedAt: '2026-07-02T14:45:26.000Z',
        initialRelease: '2026-06-09T07:00:00.000Z',
      },
      { id: '2018-FEB', title: '2018-FEB', changedAt: null, initialRelease: '2026-06-09T07:00:00.000Z' },
    ]);
    expect(skipped.map(({ reason, count }) => [reason, count])).toEqual([
      ['an entry without an id', 2],
      ['the same id again: the first entry counts', 1],
      ['release notes of Azure Linux', 1],
    ]);
  });

  test.each([
    ['a page', '<html>503</html>', 'not JSON'],
    ['half of it', index(entry('2026-Jun')).slice(0, -5), 'not JSON'],
    ['another shape', '{"value":"none"}', 'expected shape'],
  ])('%s is refused', (_, text, message) => {
    expect(() => parseIndex(text)).toThrow(message);
  });
});
