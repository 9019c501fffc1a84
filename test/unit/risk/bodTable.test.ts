// The published table of BOD 26-04: sixteen rows, each with its verdict; a changed row gives another verdict; half a table is none.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { bodTimeline, readBodTable, type BodInputs, type BodTable } from '../../../domain/bodTable.js';
import { sharedPath, testWith } from '../../support/shared.js';

const text = readFileSync(join(import.meta.dirname, '../../../policy/bod-26-04.csv'), 'utf8');

function tableOf(csv: string): BodTable {
  const table = readBodTable(csv);
  if ('problem' in table) throw new Error(`${table.line}: ${table.problem}`);
  return table;
}

/** Answers as the directive's digest writes them: KEV, exposed, automatable, total. */
function verdict(answers: string, table = tableOf(text)): string {
  const [inKev, exposed, automatable, totalImpact] = answers.split('').map((answer) => answer === 'y');
  const inputs = { inKev, exposed, automatable, totalImpact } as BodInputs;
  const { days, forensics } = bodTimeline(table, inputs);
  return days === null ? 'upgrade' : `${days}${forensics ? ' with forensics' : ''}`;
}

describe('BOD 26-04', () => {
  test.each([
    ['yyyy', '3 with forensics'],
    ['yyny', '3 with forensics'],
    ['ynyy', '3 with forensics'],
    ['yyyn', '3'],
    ['nyyy', '3'],
    ['yynn', '14'],
    ['ynyn', '14'],
    ['ynny', '14'],
    ['ynnn', '14'],
    ['nyyn', '14'],
    ['nyny', '14'],
    ['nynn', '60'],
    ['nnyn', '60'],
    ['nnyy', '60'],
    ['nnnn', 'upgrade'],
    ['nnny', 'upgrade'],
  ])('%s: %s', (answers, expected) => {
    expect(verdict(answers)).toBe(expected);
  });

  test('the table decides, not the code', () => {
    const changed = text.replace('0,no,no,no,partial,fix on system upgrade', '0,no,no,no,partial,7 days');
    expect(verdict('nnnn', tableOf(changed))).toBe('7');
  });

  test.each([
    ['a row that is missing', text.replace(/^15,.*\n/m, ''), 'has 15 of'],
    [
      'a row that is there twice',
      text.replace('15,yes,yes,yes,total', '15,yes,yes,yes,partial'),
      'the same four answers',
    ],
    ['an answer that is none', text.replace('1,yes,no', '1,maybe,no'), 'yes or no'],
    ['an impact that is none', text.replace('0,no,no,no,partial', '0,no,no,no,some'), 'partial or total'],
    ['a timeline that is none', text.replace('14 days', 'soon'), 'unknown timeline'],
    ['another header', text.replace('In KEV', 'Known'), 'no column In KEV'],
    ['nothing', '', 'no column'],
  ])('%s is no table', (_, csv, problem) => {
    expect(readBodTable(csv)).toMatchObject({ line: expect.any(Number), problem: expect.stringContaining(problem) });
  });

  testWith(sharedPath('feeds', 'ssvc'))('the published file says what ours says', () => {
    const published = readFileSync(sharedPath('feeds', 'ssvc', 'cisa_bod_26_04_1_0_0.csv'), 'utf8');
    expect(tableOf(published)).toEqual(tableOf(text));
  });
});
