// Bringing a machine back to its baseline: asked, decided by another person, done under the machine's lock or through its maintenance, verified.

import { complianceOf, isCompliant, type Item } from '../domain/baseline.js';
import { withPatchWaivers } from '../domain/patchWaiver.js';
import { withWaivers } from '../domain/waiver.js';
import { baselineFacts, baselineFor } from '../domain/baselineFacts.js';
import { healthOf } from '../domain/health.js';
import {
  decideRestoration,
  restorationRunKey,
  type Restoration,
  type RestorationOutcome,
  type RestorationSubject,
} from '../domain/restoration.js';
import type { RunTimes } from '../domain/run.js';
import type { WindowOccurrence } from '../ports/policy.js';
import { enrolIn, type Enrolled } from './deploy.js';
import { givenUp, notReady } from './failures.js';
import type { Ports } from './ports.js';
import type { AdmissionResult } from './session.js';

export interface RestorationBrief {
  vmId: string;
  vmName: string;
  way: 'restorePoint' | 'reinstall';
  status: Restoration['status'];
  expiresAt: string;
}

export interface RestorePointInput {
  restorationId: string;
  sessionId: string;
  vmId: string;
  vmName: string;
  times: RunTimes;
}

export function createRestoreActivities(ports: Ports) {
  const { restorations, sessions, fleet, operations, baselines, stops } = ports.inventory;

  async function required(restorationId: string): Promise<Restoration> {
    const held = await restorations.restoration(restorationId);
    if (held === null) throw givenUp(`restoration ${restorationId} is not in the inventory`);
    return held;
  }

  async function ruleOf({ subject }: Restoration) {
    const policy = await ports.policy.current();
    const rule = policy.categories.find((one) => one.name === subject.category);
    if (rule === undefined) throw givenUp(`policy ${policy.version} has no category ${subject.category}`);
    return { policy, rule };
  }

  return {
    async describeRestoration(restorationId: string): Promise<RestorationBrief> {
      const { subject, status, expiresAt } = await required(restorationId);
      return { vmId: subject.vmId, vmName: subject.vmName, way: subject.way.kind, status, expiresAt };
    },

    /** Those who decide for the category hear of it. */
    async askForRestoration(restorationId: string): Promise<void> {
      const held = await required(restorationId);
      const { rule } = await ruleOf(held);
      const approvers = (await ports.policy.people())
        .filter((person) => person.roles.includes(rule.approverRole) && person.name !== held.requestedBy)
        .map((person) => person.mail);
      await ports.notices.tell({
        kind: 'restorationAsked',
        urgency: 'routine',
        to: approvers,
        subject: `${held.subject.vmName}: back to its baseline?`,
        lines: describe(held).split('\n'),
        occasion: `restoration/${restorationId}`,
        patchId: null,
        category: rule.name,
      });
    },

    async expireRestoration(restorationId: string): Promise<Restoration['status']> {
      return (await restorations.expire(restorationId, ports.clock.now())).status;
    },

    /** The machine's next window; one that is open now is used while enough of it is left. */
    async restorationWindow(restorationId: string): Promise<RunTimes> {
      const held = await required(restorationId);
      const { policy } = await ruleOf(held);
      const window = policy.windows.find((one) => one.id === held.subject.windowRule);
      if (window === undefined) throw givenUp(`policy ${policy.version} has no window ${held.subject.windowRule}`);
      const { planAt, opensAt, closesAt }: WindowOccurrence = ports.windows.next(window, ports.clock.now());
      return { planAt, opensAt, closesAt };
    },

    async admitRestoration(input: RestorePointInput): Promise<AdmissionResult> {
      const held = await required(input.restorationId);
      const { way } = held.subject;
      if (way.kind !== 'restorePoint') throw givenUp(`restoration ${input.restorationId} is by ${way.kind}`);
      const { policy, rule } = await ruleOf(held);
      const vm = await fleet.vm(input.vmId);
      const facts = {
        restoration: held,
        times: input.times,
        vm,
        now: vm === null ? null : await ports.azure.vmNow(vm).catch(() => null),
        standingStop: await stops.standingStop(),
        freezes: policy.freezes,
        mayInstall: policy.mayInstall,
        inFlightMax: { all: policy.limits.inFlightMax, category: rule.inFlightMax },
        minutesNeeded: policy.limits.sessionMinutesMax,
      };
      const at = ports.clock.now();
      const { sessionId, vmId, vmName } = input;
      const session = {
        sessionId,
        vmId,
        vmName,
        startedAt: at,
        runKey: restorationRunKey(held.subject, input.restorationId),
      };
      const { admission } = await sessions.admit(session, ({ openSessions, unfinishedOperations }) => {
        const decided = decideRestoration({ ...facts, openSessions, unfinishedOperations }, at);
        return { admitted: decided.kind === 'admitted', admission: decided };
      });
      if (admission.kind !== 'admitted') return admission;
      await sessions.setRestorePoint(sessionId, way.restorePoint);
      return { kind: 'admitted', patches: [] };
    },

    /** What came after the restore point went with it, and history says so. `problem`: where the way back stopped. */
    async settleRestoration(
      input: RestorePointInput & { problem: string | null },
    ): Promise<{ problem: string | null }> {
      const held = await required(input.restorationId);
      const { way, category } = held.subject;
      const { policy } = await ruleOf(held);
      const vm = await fleet.vm(input.vmId);
      const probe = await operations.operation(input.sessionId, 'probeAfterUnwind');
      const services = policy.categories.find((one) => one.name === category)?.services ?? [];
      const health = healthOf(probe?.state === 'succeeded' ? (vm?.guest ?? null) : null, services);
      const problem = input.problem ?? (health.kind === 'healthy' ? null : health.reasons.join('; '));
      const undoes = way.kind === 'restorePoint' ? way.undoes : [];
      const state = input.problem === null ? ('rolledBack' as const) : ('inDoubt' as const);
      const why = `back to the baseline ${held.subject.baseline} ${held.subject.version}: ${held.reason}`;
      await sessions.settle(
        input.sessionId,
        input.problem === null && problem === null ? 'rolledBack' : 'quarantined',
        problem === null ? why : `${why}; ${problem}`,
        undoes.map((patchId) => ({ patchId, state, reason: why })),
        ports.clock.now(),
        'restoration',
      );
      return { problem };
    },

    /** Each patch by what allowed it before, in the machine's next maintenance: every gate of it holds (I1, I2, I4). */
    async enrolRestoration(input: { restorationId: string; notifyWorkflowId: string }): Promise<Enrolled[]> {
      const { subject } = await required(input.restorationId);
      if (subject.way.kind !== 'reinstall')
        throw givenUp(`restoration ${input.restorationId} is by ${subject.way.kind}`);
      const enrolled = new Map<string, Enrolled>();
      for (const { patchId, ring, digest, decisionId } of subject.way.patches) {
        await afterOthers(subject, patchId, ring, input.notifyWorkflowId);
        const one = await enrolIn(ports, subject.environment, subject.category, ring, {
          patchId,
          category: subject.category,
          digest,
          decisionId,
          vmIds: [subject.vmId],
          notifyWorkflowId: input.notifyWorkflowId,
        });
        enrolled.set(one.runKey, one);
      }
      return [...enrolled.values()];
    },

    /** Judged by what the guest tells now, never by what was done (I5). */
    async concludeRestoration(input: {
      restorationId: string;
      refused: boolean;
      problem: string | null;
    }): Promise<{ outcome: RestorationOutcome; detail: string }> {
      const held = await required(input.restorationId);
      const now = ports.clock.now();
      const after = await differencesNow(held, now);
      const outcome = outcomeOf(input, after);
      const failures = await installFailures(held);
      const detail = [
        input.problem,
        ...failures,
        after === null ? 'its baseline is gone' : `${after.length} items differ`,
      ]
        .filter((part) => part !== null)
        .join('; ');
      const ended = await restorations.end(held.restorationId, { outcome, detail, differencesAfter: after, at: now });
      return { outcome: ended.outcome ?? outcome, detail: ended.detail };
    },
  };

  /** A run holds one enrolment of a patch: that of a rollout under way is not taken from it. */
  async function afterOthers(subject: RestorationSubject, patchId: string, ring: string, me: string): Promise<void> {
    const { environment, category } = subject;
    for (const run of await ports.inventory.runs.runs({ status: 'open' })) {
      if (run.environment !== environment || run.category !== category || run.ring !== ring) continue;
      const enrolments = await ports.inventory.runs.enrolments(run.runKey);
      if (enrolments.some((one) => one.patchId === patchId && one.notifyWorkflowId !== me))
        throw notReady(`${run.runKey} installs ${patchId} for its rollout first`, rolloutPauseSeconds);
    }
  }

  /** Why patches that were to be installed again were not. */
  async function installFailures({ subject, requestedAt }: Restoration): Promise<string[]> {
    if (subject.way.kind !== 'reinstall') return [];
    const wanted = new Set(subject.way.patches.map((one) => one.patchId));
    const tried = await sessions.installations({ vmId: subject.vmId });
    return tried
      .filter((one) => wanted.has(one.patchId) && one.at >= requestedAt && one.state !== 'installed')
      .map(({ patchId, state, reason }) => `${patchId} ${state}: ${reason ?? 'no reason told'}`);
  }

  async function differencesNow(held: Restoration, now: string): Promise<Item[] | null> {
    const { limits, waivers } = await ports.policy.current();
    const known = await baselines.fleetKnowledge(held.subject.vmId);
    const [facts] = baselineFacts(known, now, limits.factsMaxAgeMinutes);
    const mine = baselineFor(await baselines.baselines({ status: 'approved' }), held.subject.category);
    if (facts === undefined || mine === null) return null;
    const judged = withWaivers(complianceOf(mine.content, facts), waivers, facts.vm, now);
    const standing = await ports.inventory.patchWaivers.standing({ now, excusing: true });
    const items = withPatchWaivers(judged, standing, facts.vm, now);
    await baselines.saveCompliance(
      [{ vmId: held.subject.vmId, baseline: mine.name, version: mine.version, items }],
      now,
    );
    return items.filter((item) => !isCompliant([item]));
  }
}

