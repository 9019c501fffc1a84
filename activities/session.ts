// A machine's session: admitted under one lock (I3, I4), judged by the guest's own evidence, and accounted for (I7).

import { decideAdmission, type Admission, type AdmissionInput } from '../domain/admission.js';
import { besides, healthOf, patchOutcomes, type Health, type InstallReport } from '../domain/health.js';
import { nameFrom } from '../domain/operation.js';
import { exceptionRing } from '../domain/ring.js';
import { budgetSpent, harmStates } from '../domain/ringOutcome.js';
import { waivedWords } from '../domain/patchWaiver.js';
import type { CategoryRule, Policy } from '../domain/policy.js';
import type { Vm } from '../domain/vm.js';
import {
  closedManifestStates,
  type ManifestRow,
  type ManifestState,
  type RowOutcome,
  type Run,
} from '../domain/run.js';
import type { RollbackCause, SessionOutcome } from '../ports/sessions.js';
import { joiningProblems } from './arrivals.js';
import { givenUp } from './failures.js';
import { missingEvidence } from './forensics.js';
import { probeRulesOf, probesJudged } from './machineProbe.js';
import { holdsOf } from './patchLife.js';
import { heldOverrides, windowRulesOf } from './overrides.js';
import type { Ports } from './ports.js';
import { waiversNow } from './waived.js';

export interface SessionInput {
  sessionId: string;
  runKey: string;
  vmId: string;
  vmName: string;
}

export type AdmissionResult =
  /** `evidenceFirst`: a compromise is looked for before anything else. `probes`: its category asks for more than services. */
  | { kind: 'admitted'; patches: string[]; evidenceFirst?: boolean; probes?: boolean }
  | { kind: 'later'; reason: string }
  | { kind: 'refused'; reasons: string[] };

export type Conclusion =
  | { kind: 'settled'; outcome: SessionOutcome; detail: string }
  | { kind: 'sick'; reasons: string[]; unwind: 'restorePoint' | 'ask' };

