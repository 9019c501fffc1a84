// Exports: whatever a text begins with, no spreadsheet runs it, and nothing of it is lost.

import { expect, test } from '@jest/globals';
import { parse } from 'csv-parse/sync';
import { strFromU8, unzipSync } from 'fflate';
import { tables } from '../../adapters/tables/tables.js';

const dangerous = ['=1+1', '+1', '-1', '@SUM(A1)', '\t=1', '\r=1', '=cmd|"/c calc"!A1', '＝1+1'];
const texts = [...dangerous, 'a "quoted", text', 'two\nlines', '<b>&amp;</b>', 'nul \u0000 and half \ud800', 'ümläut'];
const sheet = {
  name: 'vms: "all"/[x]',
  columns: ['name', 'count', 'flag', 'none'],
  rows: texts.map((text, n) => [text, n, n % 2 === 0, null]),
};

test('CSV escapes what a spreadsheet would run, and says that it is UTF-8', async () => {
  const text = Buffer.from(await tables.csv(sheet)).toString('utf8');
  expect(text.startsWith('\uFEFF')).toBe(true);
  const [head, ...rows] = parse(text, { bom: true });
  expect(head).toEqual(sheet.columns);
  expect(rows.map((row) => row[0])).toEqual(
    texts.map((one) => (dangerous.includes(one) ? `'${one}` : one.replace('\ud800', '\uFFFD'))),
  );
  expect(rows[1]).toEqual(["'+1", '1', 'false', '']);
});

test('XLSX keeps texts as texts, numbers as numbers, and no formula', async () => {
  const files = unzipSync(await tables.xlsx(sheet));
  const xml = Object.entries(files)
    .filter(([name]) => /sheet1\.xml$|sharedStrings\.xml$/.test(name))
    .map(([, held]) => strFromU8(held))
    .join('');
  expect(xml).not.toContain('<f>');
  expect(xml).toContain('=1+1');
  expect(xml).toContain('&lt;b&gt;&amp;amp;&lt;/b&gt;');
  expect(xml).not.toContain('\u0000');
});

test('an empty list is a file too', async () => {
  expect((await tables.csv({ name: 'x', columns: [], rows: [] })).length).toBeGreaterThan(0);
  expect((await tables.xlsx({ name: 'x', columns: [], rows: [] })).length).toBeGreaterThan(0);
});
