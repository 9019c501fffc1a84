// Production runs that are to come, with the machines that they touch and whose those are: enrolled ones, and those that follow them.

import { expectedRuns } from '../domain/expectedRuns.js';
import { aheadMsMin, oncePerRun, type AnnouncedRun, type OwnedMachine } from '../domain/maintenanceNotices.js';
import type { Enrolment, Run } from '../domain/run.js';
import { ownedMachines } from './owners.js';
import type { Ports } from './ports.js';

export interface UnderWay {
  run: Run;
  enrolments: Enrolment[];
}

export function isProduction(run: Run): boolean {
  return run.environment === 'production';
}

/** Production runs that have not settled. */
export async function runsUnderWay({ inventory: { runs } }: Ports): Promise<UnderWay[]> {
  const all = [...(await runs.runs({ status: 'open' })), ...(await runs.runs({ status: 'planned' }))];
  const found = all.filter(isProduction);
  const enrolments = found.length === 0 ? [] : await runs.enrolments(...found.map((run) => run.runKey));
  return found.map((run) => ({ run, enrolments: enrolments.filter((one) => one.runKey === run.runKey) }));
}

/** Those that open before the horizon; those that open at once are told by their start. `runKeys`: only these, with nothing that follows. */
export async function announcedRuns(
  ports: Ports,
  now: string,
  horizon: string,
  runKeys?: string[],
): Promise<AnnouncedRun[]> {
  const soonest = new Date(Date.parse(now) + aheadMsMin).toISOString();
  const isToCome = (run: { opensAt: string }) => run.opensAt >= soonest && run.opensAt <= horizon;
  const all = await runsUnderWay(ports);
  const underWay = runKeys === undefined ? all : all.filter(({ run }) => runKeys.includes(run.runKey) && isToCome(run));
  const machines = await machinesOf(
    ports,
    underWay.map(({ run }) => run.category),
  );
  const owned = (vmIds: string[]) => machines.filter((machine) => vmIds.includes(machine.vmId));
  const enrolled = underWay
    .filter(({ run }) => isToCome(run))
    .map(({ run, enrolments }) => ({
      ...run,
      patches: enrolments.map((one) => one.patchId),
      machines: owned(enrolments.flatMap((one) => one.vmIds)),
      expected: false,
    }));
  const following = runKeys === undefined ? await expectedAfter(ports, underWay, horizon) : [];
  const expected = following.map((run) => ({
    ...run,
    patches: [run.patchId],
    machines: owned(run.vmIds),
    expected: true,
  }));
  return oncePerRun([...enrolled, ...expected]);
}

async function expectedAfter(ports: Ports, underWay: UnderWay[], horizon: string) {
  const { windows } = await ports.policy.current();
  const next = (id: string, after: string) => {
    const rule = windows.find((one) => one.id === id);
    return rule === undefined ? null : ports.windows.next(rule, after);
  };
  const pairs = underWay.flatMap(({ run: { category }, enrolments }) =>
    enrolments.map(({ patchId }): [string, { patchId: string; category: string }] => [
      `${patchId} ${category}`,
      { patchId, category },
    ]),
  );
  const found = [];
  for (const { patchId, category } of new Map(pairs).values()) {
    const request = await ports.inventory.decisions.request(patchId, category);
    if (request === null) continue;
    const { rings, windowRule } = request.subject;
    found.push(...expectedRuns({ patchId, category, rings, windowRule }, underWay, next, horizon));
  }
  return found;
}

/** Existing production machines of these categories whose owners can be reached. */
export async function machinesOf(ports: Ports, categories: string[]): Promise<OwnedMachine[]> {
  const { fleet } = ports.inventory;
  const vms = await Promise.all(
    [...new Set(categories)].map((category) => fleet.vms({ environment: 'production', category, existing: true })),
  );
  return ownedMachines(ports, vms.flat());
}