export function createSessionActivities(ports: Ports) {
  const { sessions, runs, fleet, operations, patches, stops, forensics } = ports.inventory;

  async function category(vmId: string): Promise<{ vm: Vm | null; rule: CategoryRule | null; policy: Policy }> {
    const policy = await ports.policy.current();
    const vm = await fleet.vm(vmId);
    return { policy, vm, rule: policy.categories.find((candidate) => candidate.name === vm?.category) ?? null };
  }

  async function settleWith(
    input: SessionInput,
    outcome: SessionOutcome,
    detail: string,
    states: RowOutcome[],
    cause?: RollbackCause,
  ): Promise<Conclusion> {
    const at = ports.clock.now();
    await sessions.settle(input.sessionId, outcome, detail, states, at, cause);
    return { kind: 'settled', outcome, detail };
  }

  async function openRows(input: SessionInput): Promise<ManifestRow[]> {
    const rows = await runs.manifest({ runKey: input.runKey, vmId: input.vmId });
    return rows.filter((row) => !closedManifestStates.has(row.state));
  }

  return {
    async admitSession(input: SessionInput): Promise<AdmissionResult> {
      const { vm, rule, policy } = await category(input.vmId);
      const run = await runs.run(input.runKey);
      if (run === null) throw givenUp(`run ${input.runKey} is not in the inventory`);
      const facts: Omit<AdmissionInput, 'rows' | 'openSessions' | 'unfinishedOperations'> = {
        run,
        vm,
        now: vm === null ? null : await ports.azure.vmNow(vm).catch(() => null),
        standingStop: await stops.standingStop(),
        freezes: policy.freezes,
        ...(await overridesOf(input, run)),
        mayInstall: policy.mayInstall,
        inFlightMax: {
          all: policy.limits.inFlightMax,
          category: run.ring === exceptionRing ? 1 : (rule?.inFlightMax ?? 0),
        },
        minutesNeeded: policy.limits.sessionMinutesMax,
        ringSpent: budgetSpent(
          await runs.manifest({ runKey: input.runKey, states: harmStates }),
          failureBudget(rule, run),
        ),
        held: [
          ...(run.environment === 'production' ? await holdsOf(ports, await duePatches(input), run.category) : []),
          ...(await waivedSince(input, vm)),
          ...(await joiningProblems(ports, input, run.category)),
        ],
      };
      const at = ports.clock.now();
      const session = {
        sessionId: input.sessionId,
        runKey: input.runKey,
        vmId: input.vmId,
        vmName: input.vmName,
        startedAt: at,
      };
      const { admission } = await sessions.admit(session, ({ openSessions, unfinishedOperations, rows }) => {
        const decided: Admission = decideAdmission({ ...facts, openSessions, unfinishedOperations, rows }, at);
        return { admitted: decided.kind === 'admitted', admission: decided };
      });
      if (admission.kind === 'admitted') {
        const patches = admission.due.map((row) => row.patchId);
        const evidenceFirst = (await missingEvidence(ports, input)) !== null;
        const probes = probeRulesOf(policy, vm) !== null;
        return {
          kind: 'admitted',
          patches,
          ...(evidenceFirst ? { evidenceFirst } : {}),
          ...(probes ? { probes } : {}),
        };
      }
      if (admission.kind === 'refused') await skipRows(input, admission.reasons.join('; '));
      return admission;
    },

    /** After the restore point: the way back is recorded before anything is installed (I2). */
    async keepRestorePoint(input: SessionInput): Promise<void> {
      const restorePoint = nameFrom(ports.digests.sha256(input.sessionId));
      await sessions.setRestorePoint(input.sessionId, restorePoint);
      // It holds the disk as it was when the evidence was taken.
      await forensics.keepRestorePoint(input.sessionId, restorePoint, ports.clock.now());
    },

    /** Healthy: settles. Sick: says why and how to unwind; nothing is settled yet. */
    async concludeSession(input: SessionInput): Promise<Conclusion> {
      const { vm, rule } = await category(input.vmId);
      const health = await healthNow(input, vm, rule, 'probe');
      const sick = (reasons: string[]): Conclusion => ({ kind: 'sick', reasons, unwind: rule?.unwind ?? 'ask' });
      if (health.kind !== 'healthy') return sick(health.reasons);
      const probes = await probesJudged(ports, input, vm, 'probesAfter');
      const unknown = probes?.kind === 'unknown' ? probes.reasons : [];
      if (probes?.kind === 'sick') return sick(probes.reasons);
      if (unknown.length > 0 && !(await isStaging(input))) return sick(unknown);
      const due = await openRows(input);
      if (vm === null) throw givenUp(`machine ${input.vmId} is not in the inventory`);
      const known = await Promise.all(due.map((row) => patches.patch(row.patchId)));
      const report = await installReport(input);
      const found = patchOutcomes(
        vm,
        known.flatMap((record) => (record === null ? [] : [record.patch])),
        due,
        report,
      );
      const states = unknown.length > 0 ? doubted(found, unknown.join('; ')) : found;
      const { outcome, detail } = summaryOf(states, besides(due, report), probes?.before);
      return settleWith(input, outcome, detail, states);
    },

    /** After the unwinding: healthy again, or left for a person. */
    async concludeUnwinding(input: SessionInput & { why: string[] }): Promise<Conclusion> {
      const { vm, rule } = await category(input.vmId);
      const health = await healthNow(input, vm, rule, 'probeAfterUnwind');
      const why = input.why.join('; ');
      const probes = await probesJudged(ports, input, vm, 'probesAfterUnwind');
      const problems = [health, probes].flatMap((one) => (one === null || one.kind === 'healthy' ? [] : one.reasons));
      const rows = await openRows(input);
      if (problems.length === 0) {
        const install = await operations.operation(input.sessionId, 'install');
        const cause = install?.state === 'succeeded' ? 'roguePatch' : 'failedPatch';
        return settleWith(input, 'rolledBack', why, statesOf(rows, 'rolledBack', why), cause);
      }
      const left = `${why}; after returning to the restore point: ${problems.join('; ')}`;
      return settleWith(input, 'quarantined', left, statesOf(rows, 'inDoubt', left));
    },

    /** Ends a session that never installed, or that only a person can finish. */
    async endSession(
      input: SessionInput & { outcome: 'failed' | 'quarantined' | 'inDoubt' | 'refused'; why: string },
    ): Promise<Conclusion> {
      const state = input.outcome === 'failed' ? 'failed' : input.outcome === 'refused' ? 'skipped' : 'inDoubt';
      return settleWith(input, input.outcome, input.why, statesOf(await openRows(input), state, input.why));
    },
  };

  /** A waiver that came after the plan: what is installed on a machine together was planned together, so all of it waits for the next run. */
  async function waivedSince(input: SessionInput, vm: Vm | null): Promise<string[]> {
    if (vm === null) return [];
    const due = await duePatches(input);
    const waiverOf = await waiversNow(ports, due);
    return due.flatMap((patchId) => {
      const waiver = waiverOf(vm, patchId);
      return waiver === null ? [] : [`${patchId} is ${waivedWords(waiver)}`];
    });
  }

  async function overridesOf(
    input: SessionInput,
    { category }: Run,
  ): Promise<Pick<AdmissionInput, 'overrides' | 'windowRules'>> {
    const due = await duePatches(input);
    const overrides = await heldOverrides(ports, category, due);
    return { overrides, windowRules: await windowRulesOf(ports, category, due) };
  }

  async function isStaging(input: SessionInput): Promise<boolean> {
    return (await runs.run(input.runKey))?.environment === 'staging';
  }

  async function duePatches(input: SessionInput): Promise<string[]> {
    return (await openRows(input)).map((row) => row.patchId);
  }

  async function skipRows(input: SessionInput, reason: string): Promise<void> {
    const rows = await openRows(input);
    await runs.setManifestState(input.runKey, input.vmId, statesOf(rows, 'skipped', reason));
  }

  /** The guest's facts count only when this session's own probe brought them. */
  async function healthNow(
    input: SessionInput,
    vm: Vm | null,
    rule: CategoryRule | null,
    step: 'probe' | 'probeAfterUnwind',
  ): Promise<Health> {
    const probe = await operations.operation(input.sessionId, step);
    if (probe === null || probe.state !== 'succeeded')
      return { kind: 'unknown', reasons: [probe?.error ?? 'the guest was not probed'] };
    return healthOf(vm?.guest ?? null, rule?.services ?? []);
  }

  async function installReport(input: SessionInput): Promise<InstallReport | null> {
    const row = await operations.operation(input.sessionId, 'install');
    if (row === null || row.result === null) return null;
    try {
      return ports.azure.readInstallOutput(row.result);
    } catch {
      // Azure's list only explains an outcome; the guest's evidence decides it.
      return null;
    }
  }
}

