// What probes say of a machine against how it was before: each kind of finding, and what excuses it.

import { describe, expect, test } from '@jest/globals';
import { asksMore, probeVerdict, type ProbeFacts, type ProbeRules } from '../../domain/probe.js';

const none: ProbeRules = {
  ports: [],
  http: [],
  newErrors: false,
  ignoredErrors: [],
  counters: { processorPointsMax: null, memoryPercentMax: null, diskPointsMax: null },
  scripts: [],
};
const script = { name: 'orders', osType: 'windows' as const, text: 'exit 0', timeoutSeconds: 5 };
const check = { name: 'shop', url: 'http://localhost/', status: 200, text: 'open' };
const rules: ProbeRules = {
  ...none,
  ports: [80],
  http: [check],
  newErrors: true,
  ignoredErrors: ['DCOM *'],
  counters: { processorPointsMax: 20, memoryPercentMax: 25, diskPointsMax: 5 },
  scripts: [script],
};
const well: ProbeFacts = {
  at: '2026-11-25T10:00:00.000Z',
  bootedAt: null,
  listening: [80, 3389],
  http: [{ name: 'shop', status: 200, textFound: true, problem: null }],
  errors: [{ kind: 'Service Control Manager 7031', count: 3, sample: 'stopped' }],
  processorPercent: 10,
  memoryFreeMb: 1000,
  disks: [{ name: 'C:', freePercent: 50 }],
  scripts: [{ name: 'orders', exitCode: 0, output: '', characters: 0, problem: null }],
};
const shop = (part: Partial<ProbeFacts['http'][number]>) => ({
  http: [{ name: 'shop', status: 200, textFound: true, problem: null, ...part }],
});
const ended = (exitCode: number | null, output = '') => ({
  scripts: [
    { name: 'orders', exitCode, output, characters: output.length, problem: exitCode === null ? 'stopped' : null },
  ],
});
const errors = (...kinds: string[]) => ({ errors: kinds.map((kind) => ({ kind, count: 2, sample: 'oh' })) });

test('a machine that is as it was is healthy', () => {
  expect(probeVerdict(rules, 'windows', well, well)).toEqual({ kind: 'healthy', before: [] });
});

describe('what got worse is sick', () => {
  test.each<[string, Partial<ProbeFacts>, string]>([
    ['a port', { listening: [3389] }, 'it no longer listens on port 80'],
    ['no answer', shop({ status: null, problem: 'refused' }), 'shop: no answer: refused'],
    ['a status', shop({ status: 500 }), 'shop: answered 500, not 200'],
    ['a text', shop({ textFound: false }), 'shop: the answer does not contain "open"'],
    ['a new kind of error', errors('Service Control Manager 7031', 'disk 7'), 'new errors of disk 7 (2×): oh'],
    ['load', { processorPercent: 30.1 }, 'its processor load is 30.1%, it was 10%'],
    ['memory', { memoryFreeMb: 749 }, 'its free memory is 749 MB, it was 1000 MB'],
    ['disk', { disks: [{ name: 'C:', freePercent: 44 }] }, 'its free disk of C: is 44%, it was 50%'],
    ['a script', ended(3, ' no orders\n'), 'script orders ended with 3: no orders'],
  ])('%s', (_, change, reason) => {
    expect(probeVerdict(rules, 'windows', well, { ...well, ...change })).toEqual({
      kind: 'sick',
      reasons: [reason],
      before: [],
    });
  });
});

describe('what is within its bounds, or nobody asks for, is healthy', () => {
  test.each<[string, Partial<ProbeRules>, Partial<ProbeFacts>]>([
    ['the same kind of error again', {}, errors('Service Control Manager 7031')],
    ['an ignored kind', {}, errors('dcom 10016')],
    ['load at the bound', {}, { processorPercent: 30 }],
    ['less load', {}, { processorPercent: 0 }],
    ['memory at the bound', {}, { memoryFreeMb: 750 }],
    ['more memory', {}, { memoryFreeMb: 9000 }],
    ['a disk that came', {}, { disks: [...(well.disks ?? []), { name: 'D:', freePercent: 1 }] }],
    ['errors that nobody asks for', { newErrors: false }, { errors: null }],
    ['any text', { http: [{ ...check, text: null }] }, shop({ textFound: false })],
    ['a script of the other system', { scripts: [{ ...script, osType: 'linux' }] }, ended(1)],
  ])('%s', (_, changed, change) => {
    expect(probeVerdict({ ...rules, ...changed }, 'windows', well, { ...well, ...change }).kind).toBe('healthy');
  });
});

