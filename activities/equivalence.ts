// Which production machines a test stands for: those that an equivalent staging machine carried it for (I1).

import { equivalenceOf, type Group } from '../domain/equivalence.js';
import { thresholdOf } from '../domain/equivalencePolicy.js';
import type { MachineFacts } from '../domain/machineProfile.js';
import { withoutTwin } from '../domain/equivalenceReport.js';
import type { Vm } from '../domain/vm.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { TestResult } from '../ports/stageTests.js';
import { exceptionsOf } from './exceptions.js';
import type { Ports } from './ports.js';

export interface StandIns {
  groups: Group[];
  threshold: number;
  /** Why nothing stands for a machine, by machine. */
  without: Map<string, string>;
}

type Carried = Pick<TestResult, 'runKey' | 'testedSet' | 'vmIds' | 'at'>;

export async function standInsOf(ports: Ports, category: string, machines: Vm[], test: Carried): Promise<StandIns> {
  const { equivalence: policy } = await ports.policy.current();
  const { production, staging } = await comparedFacts(ports, category, machines, test);
  const groups = equivalenceOf(production, staging, policy, { category, tested: test.testedSet });
  const threshold = thresholdOf(policy, category);
  return { groups, threshold, without: withoutTwin(groups, threshold) };
}

/** Staging machines are taken as they were when the test began: what the test changed on them is what it brings. */
export async function comparedFacts(
  ports: Ports,
  category: string,
  machines: Vm[],
  test: Carried,
): Promise<{ production: MachineFacts[]; staging: MachineFacts[] }> {
  const { equivalence, fleet, sessions } = ports.inventory;
  const carriers = (await fleet.vms({ environment: 'staging', category })).filter((vm) => test.vmIds.includes(vm.vmId));
  const begun = (await sessions.sessions({ runKey: test.runKey })).map((session) => session.startedAt).sort()[0];
  return {
    production: await equivalence.facts(machines, null),
    staging: await equivalence.facts(carriers, begun ?? test.at),
  };
}

/** Machines that were signed with a twin and have none by what is known now (I1, I9): a gate that may stop. Subjects of before name no twins. */
export async function unlikeAnyTested(
  ports: Ports,
  { subject, requestedBy }: Pick<DecisionRequest, 'subject' | 'requestedBy'>,
  vmIds: string[],
): Promise<ReadonlyMap<string, string>> {
  const { patchId, category, testRunKey, testedSet, equivalence, exceptions = [] } = subject;
  if (equivalence === undefined) return new Map();
  const { fleet, tests } = ports.inventory;
  const asked = new Set(vmIds);
  const machines = (await fleet.vms({ environment: 'production', category, existing: true })).filter((vm) =>
    asked.has(vm.vmId),
  );
  const [test] = await tests.testResults({ patchId, category, runKey: testRunKey });
  const carried = test ?? { runKey: testRunKey, testedSet, vmIds: [], at: ports.clock.now() };
  const { without } = await standInsOf(ports, category, machines, carried);
  // Only what was signed as an exception may come by one, and only while that stands.
  const signed = new Set(exceptions.map((one) => one.exceptionId));
  const standing = await exceptionsOf(ports, { patchId, category, requestedBy }, [...without.keys()]);
  return new Map([...without].filter(([vmId]) => !signed.has(standing.get(vmId)?.exceptionId ?? '')));
}