const besidesShownMax = 20;

/** `before`: what was wrong already before the patch, and is no fault of it. */
function summaryOf(
  states: RowOutcome[],
  also: string[],
  before: string[] = [],
): { outcome: SessionOutcome; detail: string } {
  const told = (wanted: ManifestState) =>
    states
      .filter(({ state }) => state === wanted)
      .map(({ patchId, reason }) => (wanted === 'installed' ? patchId : `${patchId}: ${reason ?? ''}`));
  const [failed, doubted, skipped, installed] = [told('failed'), told('inDoubt'), told('skipped'), told('installed')];
  const came = also.length === 0 ? [] : [`${also.slice(0, besidesShownMax).join(', ')} came along`];
  const rest = [...skipped, ...came, ...before];
  if (failed.length > 0) return { outcome: 'failed', detail: [...failed, ...doubted, ...came, ...before].join('; ') };
  if (doubted.length > 0) return { outcome: 'inDoubt', detail: [...doubted, ...rest].join('; ') };
  if (installed.length === 0) return { outcome: 'nothingDue', detail: rest.join('; ') };
  return { outcome: 'installed', detail: [`${installed.join(', ')} installed, healthy`, ...rest].join('; ') };
}

/** I5: what is there, on a machine of which nobody knows how it is, did not pass. */
function doubted(states: RowOutcome[], why: string): RowOutcome[] {
  return states.map((one) =>
    one.state === 'installed'
      ? {
          ...one,
          state: 'inDoubt',
          present: true,
          reason: `${one.reason ?? 'it is there'}, but nobody knows whether the machine is well: ${why}`,
        }
      : one,
  );
}

function statesOf(rows: ManifestRow[], state: ManifestState, reason: string): RowOutcome[] {
  return rows.map(({ patchId }) => ({ patchId, state, reason }));
}

/** Staging has no budget: a sick staging machine is what the test is for. */
function failureBudget(rule: CategoryRule | null, run: Run): number {
  if (run.environment === 'staging') return Number.POSITIVE_INFINITY;
  return rule?.rings.find((ring) => ring.name === run.ring)?.failureBudget ?? 0;
}
