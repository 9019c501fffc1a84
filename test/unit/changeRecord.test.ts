// Where a change stands by its rows, and what a receiver may say of its own ticket.

import { describe, expect, test } from '@jest/globals';
import { changeIdOf, changeStanding, outcomeWords, readExternal, type ChangeFacts } from '../../domain/changeRecord.js';
import type { ManifestState } from '../../domain/run.js';
import { someRow, someRun } from '../support/facts.js';

/** `a installed, b planned`: each machine's rows. */
function rowsOf(text: string) {
  return text === ''
    ? []
    : text.split(', ').map((one) => {
        const [vmId = '', state = ''] = one.split(' ');
        return someRow({ vmId, state: state as ManifestState });
      });
}

const facts = (rows: string, change: Partial<ChangeFacts> = {}): ChangeFacts => ({
  vmIds: ['a', 'b'],
  rows: rowsOf(rows),
  runs: [someRun()],
  starting: false,
  ended: false,
  ...change,
});

describe('a change', () => {
  test.each([
    ['', { runs: [] }, 'opened'],
    ['', {}, 'scheduled'],
    ['a planned, b planned', {}, 'scheduled'],
    ['a planned, b planned', { starting: true }, 'started'],
    ['a installing, b planned', {}, 'started'],
    ['a installed, b planned', {}, 'started'],
    ['a installed', {}, 'started'],
    ['a installed, b installed', {}, 'implemented'],
    ['a installed, b failed', {}, 'started'],
    ['a installed, b failed', { ended: true }, 'partly'],
    ['a installed, b failed, b installed', {}, 'implemented'],
    ['a installed', { ended: true }, 'partly'],
    ['a rolledBack, b rolledBack', { ended: true }, 'backedOut'],
    ['a failed, b skipped', { ended: true }, 'backedOut'],
    ['a skipped, b skipped', { ended: true }, 'cancelled'],
    ['', { ended: true, runs: [] }, 'cancelled'],
    ['', { ended: false, vmIds: [], runs: [] }, 'opened'],
  ])('with %j and %j is %s', (rows, change, state) => {
    expect(changeStanding(facts(rows, change)).state).toBe(state);
  });

  test('counts each machine once, by the best that came of it', () => {
    const { state, counts } = changeStanding(
      facts('a failed, a installed, b skipped, c inDoubt, d rolledBack', {
        vmIds: ['a', 'b', 'c', 'd', 'e'],
        ended: true,
      }),
    );
    expect(counts).toEqual({ machines: 5, installed: 1, rolledBack: 1, failed: 0, inDoubt: 1, left: 2 });
    expect(outcomeWords(state, counts)).toBe(
      '1 of 5 machines have it, 1 returned to their restore point, 1 await a person, 2 were left out',
    );
  });

  test('is named by what was approved', () => {
    expect(changeIdOf('KB1', 'web', 'abcdef0123456789')).toBe('change/KB1/web/abcdef012345');
  });
});

describe('what a receiver says', () => {
  test.each([
    ['{"number":"CHG0031","url":"https://tickets.example/CHG0031"}', 'CHG0031', 'https://tickets.example/CHG0031'],
    ['{"number":31}', '31', null],
    ['{"number":"<b>1</b>","url":"javascript:alert(1)"}', null, null],
    ['{"number":"a\\u0000b","url":"https://x/\\"onload=1"}', null, null],
    [`{"number":"${'9'.repeat(201)}","url":"https://x/${'y'.repeat(1000)}"}`, null, null],
    ['{"number":{"a":1},"url":["https://x"]}', null, null],
    ['["CHG1"]', null, null],
    ['null', null, null],
    ['ok', null, null],
    ['', null, null],
  ])('%s', (text, number, url) => {
    expect(readExternal(text)).toEqual({ number, url });
  });
});
