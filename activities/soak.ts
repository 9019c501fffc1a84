// Machines of a staging run are probed again while it soaks. What a probe found turns their rows, so that the verdict follows from those (I1, I5).

import { healthOf, type Health } from '../domain/health.js';
import { probeVerdict, type ProbeFacts, type ProbeVerdict } from '../domain/probe.js';
import type { Policy } from '../domain/policy.js';
import { machineGone, type Run } from '../domain/run.js';
import { rowsAfterProbe, soakingMachines, soakVerdict, type SoakProbe } from '../domain/soak.js';
import type { Vm } from '../domain/vm.js';
import { AzureFailure } from '../ports/azure.js';
import { laterWhenAzureAllows } from './failures.js';
import { probedBefore, probeRulesOf } from './machineProbe.js';
import type { Ports } from './ports.js';

export interface SoakingMachine {
  vmId: string;
  vmName: string;
}

export interface ProbeOfSoak extends SoakingMachine {
  runKey: string;
  number: number;
  /** The one at the end: what it answered is kept. */
  isLast: boolean;
}

/** `told`: its row is written. `busy`, `unknown`: nothing is, and it may be asked again. */
export type SoakProbed = { kind: 'told' } | { kind: 'busy' | 'unknown'; reason: string };

interface Answer {
  verdict: Health & { before?: string[] };
  facts: unknown;
  isGone?: boolean;
}

export function createSoakActivities(ports: Ports) {
  const { runs, fleet, sessions, soaks } = ports.inventory;

  return {
    /** A page of those that can still pass, after this one. */
    async soakingMachines(input: { runKey: string; after: string | null; limit: number }): Promise<SoakingMachine[]> {
      const all = soakingMachines(await runs.manifest({ runKey: input.runKey }));
      return all.filter(({ vmId }) => input.after === null || vmId > input.after).slice(0, input.limit);
    },

    /** Read-only in the guest: asked again after a crash, it is probed again, and what was kept first stays. */
    async probeSoaking(input: ProbeOfSoak): Promise<SoakProbed> {
      const { runKey, vmId } = input;
      const kept = await soaks.probes({ runKey, vmId });
      if (kept.some((one) => one.number === input.number)) return { kind: 'told' };
      const vm = await fleet.vm(vmId);
      const [other] = await sessions.sessions({ vmId, open: true });
      if (other !== undefined) return { kind: 'busy', reason: `${other.runKey} works on it` };
      const answer = await answerOf(input, vm);
      if (answer.verdict.kind === 'unknown' && answer.isGone !== true)
        return { kind: 'unknown', reason: answer.verdict.reasons.join('; ') };
      await keep(ports, input, answer);
      return { kind: 'told' };
    },

    /** Nobody could tell how it is: its rows are in doubt from now on. */
    async doubtSoaking(input: ProbeOfSoak & { reason: string }): Promise<void> {
      await keep(ports, input, { verdict: { kind: 'unknown', reasons: [input.reason] }, facts: null });
    },
  };

  async function answerOf({ runKey, number }: ProbeOfSoak, vm: Vm | null): Promise<Answer> {
    if (vm === null || vm.goneAt !== null) return goneAnswer();
    const policy = await ports.policy.current();
    try {
      const now = await ports.azure.vmNow(vm);
      if (now.power !== 'running') return unknownAnswer(`the machine is ${now.power}`);
      if (!now.agentReady) return unknownAnswer('the guest agent does not answer');
      const services = policy.categories.find((rule) => rule.name === vm.category)?.services ?? [];
      const guest = await ports.guest.services(vm, vm.osType, services);
      const probes = await probesOf(vm, policy, { runKey, number });
      const verdict = soakVerdict(healthOf(guest, services), probes?.verdict ?? null);
      return { verdict, facts: { guest, probes: probes?.facts ?? null } };
    } catch (failure) {
      if (!(failure instanceof AzureFailure)) throw failure;
      if (failure.kind === 'notFound') return goneAnswer();
      if (failure.kind === 'throttled' || failure.kind === 'conflict')
        throw laterWhenAzureAllows(failure, policy.polls.floorSeconds);
      return unknownAnswer(`its probes did not answer: ${failure.message}`);
    }
  }

  /** Compared with how the machine was before its patch. Null where nobody probed it then, since nothing was asked for. */
  async function probesOf(
    vm: Vm,
    policy: Policy,
    { runKey, number }: { runKey: string; number: number },
  ): Promise<{ verdict: ProbeVerdict; facts: ProbeFacts } | null> {
    const rules = probeRulesOf(policy, vm);
    const session = (await sessions.sessions({ runKey, vmId: vm.vmId })).at(-1);
    const before = session === undefined ? null : await probedBefore(ports, session.sessionId);
    if (rules === null || before === null) return null;
    const capture = ports.digests.sha256(`${runKey}/${vm.vmId}/soak-${number}`).slice(0, 12);
    const facts = await ports.guest.probe(vm, vm.osType, { rules, errorsSince: before.at, capture });
    return { verdict: probeVerdict(rules, vm.osType, before, facts), facts };
  }
}

function unknownAnswer(reason: string): Answer {
  return { verdict: { kind: 'unknown', reasons: [reason] }, facts: null };
}

function goneAnswer(): Answer {
  return { ...unknownAnswer(machineGone), isGone: true };
}

async function keep(ports: Ports, input: ProbeOfSoak, { verdict, facts, isGone = false }: Answer): Promise<void> {
  const { runKey, vmId, vmName, number, isLast } = input;
  const found = { kind: verdict.kind, reasons: verdict.kind === 'healthy' ? (verdict.before ?? []) : verdict.reasons };
  const isWorthKeeping = isLast || verdict.kind !== 'healthy';
  const probe: SoakProbe = {
    runKey,
    vmId,
    vmName,
    number,
    ...found,
    at: ports.clock.now(),
    facts: isWorthKeeping ? facts : null,
  };
  const rows = await ports.inventory.runs.manifest({ runKey, vmId });
  await ports.inventory.soaks.record(probe, rowsAfterProbe(rows, found, isGone));
}

/** What ends before its soak did not pass: the rows of its machines are in doubt, and a person can judge them. */
export async function doubtUnsoaked(ports: Ports, run: Run, why: string): Promise<void> {
  if (run.environment !== 'staging' || run.status === 'settled') return;
  const rule = (await ports.policy.current()).categories.find((one) => one.name === run.category);
  if (rule?.soakSeconds === 0) return;
  const reasons = [`it never soaked to its end: ${why}`];
  for (const machine of soakingMachines(await ports.inventory.runs.manifest({ runKey: run.runKey }))) {
    const input = { ...machine, runKey: run.runKey, number: 0, isLast: false };
    await keep(ports, input, { verdict: { kind: 'unknown', reasons }, facts: null });
  }
}
