// Puts one machine of the simulated fleet before its session: listed, assessed, and with a planned staging run that holds its patches.

import { randomUUID } from 'node:crypto';
import { createChannelActivities } from '../../activities/channels.js';
import { createCycleActivities } from '../../activities/cycle.js';
import { createMaintainActivities } from '../../activities/maintain.js';
import { taskQueue } from '../../adapters/temporal/engine.js';
import type { Vm } from '../../domain/vm.js';
import { runKeyOf, sessionWorkflowId, type Run } from '../../domain/run.js';
import type { SessionResult } from '../../workflows/vmSession.js';
import type { Line } from './line.js';

export async function knowFleet(line: Line): Promise<void> {
  const cycle = createCycleActivities(line.ports);
  await createChannelActivities(line.ports).syncChannel({ month: '2025-Oct' });
  await cycle.syncInventory();
  await cycle.computeDemand();
}

/** A staging run for this machine alone, planned and open. */
export async function planFor(line: Line, vm: Vm, kbs: string[]): Promise<Run> {
  const { runs } = line.store.inventory;
  const identity = {
    environment: 'staging' as const,
    category: vm.category ?? '',
    ring: 'staging',
    occurrence: `test-${randomUUID().slice(0, 8)}`,
  };
  const now = Date.now();
  const times = { planAt: iso(now - 1000), opensAt: iso(now - 1000), closesAt: iso(now + 3_600_000) };
  const runKey = runKeyOf(identity);
  for (const kb of kbs) {
    const enrolment = {
      patchId: `KB${kb}`,
      category: identity.category,
      digest: null,
      decisionId: null,
      vmIds: [vm.vmId],
      notifyWorkflowId: 'nobody',
    };
    // Enrolled before its planning time, as every run is.
    await runs.enrol({ ...identity, ...times }, enrolment, iso(now - 2000));
  }
  // The .NET updates are needed because the guest's assessment says so.
  await line.store.inventory.fleet.saveAssessment(vm.vmId, {
    missingKbs: kbs,
    rebootPending: false,
    assessedAt: iso(now),
  });
  await createMaintainActivities(line.ports).planRun(runKey);
  const run = await runs.run(runKey);
  if (run === null) throw new Error('the run was not stored');
  return run;
}

export async function runSession(line: Line, run: Run, vm: Vm): Promise<SessionResult> {
  return line.engine.client.workflow.execute<(input: unknown) => Promise<SessionResult>>('vmSession', {
    taskQueue,
    workflowId: sessionWorkflowId(vm.vmId),
    args: [{ sessionId: `${run.runKey}#${vm.vmId}`, runKey: run.runKey, vmId: vm.vmId, vmName: vm.name }],
  });
}

export async function machine(line: Line, name: string): Promise<Vm> {
  const vm = await line.store.inventory.fleet.vm(name);
  if (vm === null) throw new Error(`no machine is called ${name}`);
  return vm;
}

function iso(milliseconds: number): string {
  return new Date(milliseconds).toISOString();
}
