// Impact and digest of 50 patches on 10,000 machines that need them all: the way that is shipped, beside plain JSON and SHA-256 of the same subjects.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { parsePolicy } from '../adapters/policy/loadPolicy.js';
import { canonical } from '../domain/canonical.js';
import type { DecisionSubject } from '../domain/decision.js';
import { fleetIndex, impactOf } from '../domain/impact.js';
import type { Observation } from '../domain/impactDowntime.js';
import { signedImpact } from '../domain/impactSigned.js';
import type { CategoryRule } from '../domain/policy.js';
import { ringsOf } from '../domain/ring.js';
import type { Vm } from '../domain/vm.js';
import { someVm } from '../test/support/facts.js';
import type { Measured } from './main.js';
import { median } from './median.js';

const patches = 50;
const machines = 10_000;
const repeats = 5;
const at = '2026-10-14T08:00:00.000Z';
const systems = ['2016', '2019', '2022', '2025'];

export async function decisions(): Promise<Measured> {
  const file = new URL('../policy/demonstration.yaml', import.meta.url);
  const policy = parsePolicy(readFileSync(file, 'utf8'), 'policy');
  const windows = policy.categories.filter((rule) => rule.name !== 'linux');
  const rules = windows.map((rule) => ({ ...rule, waveSizeMax: 200, inFlightMax: 100 }));
  const fleet = Array.from({ length: machines }, (_, index) => someMachine(index, rules));
  const observations = Array.from({ length: 1000 }, (_, index) => someObservation(index, rules));
  const names = Array.from({ length: patches }, (_, index) => `KB${5_070_000 + index}`);

  const shipped = measure(() => {
    const index = fleetIndex(fleet, rules, [
      { of: { kind: 'category', name: 'app' }, on: { kind: 'service', name: 'MSSQLSERVER' } },
      { of: { kind: 'category', name: 'web' }, on: { kind: 'category', name: 'app' } },
    ]);
    const subjects: DecisionSubject[] = [];
    const digests: string[] = [];
    for (const patchId of names)
      for (const rule of rules) {
        const subject = subjectOf(patchId, rule, fleet, observations, index);
        subjects.push(subject);
        digests.push(sha256(canonical(subject)));
      }
    return { subjects, digests };
  });
  const { subjects, digests } = shipped.answer;
  const reference = measure(() => subjects.map((subject) => sha256(JSON.stringify(subject))));
  const covered = subjects.reduce((sum, subject) => sum + subject.vmIds.length, 0);
  if (covered !== patches * machines) throw new Error(`${covered} machines are covered`);
  if (new Set(digests).size !== subjects.length) throw new Error('two subjects have the same digest');
  const ratio = shipped.seconds / reference.seconds;
  return {
    rows: [
      ['patches × machines', `${patches} × ${machines}`, ''],
      ['seconds, impact and digest', shipped.seconds.toFixed(3), '< 2'],
      ['seconds, JSON and SHA-256 of the same', reference.seconds.toFixed(3), ''],
      ['times the reference', ratio.toFixed(1), ''],
    ],
    json: { patches, machines, seconds: shipped.seconds, referenceSeconds: reference.seconds, ratio },
  };
}

function subjectOf(
  patchId: string,
  rule: CategoryRule,
  fleet: Vm[],
  observations: Observation[],
  index: ReturnType<typeof fleetIndex>,
): DecisionSubject {
  const mine = fleet.filter((vm) => vm.category === rule.name);
  const rings = ringsOf(rule, mine);
  const testRunKey = `maintenance/staging/${rule.name}/staging/next@1`;
  const test = { runKey: testRunKey, downtimeMinutes: 9, reboots: 3, machines: 3 };
  const risk = {
    due: { tier: 'P2', deadline: at, because: 'important' },
    overdue: 0,
    exploited: false,
    leftOut: 0,
    testVerdict: 'passed',
    testedMachines: 3,
    testedSet: [patchId],
    knownIssues: [],
    released: at,
    installed: 0,
    failed: 0,
  };
  const facts = { patchId, rule, inFlightMax: 500, machines: mine, rings, restart: 'yes' as const, test, observations };
  const impact = impactOf({ ...facts, rollbacks: [], risk }, index, at);
  return {
    patchId,
    category: rule.name,
    revision: '2026-Oct@1',
    vmIds: mine.map((vm) => vm.vmId).sort(),
    testedSet: [patchId],
    testRunKey,
    testVerdict: 'passed',
    impact: {
      downtimeMinutes: 9,
      reboots: 3,
      vms: mine.length,
      services: rule.services,
      order: rule.rings.map((ring) => ring.name),
      ...signedImpact(impact, []),
    },
    rings,
    windowRule: rule.windows.production,
    unwind: rule.unwind,
    subsetAllowed: rule.subsetAllowed,
    equivalence: {
      threshold: 0.6,
      groups: [
        { twin: { vmId: 't', name: 'twin' }, score: 0.9, differences: [], vmIds: mine.map((vm) => vm.vmId).sort() },
      ],
      without: [],
    },
  };
}

function someMachine(index: number, rules: CategoryRule[]): Vm {
  const category = rules[index % rules.length]?.name ?? 'web';
  return someVm({
    vmId: `5f0c2d1e-0000-4000-8000-${String(index).padStart(12, '0')}`,
    name: `${category}-prd-${index}`,
    category,
    zone: String((index % 3) + 1),
    availabilitySet: index % 4 === 0 ? `/sets/${category}-${index % 40}` : null,
    osName: `Windows Server ${systems[index % systems.length] ?? '2022'} Datacenter`,
    tags: index % 100 === 0 ? { 'depends-on': `${category}-prd-${index + rules.length}` } : {},
  });
}

function someObservation(index: number, rules: CategoryRule[]): Observation {
  return {
    runKey: `maintenance/production/web/broad/before@${index % 50}`,
    category: rules[index % rules.length]?.name ?? null,
    system: `Windows Server ${systems[index % systems.length] ?? '2022'}`,
    restarted: index % 5 !== 0,
    minutes: 4 + (index % 37) / 3,
  };
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

function measure<T>(work: () => T): { seconds: number; answer: T } {
  const seconds: number[] = [];
  let answer = work();
  for (let n = 0; n < repeats; n += 1) {
    const began = performance.now();
    answer = work();
    seconds.push((performance.now() - began) / 1000);
  }
  return { seconds: median(seconds), answer };
}
