// A staging machine back to where a trial began, under its lock: always allowed, as every unwinding is (I2), but not over what others did.

import { machineWait } from '../domain/admission.js';
import { healthOf } from '../domain/health.js';
import { returnKeyOf, standingOf, type Isolation, type Standing } from '../domain/isolation.js';
import { categoryRule } from './concerned.js';
import { givenUp } from './failures.js';
import type { Ports } from './ports.js';
import type { AdmissionResult } from './session.js';

export interface ReturnInput {
  isolationId: string;
  sessionId: string;
  vmId: string;
  vmName: string;
}

export async function standingNow({ inventory }: Ports, held: Isolation, vmId: string): Promise<Standing> {
  const ours = [held.runKey, returnKeyOf(held), ...held.trials.flatMap((trial) => trial.runKey ?? [])];
  return standingOf(await inventory.sessions.sessions({ vmId, open: false }), new Set(ours));
}

export function createIsolationReturnActivities(ports: Ports) {
  const { isolations, sessions, fleet, operations, stops, runs } = ports.inventory;

  async function required(isolationId: string): Promise<Isolation> {
    const held = await isolations.isolation(isolationId);
    if (held === null) throw givenUp(`${isolationId} is not in the inventory`);
    return held;
  }

  return {
    async admitReturn(input: ReturnInput): Promise<AdmissionResult> {
      const { isolationId, ...asked } = input;
      const held = await required(isolationId);
      // Of a story that was reset: it has gone back already, or somebody has it.
      const before = await sessions.session(input.sessionId);
      if (before !== null && before.endedAt !== null)
        return { kind: 'refused', reasons: [`${input.sessionId} ended as ${before.outcome ?? 'unknown'}`] };
      const { policy, rule } = await categoryRule(ports, held.category);
      const vm = await fleet.vm(input.vmId);
      const standing = await standingNow(ports, held, input.vmId);
      const reasons = await refusals(held, standing, vm?.goneAt === null);
      const facts = {
        scope: { environment: 'staging' as const, category: held.category },
        vm,
        now: vm === null ? null : await ports.azure.vmNow(vm).catch(() => null),
        inFlightMax: { all: policy.limits.inFlightMax, category: rule.inFlightMax },
      };
      const session = { ...asked, startedAt: ports.clock.now(), runKey: returnKeyOf(held) };
      const { admission } = await sessions.admit(session, ({ openSessions, unfinishedOperations }) => {
        const wait = machineWait({ ...facts, openSessions, unfinishedOperations });
        const decided: AdmissionResult =
          reasons.length > 0
            ? { kind: 'refused', reasons }
            : wait === null
              ? { kind: 'admitted', patches: [] }
              : { kind: 'later', reason: wait };
        return { admitted: decided.kind === 'admitted', admission: decided };
      });
      if (admission.kind === 'admitted' && standing.kind === 'changed')
        await sessions.setRestorePoint(input.sessionId, standing.restorePoint);
      return admission;
    },

    /** What the trial installed went with it, and history says so. `problem`: where the way back stopped. */
    async settleReturn(input: ReturnInput & { problem: string | null }): Promise<{ problem: string | null }> {
      const held = await required(input.isolationId);
      const { rule } = await categoryRule(ports, held.category);
      const vm = await fleet.vm(input.vmId);
      const probe = await operations.operation(input.sessionId, 'probeAfterUnwind');
      const health = healthOf(probe?.state === 'succeeded' ? (vm?.guest ?? null) : null, rule.services);
      const problem = input.problem ?? (health.kind === 'healthy' ? null : health.reasons.join('; '));
      const why = `isolation of the culprit in ${held.runKey}: back to where the next trial begins`;
      const state = input.problem === null ? ('rolledBack' as const) : ('inDoubt' as const);
      await sessions.settle(
        input.sessionId,
        problem === null ? 'rolledBack' : 'quarantined',
        problem === null ? why : `${why}; ${problem}`,
        (await undone(held, input.vmId)).map((patchId) => ({ patchId, state, reason: why })),
        ports.clock.now(),
        'isolation',
      );
      return { problem };
    },
  };

  /** What the newest of our tests left on the machine. */
  async function undone(held: Isolation, vmId: string): Promise<string[]> {
    const keys = [held.runKey, ...held.trials.flatMap((trial) => trial.runKey ?? [])];
    const past = (await sessions.sessions({ vmId, open: false })).filter((session) => keys.includes(session.runKey));
    const last = past.findLast((session) => session.outcome === 'installed' || session.outcome === 'failed');
    if (last === undefined) return [];
    const rows = await runs.manifest({ runKey: last.runKey, vmId });
    return rows.filter((row) => row.state === 'installed' || row.state === 'failed').map((row) => row.patchId);
  }

  async function refusals(held: Isolation, standing: Standing, exists: boolean): Promise<string[]> {
    const stop = await stops.standingStop();
    return [
      ...(held.status === 'running' ? [] : ['the isolation has ended']),
      ...(stop === null ? [] : [`everything is stopped by ${stop.by}: ${stop.reason}`]),
      ...(exists ? [] : ['the machine is gone']),
      ...(standing.kind === 'before' ? ['it is there already'] : []),
      ...(standing.kind === 'lost' ? [standing.reason] : []),
    ];
  }
}