const rolloutPauseSeconds = 30;

function outcomeOf(
  { refused, problem }: { refused: boolean; problem: string | null },
  after: Item[] | null,
): RestorationOutcome {
  if (refused) return 'refused';
  if (problem !== null) return 'failed';
  return after?.length === 0 ? 'restored' : 'incomplete';
}

function describe({ subject, requestedBy, reason, digest, expiresAt }: Restoration): string {
  const { vmName, environment, category, baseline, version, way, differences, left } = subject;
  return [
    `${requestedBy} asks to bring ${vmName} (${environment}, ${category}) back to baseline ${baseline} ${version}: ${reason}`,
    '',
    'What differs:',
    ...differences.map(
      (item) => `  ${item.kind} ${item.name}: ${item.verdict}, wanted ${item.wanted}, found ${item.found ?? 'nothing'}`,
    ),
    '',
    way.kind === 'restorePoint'
      ? `By the restore point of ${way.takenAt}: everything on its OS disk since then is lost, and so are ${way.undoes.join(', ') || 'no patches'}.`
      : `By installing ${way.patches.map((one) => one.patchId).join(', ')} again in its next maintenance.`,
    ...left.map(({ name, why }) => `It leaves ${name}: ${why}.`),
    '',
    `Decide until ${expiresAt}, on digest ${digest}. Without a decision nothing happens.`,
  ].join('\n');
}