describe('what nobody told is unknown, never healthy (I5)', () => {
  test.each<[string, Partial<ProbeFacts>, string]>([
    ['ports', { listening: null }, 'whether it listens on port 80 was not told'],
    ['checks', { http: [] }, 'shop: http://localhost/ was not asked'],
    ['errors', { errors: null }, 'its log of errors was not told'],
    ['load', { processorPercent: null }, 'its processor load was not told'],
    ['memory', { memoryFreeMb: null }, 'its free memory was not told'],
    ['disks', { disks: null }, 'its free disk was not told'],
    ['a disk that is gone', { disks: [] }, 'its free disk of C: was not told'],
    ['scripts', { scripts: [] }, 'script orders did not end: it was not run'],
    ['a script that hangs', ended(null), 'script orders did not end: stopped'],
  ])('%s', (_, change, reason) => {
    expect(probeVerdict(rules, 'windows', well, { ...well, ...change })).toEqual({
      kind: 'unknown',
      reasons: [reason],
      before: [],
    });
  });

  test('no answer at all', () => {
    expect(probeVerdict(rules, 'windows', well, null)).toMatchObject({ kind: 'unknown' });
  });

  test('nothing from before to compare with', () => {
    expect(probeVerdict(rules, 'windows', null, well)).toMatchObject({
      kind: 'unknown',
      reasons: [
        'which errors are new is not known: its log was not read before',
        'its processor load before is not known, it is 10% now',
        'its free memory before is not known, it is 1000 MB now',
        'its free disk was not told',
      ],
    });
  });

  test('what is wrong weighs more, and says what is not known too', () => {
    const verdict = probeVerdict(rules, 'windows', well, { ...well, listening: [], errors: null });
    expect(verdict).toMatchObject({
      kind: 'sick',
      reasons: ['it no longer listens on port 80', 'its log of errors was not told'],
    });
  });
});

describe('what was wrong before is named, and no fault of the patch', () => {
  const ill: ProbeFacts = { ...well, listening: [], ...shop({ status: 404 }), ...ended(2) };
  test('known to be wrong', () => {
    expect(
      probeVerdict(rules, 'windows', ill, { ...well, listening: [], ...shop({ status: 500 }), ...ended(3) }),
    ).toEqual({
      kind: 'healthy',
      before: [
        'it did not listen on port 80 before either',
        'shop: answered 500, not 200; before: shop: answered 404, not 200',
        'script orders ended with 3; it ended with 2 before',
      ],
    });
  });

  test('what nobody knew excuses nothing', () => {
    const unknown: ProbeFacts = { ...well, listening: null, http: [], ...ended(null) };
    const after = { ...well, listening: [], ...shop({ status: 500 }), ...ended(3) };
    expect(probeVerdict(rules, 'windows', unknown, after)).toMatchObject({ kind: 'sick', before: [] });
    expect(probeVerdict(rules, 'windows', unknown, after)).toHaveProperty('reasons.length', 3);
  });
});

test.each<[string, Partial<ProbeRules>, boolean]>([
  ['nothing', {}, false],
  ['ports', { ports: [80] }, true],
  ['checks', { http: [check] }, true],
  ['errors', { newErrors: true }, true],
  ['a band', { counters: { ...none.counters, diskPointsMax: 0 } }, true],
  ['a script of its system', { scripts: [script] }, true],
  ['a script of the other system', { scripts: [{ ...script, osType: 'linux' }] }, false],
])('%s asks for more: %s', (_, part, expected) => {
  expect(asksMore({ ...none, ...part }, 'windows')).toBe(expected);
  expect(asksMore(undefined, 'windows')).toBe(false);
});
