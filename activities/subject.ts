// What a person is asked about: the machines that a test stands for, and everything that a decision signs (I1, I9).

import { signedArrivals } from '../domain/arrivalRule.js';
import type { DecisionSubject } from '../domain/decision.js';
import { signedEquivalence, type SignedEquivalence } from '../domain/equivalenceReport.js';
import { signedImpact } from '../domain/impactSigned.js';
import { testedPackages, type TestedPackage } from '../domain/installation.js';
import type { Patch } from '../domain/patch.js';
import type { CategoryRule } from '../domain/policy.js';
import { ringsOf } from '../domain/ring.js';
import type { Vm } from '../domain/vm.js';
import type { TestResult } from '../ports/stageTests.js';
import type { SignedException } from '../domain/testException.js';
import { standInsOf } from './equivalence.js';
import { exceptionsOf } from './exceptions.js';
import { givenUp } from './failures.js';
import { impactNow } from './impactFacts.js';
import type { Ports } from './ports.js';
import { waivedOf } from './waived.js';

/** Machines that a waiver lets do without it are not among them. */
export async function needingMachines(
  ports: Ports,
  patchId: string,
  category: string,
  environment: Vm['environment'],
): Promise<Vm[]> {
  const { patches, fleet } = ports.inventory;
  const demand = await patches.demand({ patchId });
  const needing = new Set(demand.map((row) => row.vmId));
  const vms = (await fleet.vms({ environment, category, existing: true })).filter((vm) => needing.has(vm.vmId));
  const waived = await waivedOf(ports, patchId, vms);
  return vms.filter((vm) => !waived.has(vm.vmId));
}

export interface Tested {
  machines: Vm[];
  equivalence: SignedEquivalence;
  /** Of these machines, those that come by an exception. */
  exceptions: SignedException[];
}

/** Machines that a staging machine of the test stands for. Others have no equivalent there and are not in what may be approved (I1). */
export async function testedMachines(
  ports: Ports,
  patchId: string,
  category: string,
  test: TestResult,
  requestedBy: string[],
): Promise<Tested> {
  const installed = new Set(
    (await ports.inventory.runs.manifest({ patchId }))
      .filter((row) => row.state === 'installed')
      .map((row) => row.vmId),
  );
  const needing = await needingMachines(ports, patchId, category, 'production');
  const open = needing.filter((vm) => !installed.has(vm.vmId));
  const { groups, threshold, without } = await standInsOf(ports, category, open, test);
  const excepted = await exceptionsOf(ports, { patchId, category, requestedBy }, [...without.keys()]);
  const exceptions = open.flatMap(({ vmId, name: vmName }) => {
    const held = excepted.get(vmId);
    if (held === undefined) return [];
    const { exceptionId, by, until, reason } = held;
    return [{ vmId, vmName, exceptionId, by, until, reason }];
  });
  return {
    machines: open.filter((vm) => !without.has(vm.vmId) || excepted.has(vm.vmId)),
    equivalence: signedEquivalence(groups, threshold, new Set(excepted.keys())),
    exceptions,
  };
}

export async function subjectOf(
  ports: Ports,
  patchId: string,
  rule: CategoryRule,
  test: TestResult,
  { machines, equivalence, exceptions }: Tested,
): Promise<DecisionSubject> {
  const { patches, impacts } = ports.inventory;
  const record = await patches.patch(patchId);
  if (record === null) throw givenUp(`${patchId} is not in the inventory`);
  const leftOut = equivalence.without.reduce((sum, gap) => sum + gap.machines, 0);
  const rings = ringsOf(rule, machines, new Set(exceptions.map((one) => one.vmId)));
  const impact = await impactNow(ports, { record, rule, test, machines, rings, leftOut });
  const { approvals } = await ports.policy.current();
  const vmIds = machines.map((vm) => vm.vmId).sort();
  const asked = { category: rule.name, vmIds, testedSet: test.testedSet, rings };
  const arrivals = signedArrivals(approvals.arrivals, asked);
  const edits = await impacts.edits({ patchId, category: rule.name });
  return {
    patchId,
    category: rule.name,
    revision: `${record.patch.source.document}@${record.patch.source.revision ?? ''}`,
    vmIds,
    testedSet: test.testedSet,
    testRunKey: test.runKey,
    testVerdict: test.verdict,
    impact: {
      downtimeMinutes: test.downtimeMinutes,
      reboots: test.reboots,
      vms: machines.length,
      services: rule.services,
      order: rule.rings.map((ring) => ring.name),
      ...signedImpact(impact, edits),
    },
    rings,
    windowRule: rule.windows.production,
    unwind: rule.unwind,
    subsetAllowed: rule.subsetAllowed,
    equivalence,
    ...(exceptions.length === 0 ? {} : { exceptions }),
    ...(arrivals === null ? {} : { arrivals }),
    ...(await withdrawnBefore(ports, patchId, rule.name)),
    ...(record.patch.packages.length === 0 ? {} : { packages: await packagesTested(ports, record.patch, test) }),
  };
}

async function withdrawnBefore(
  { inventory }: Ports,
  patchId: string,
  category: string,
): Promise<Pick<DecisionSubject, 'withdrawn'>> {
  const taken = await inventory.withdrawals.withdrawals({ patchId, category, accepted: true });
  const newest = taken.find((one) => one.kind === 'approval');
  return newest === undefined ? {} : { withdrawn: { by: newest.by, at: newest.at, reason: newest.reason } };
}

/** Of Linux: the versions that passed are what is asked about, and what production gets (I1). */
async function packagesTested(
  ports: Ports,
  patch: Patch,
  { runKey, category, vmIds }: TestResult,
): Promise<TestedPackage[]> {
  const { fleet, runs } = ports.inventory;
  const rows = (await runs.manifest({ runKey, patchId: patch.patchId })).filter((row) => vmIds.includes(row.vmId));
  return testedPackages(patch, rows, await fleet.vms({ environment: 'staging', category }));
}
