// What owners hear of maintenance, and when; what counts as a run that did not start.

import { describe, expect, test } from '@jest/globals';
import { expectedRuns } from '../../../domain/expectedRuns.js';
import {
  aheadOccasions,
  dueAhead,
  endNotices,
  hasBegun,
  notStarted,
  oncePerRun,
  startNotices,
  type AnnouncedRun,
} from '../../../domain/maintenanceNotices.js';
import type { Enrolment } from '../../../domain/run.js';
import { minutesFrom, now, someRow, someRun } from '../../support/facts.js';

const hours = (number: number) => minutesFrom(now, number * 60);
const owner = 'web-team@contoso.example';
const days = [5, 1];

function announced(change: Partial<AnnouncedRun> = {}): AnnouncedRun {
  return {
    runKey: 'maintenance/production/web/canary/weekly@2026-11-28',
    category: 'web',
    ring: 'canary',
    opensAt: hours(100),
    closesAt: hours(104),
    patches: ['KB1'],
    machines: [
      { vmId: 'vm-1', vmName: 'web-prd-01', owner },
      { vmId: 'vm-2', vmName: 'web-prd-02', owner },
      { vmId: 'vm-3', vmName: 'web-prd-03', owner: 'lee@contoso.example' },
    ],
    expected: false,
    ...change,
  };
}

/** Looks every half hour from an enrolment on, and takes down how many hours before the opening each notice came. */
function heard(enrolledHoursBefore: number, until = 0): number[] {
  const told = new Map<string, string>();
  const run = announced({ machines: [{ vmId: 'vm-1', vmName: 'web-prd-01', owner }] });
  const opens = Date.parse(run.opensAt);
  const at: number[] = [];
  for (let before = enrolledHoursBefore; before >= until; before -= 0.5) {
    const instant = new Date(opens - before * 3600_000).toISOString();
    for (const due of dueAhead(run, told, instant, days)) {
      expect(told.has(due.occasion)).toBe(false);
      told.set(due.occasion, instant);
      at.push(before);
    }
  }
  return at;
}

describe('ahead', () => {
  test.each([
    ['weeks before', 500, [120, 24]],
    ['five days before', 120, [120, 24]],
    ['four days before', 96, [96, 24]],
    ['two days before', 48, [48, 24]],
    ['less than two days before: once, at once', 47, [47]],
    ['a day and an hour before: once, at once', 25, [25]],
    ['less than a day before: once, at once', 7, [7]],
    ['an hour before: once, at once', 1, [1]],
    ['as the window opens: its start tells it', 0, []],
  ])('a run that is enrolled %s', (_, enrolled, expected) => {
    expect(heard(enrolled)).toEqual(expected);
  });

  test('nothing after the window has opened, and nothing when policy names no day', () => {
    expect(dueAhead(announced(), new Map(), hours(101), days)).toEqual([]);
    expect(dueAhead(announced(), new Map(), hours(99), [])).toEqual([]);
  });

  test('each owner hears of their own machines', () => {
    const due = dueAhead(announced({ opensAt: hours(20) }), new Map(), now, days);
    expect(due.map((one) => [one.owner, one.subject])).toEqual([
      [owner, 'Maintenance of 2 of your machines on 2026-11-25 08:00 UTC'],
      ['lee@contoso.example', 'Maintenance of one of your machines on 2026-11-25 08:00 UTC'],
    ]);
    expect(due[1]?.lines).toContain('web-prd-03');
    expect(due[1]?.lines).not.toContain('web-prd-01');
  });

  test('every occasion that may come is asked for', () => {
    const run = announced({ opensAt: hours(20) });
    for (const { occasion } of dueAhead(run, new Map(), now, days))
      expect(aheadOccasions(run, days)).toContain(occasion);
  });

  test('an enrolled run is no longer only expected, and machines come together once', () => {
    const [only, ...more] = oncePerRun([
      announced({ expected: true, patches: ['KB2'] }),
      announced({ machines: announced().machines.slice(0, 1) }),
    ]);
    expect(more).toEqual([]);
    expect(only).toMatchObject({ expected: false, patches: ['KB2', 'KB1'] });
    expect(only?.machines).toHaveLength(3);
  });
});

