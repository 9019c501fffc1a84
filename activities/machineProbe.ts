// Probes that a category asks for besides services: taken before and after, kept as the results of the session, compared when it is judged.

import type { ProbeStep } from '../domain/operation.js';
import { asksMore, probeVerdict, type ProbeFacts, type ProbeRules, type ProbeVerdict } from '../domain/probe.js';
import type { Policy } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import { AzureFailure } from '../ports/azure.js';
import { givenUp, laterWhenAzureAllows } from './failures.js';
import type { Ports } from './ports.js';

export type ProbesTaken = { kind: 'taken' } | { kind: 'failed'; reason: string };

export interface ProbeInput {
  sessionId: string;
  runKey: string;
  vmId: string;
  step: ProbeStep;
}

export function createMachineProbeActivities(ports: Ports) {
  const { operations, fleet } = ports.inventory;
  return {
    /** Asked again after it was stored, nothing is probed twice. Its row is written when there is an answer: no probe keeps a machine busy. */
    async takeProbes(input: ProbeInput): Promise<ProbesTaken> {
      const { sessionId, step, vmId } = input;
      const held = await operations.operation(sessionId, step);
      if (held?.state === 'succeeded') return { kind: 'taken' };
      const vm = await fleet.vm(vmId);
      if (vm === null) throw givenUp(`machine ${vmId} is not in the inventory`);
      const policy = await ports.policy.current();
      const before = step === 'probesBefore' ? null : await probedBefore(ports, sessionId);
      const answer = await probed(ports, vm, policy, { sessionId, before });
      if (answer.facts === null) return { kind: 'failed', reason: answer.reason };
      await operations.intend(sessionId, step, vmId, ports.clock.now());
      await operations.finished(sessionId, step, 'succeeded', answer.facts, null);
      return { kind: 'taken' };
    },
  };
}

/** Null: policy asks for no more of this machine than agent, boot and services. */
export function probeRulesOf(policy: Policy, vm: Vm | null): ProbeRules | null {
  if (vm === null || vm.category === null) return null;
  const rules = policy.probes[vm.category];
  return asksMore(rules, vm.osType) ? rules : null;
}

/** A guest that does not answer is a fact; only what Azure asks to do later is thrown. */
async function probed(
  ports: Ports,
  vm: Vm,
  policy: Policy,
  { sessionId, before }: { sessionId: string; before: ProbeFacts | null },
): Promise<{ facts: ProbeFacts } | { facts: null; reason: string }> {
  const rules = probeRulesOf(policy, vm);
  if (rules === null) return { facts: null, reason: `policy asks for no probes of ${vm.name} any more` };
  const capture = ports.digests.sha256(sessionId).slice(0, 12);
  try {
    return { facts: await ports.guest.probe(vm, vm.osType, { rules, errorsSince: before?.at ?? null, capture }) };
  } catch (failure) {
    if (!(failure instanceof AzureFailure)) throw failure;
    if (failure.kind === 'throttled' || failure.kind === 'conflict')
      throw laterWhenAzureAllows(failure, policy.polls.floorSeconds);
    return { facts: null, reason: `its probes did not answer: ${failure.message}` };
  }
}

async function factsOf(ports: Ports, sessionId: string, step: ProbeStep): Promise<ProbeFacts | null> {
  const row = await ports.inventory.operations.operation(sessionId, step);
  return row?.state === 'succeeded' ? (row.result as ProbeFacts) : null;
}

export function probedBefore(ports: Ports, sessionId: string): Promise<ProbeFacts | null> {
  return factsOf(ports, sessionId, 'probesBefore');
}

/** Null where nothing is compared: nothing is asked for, or nothing was when the session began, and then nobody probed it (no session that should have been probed goes on without). */
export async function probesJudged(
  ports: Ports,
  { sessionId }: { sessionId: string },
  vm: Vm | null,
  step: Exclude<ProbeStep, 'probesBefore'>,
): Promise<ProbeVerdict | null> {
  const before = await probedBefore(ports, sessionId);
  const rules = probeRulesOf(await ports.policy.current(), vm);
  if (vm === null || rules === null || before === null) return null;
  return probeVerdict(rules, vm.osType, before, await factsOf(ports, sessionId, step));
}
