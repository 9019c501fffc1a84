// A machine that came after a decision was asked for, and the decision that it would join: all is well, and each test spoils what it is about.

import type { ArrivalRule } from '../../domain/arrivalPolicy.js';
import { signedArrivals } from '../../domain/arrivalRule.js';
import type { ArrivalDecision, ArrivalFacts } from '../../domain/arrivals.js';
import type { Match } from '../../domain/equivalence.js';
import { minutesFrom, now, somePatch, someVm } from './facts.js';

export const arrivalRule: ArrivalRule = { id: 'fresh', categories: ['web'], machinesMax: 3, percentMax: 100 };
export const cumulative = somePatch({ patchId: 'KB1', kb: '1' });
export const beside = somePatch({ patchId: 'KB2', kb: '2', kind: 'update', fixedBuilds: {} });
export const reachedBuild = '10.0.20348.4297';

export function someArrivalDecision(change: Partial<ArrivalDecision> = {}): ArrivalDecision {
  const vmIds = ['vm-1', 'vm-2', 'vm-3'];
  const rings = [
    { name: 'canary', vmIds: ['vm-1'] },
    { name: 'broad', vmIds: ['vm-2', 'vm-3'] },
  ];
  const asked = { patchId: 'KB1', category: 'web', vmIds, testedSet: ['KB1', 'KB2'], rings };
  const arrivals = signedArrivals([arrivalRule], asked);
  if (arrivals === null) throw new Error('the rule is not signed');
  return {
    subject: { ...asked, arrivals },
    digest: 'd'.repeat(64),
    askedAt: now,
    byRule: false,
    rule: arrivalRule,
    ring: 'broad',
    isEmergency: false,
    wasPlanned: false,
    joined: [],
    tested: [cumulative, beside],
    isIsolating: false,
    ...change,
  };
}

export function someMatch(change: Partial<Match> = {}): Match {
  return { vmId: 'stg-1', name: 'web-stg-01', score: 0.95, differences: [], ruledOut: false, stands: true, ...change };
}

/** `place`: the later, the later it came. */
export function someArrival(vmId = 'vm-9', place = 0, change: Partial<ArrivalFacts> = {}): ArrivalFacts {
  return {
    vm: someVm({ vmId, name: vmId, placedAt: minutesFrom(now, 60 + place) }),
    category: 'web',
    environment: { environment: 'production', reason: 'a rule', isCertain: true },
    needs: ['KB1', 'KB2'],
    twin: { match: someMatch(), needs: [], build: reachedBuild, changedSince: [] },
    waived: null,
    rejected: [],
    ...change,
  };
}