describe('runs that follow', () => {
  const rings = ['canary', 'early', 'none', 'broad'].map((name) => ({
    name,
    vmIds: name === 'none' ? [] : [`vm-${name}`],
  }));
  const rollout = { patchId: 'KB1', category: 'web', rings, windowRule: 'nightly' };
  const enrolment = (patchId: string): Enrolment => ({
    runKey: 'r',
    patchId,
    category: 'web',
    digest: 'd',
    decisionId: 'd1',
    vmIds: ['vm-canary'],
    notifyWorkflowId: 'rollout',
  });
  /** Opens every 24 hours. */
  const nightly = (_: string, after: string) => {
    const opens = Math.ceil((Date.parse(after) + 1) / 86_400_000) * 86_400_000;
    const at = (minutes: number) => new Date(opens + minutes * 60_000).toISOString();
    return { occurrence: `nightly@${at(0).slice(0, 10)}`, planAt: at(-60), opensAt: at(0), closesAt: at(240) };
  };
  const canary = { run: someRun({ opensAt: hours(12), closesAt: hours(16) }), enrolments: [enrolment('KB1')] };

  test('are the later rings, each in the window after the one before', () => {
    const found = expectedRuns(rollout, [canary], nightly, hours(200));
    expect(found.map((one) => [one.ring, one.opensAt, one.vmIds, one.runKey])).toEqual([
      ['early', '2026-11-26T00:00:00.000Z', ['vm-early'], 'maintenance/production/web/early/nightly@2026-11-26'],
      ['broad', '2026-11-27T00:00:00.000Z', ['vm-broad'], 'maintenance/production/web/broad/nightly@2026-11-27'],
    ]);
  });

  test.each([
    ['nothing is enrolled yet: a tier may be waiting', []],
    ['another patch is enrolled', [{ ...canary, enrolments: [enrolment('KB2')] }]],
    ['another category is', [{ ...canary, run: someRun({ category: 'sql' }) }]],
    ['a ring is that nobody approved', [{ ...canary, run: someRun({ ring: 'catch-up' }) }]],
  ])('are not known while %s', (_, underWay) => {
    expect(expectedRuns(rollout, underWay, nightly, hours(200))).toEqual([]);
  });

  test('beyond the horizon, or without a window, are none', () => {
    expect(expectedRuns(rollout, [canary], nightly, hours(40))).toHaveLength(1);
    expect(expectedRuns(rollout, [canary], () => null, hours(200))).toEqual([]);
  });

  test('follow the latest ring that is enrolled', () => {
    const early = { run: someRun({ ring: 'early', closesAt: hours(40) }), enrolments: [enrolment('KB1')] };
    expect(expectedRuns(rollout, [early, canary], nightly, hours(200)).map((one) => one.ring)).toEqual(['broad']);
  });
});

describe('at start and end', () => {
  const { machines } = announced();
  const run = someRun({ outcome: 'completed' });
  const rows = [
    someRow({ vmId: 'vm-1', patchId: 'KB1', state: 'installed' }),
    someRow({ vmId: 'vm-1', patchId: 'KB2', state: 'skipped', reason: 'superseded' }),
    someRow({ vmId: 'vm-2', patchId: 'KB1', state: 'rolledBack', reason: 'W3SVC was down' }),
    someRow({ vmId: 'vm-3', patchId: 'KB1', state: 'skipped', wave: 0, reason: 'the guest was never asked' }),
  ];

  test('whose machines are due hear that it has begun', () => {
    const started = startNotices(run, machines, rows);
    expect(started.map((one) => one.owner)).toEqual([owner]);
    expect(started[0]?.lines).toContain('web-prd-01: KB1, KB2');
  });

  test('whose machines were left out hear why, at its end', () => {
    const ended = endNotices(run, machines, rows);
    expect(ended.map((one) => one.subject)).toEqual([
      'Maintenance of 2 of your machines has ended: 1 skipped, 1 rolled back',
      'Maintenance of one of your machines has ended: 1 skipped',
    ]);
    expect(ended[0]?.lines).toEqual(
      expect.arrayContaining([
        'web-prd-01: KB1 installed, KB2 skipped (superseded)',
        'web-prd-02: KB1 rolled back (W3SVC was down)',
      ]),
    );
    expect(ended[1]?.lines).toContain('web-prd-03: KB1 skipped (the guest was never asked)');
  });

  test('a machine without any row had nothing due', () => {
    expect(endNotices(run, machines.slice(0, 1), [])[0]).toMatchObject({
      subject: 'Maintenance of one of your machines has ended: nothing was due',
      lines: expect.arrayContaining(['web-prd-01: nothing was due']),
    });
  });

  test('it has begun when some machine is past being planned', () => {
    expect(hasBegun([someRow({ state: 'planned' }), someRow({ state: 'skipped', wave: 0 })])).toBe(false);
    expect(hasBegun([someRow({ state: 'planned' }), someRow({ state: 'installing' })])).toBe(true);
  });
});

test.each([
  ['before its window', { status: 'planned', opensAt: hours(1) }, false, null],
  ['nine minutes after', { status: 'open', opensAt: minutesFrom(now, -9) }, false, null],
  ['ten minutes after, still open', { status: 'open', opensAt: minutesFrom(now, -10) }, true, 'not planned yet'],
  [
    'ten minutes after, its workflow gone',
    { status: 'planned', opensAt: minutesFrom(now, -10) },
    false,
    'does not run',
  ],
  ['ten minutes after, at work', { status: 'planned', opensAt: minutesFrom(now, -10) }, true, null],
  ['long over', { status: 'settled', opensAt: minutesFrom(now, -600) }, false, null],
] as const)('a run %s', (_, run, workflowRuns, expected) => {
  const why = notStarted(run, workflowRuns, now);
  if (expected === null) expect(why).toBeNull();
  else expect(why).toContain(expected);
});
