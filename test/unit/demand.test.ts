// Which machine needs what, and what counts as there. "Not missing" never means installed.

import { describe, expect, test } from '@jest/globals';
import { needOf, neededPatches, presenceOf } from '../../domain/demand.js';
import { currentPatches } from '../../domain/supersedence.js';
import type { GuestFacts } from '../../domain/vm.js';
import { now, somePatch, someVm } from '../support/facts.js';

const framework = somePatch({
  patchId: 'KB5066743',
  kb: '5066743',
  kind: 'update',
  products: [{ id: '11676-11923', name: 'Microsoft .NET Framework 3.5 AND 4.8 on Windows Server 2022' }],
  fixedBuilds: { '11676-11923': '4.8.04798.04' },
});
const older = somePatch({ patchId: 'KB5066782', kb: '5066782', fixedBuilds: { '11923': '10.0.20348.4294' } });
const assessed = { missingKbs: ['5066743'], rebootPending: false, assessedAt: now };

function guest(change: Partial<GuestFacts>): GuestFacts {
  return {
    osVersion: '10.0.20348.4171',
    installedKbs: [],
    pendingReboot: false,
    services: [],
    software: [],
    seenAt: now,
    ...change,
  };
}

describe('need', () => {
  test('a cumulative update is needed below its build, whatever the assessment says', () => {
    expect(needOf(somePatch(), someVm()).kind).toBe('needed');
    expect(needOf(somePatch(), someVm({ osVersion: '10.0.20348.4297' })).kind).toBe('notNeeded');
    expect(needOf(somePatch(), someVm({ osVersion: null })).kind).toBe('unknown');
    expect(needOf(somePatch(), someVm({ osVersion: 'latest' })).kind).toBe('unknown');
  });

  test('another system, even of the same build family, does not need it', () => {
    expect(
      needOf(somePatch(), someVm({ osName: 'Windows Server 2019 Datacenter', osVersion: '10.0.17763.7792' })).kind,
    ).toBe('notNeeded');
    expect(needOf(somePatch(), someVm({ osType: 'linux' })).kind).toBe('notNeeded');
  });

  test('an update of something else is needed where the assessment misses it', () => {
    expect(needOf(framework, someVm()).kind).toBe('notNeeded');
    expect(needOf(framework, someVm({ assessment: assessed })).kind).toBe('needed');
  });

  test('hotpatches and stand-alone packages are needed only where the assessment asks for them', () => {
    expect(needOf(somePatch({ kind: 'hotpatch' }), someVm()).kind).toBe('notNeeded');
    expect(needOf(somePatch({ kind: 'standalone' }), someVm()).kind).toBe('notNeeded');
  });

  test('of several cumulative updates only the newest is needed; product updates come beside it', () => {
    const ids = neededPatches([older, somePatch(), framework], someVm({ assessment: assessed })).map(
      ({ patch }) => patch.patchId,
    );
    expect(ids.toSorted()).toEqual(['KB5066743', 'KB5070884']);
  });
});

describe('presence', () => {
  test('is the guest’s own build, or its list', () => {
    expect(presenceOf(somePatch(), someVm({ guest: guest({ osVersion: '10.0.20348.4297' }) })).kind).toBe('present');
    expect(presenceOf(somePatch(), someVm({ guest: guest({ installedKbs: ['5070884'] }) })).kind).toBe('absent');
    expect(presenceOf(framework, someVm({ guest: guest({ installedKbs: ['5066743'] }) })).kind).toBe('present');
    expect(presenceOf(framework, someVm({ guest: guest({}) })).kind).toBe('absent');
    expect(presenceOf(somePatch(), someVm()).kind).toBe('unknown');
  });
});

describe('supersedence', () => {
  test('a newer build takes the place of an older one on all its products', () => {
    const { current, supersededBy } = currentPatches([older, somePatch()]);
    expect(current.map((patch) => patch.patchId)).toEqual(['KB5070884']);
    expect(supersededBy).toEqual({ KB5066782: 'KB5070884' });
  });

  test('a product that nothing newer covers keeps a patch current', () => {
    const wide = somePatch({
      patchId: 'KB1',
      kb: '1',
      products: [...older.products, { id: '99', name: 'Windows 10' }],
      fixedBuilds: { '11923': '10.0.20348.4294', '99': '10.0.17763.7919' },
    });
    expect(currentPatches([wide, somePatch()]).current.map((patch) => patch.kb)).toContain('1');
  });
});
