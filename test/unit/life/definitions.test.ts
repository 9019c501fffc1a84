// Which offers are definition updates, and whether a machine's definitions are too old.

import { describe, expect, test } from '@jest/globals';
import { definitionAge, isDefinition } from '../../../domain/definitions.js';
import { minutesFrom, now } from '../../support/facts.js';

describe('a definition update', () => {
  test.each<[string, string | null, string[], boolean]>([
    [
      'Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version 1.335.360.0)',
      '2267602',
      ['Definition'],
      true,
    ],
    [
      'Definition Update for Windows Defender Antivirus - KB2267602 (Definition 1.279.1373.0)',
      '2267602',
      ['Definition Updates'],
      true,
    ],
    ['Security Intelligence Update for Microsoft Defender Antivirus', null, [], true],
    ['something', '2267602', [], true],
    ['Windows Malicious Software Removal Tool x64 - v5.87 (KB890830)', '890830', ['UpdateRollUp'], false],
    ['2025-10 Cumulative Update for Windows Server 2022 (KB5070884)', '5070884', ['Security'], false],
    ['Update for the definition of time zones (KB5000000)', '5000000', ['Updates'], false],
  ])('%s', (title, kb, classifications, expected) => {
    expect(isDefinition({ title, kb, classifications })).toBe(expected);
  });
});

describe('the age of definitions', () => {
  const policy = { policy: 'autoInstall' as const, maximumAgeHours: 72 };
  test.each<[string, string | null, string]>([
    ['an hour', minutesFrom(now, -60), 'fresh'],
    ['exactly as old as allowed', minutesFrom(now, -72 * 60), 'fresh'],
    ['older', minutesFrom(now, -72 * 60 - 1), 'late'],
    ['never told', null, 'unknown'],
    ['a time that is none', 'yesterday', 'unknown'],
    ['of the future', minutesFrom(now, 60), 'fresh'],
  ])('%s', (_, updatedAt, kind) => {
    expect(definitionAge(updatedAt, policy, now).kind).toBe(kind);
  });

  test.each([minutesFrom(now, -72 * 60 - 1), null, 'yesterday'])(
    'are judged nowhere when policy ignores them: %s',
    (updatedAt) => {
      expect(definitionAge(updatedAt, { ...policy, policy: 'ignore' }, now).kind).toBe('ignored');
    },
  );
});
