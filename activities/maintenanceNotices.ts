// Owners hear of maintenance that touches their machines; whoever is on duty hears of a run that did not start.

import {
  aheadOccasions,
  dueAhead,
  endNotices,
  hasBegun,
  notStarted,
  startNotices,
  type MaintenanceStage,
  type OwnedMachine,
  type OwnerNotice,
} from '../domain/maintenanceNotices.js';
import type { ManifestRow, Run } from '../domain/run.js';
import type { NoticeKind } from '../ports/notices.js';
import { givenUp } from './failures.js';
import { announcedRuns, isProduction, machinesOf, runsUnderWay } from './announcedRuns.js';
import type { Ports } from './ports.js';

/** How long back a run that settled without telling its owners is still made good for. */
const endedHoursMax = 24;
const dayMs = 24 * 3600_000;

export function createMaintenanceNoticeActivities(ports: Ports) {
  const { runs } = ports.inventory;

  return {
    tellOwnersAhead: (): Promise<{ told: number }> => tellAhead(ports),

    async tellMaintenance(input: { runKey: string; stage: MaintenanceStage }): Promise<{ told: number }> {
      const run = await runs.run(input.runKey);
      if (run === null) throw givenUp(`run ${input.runKey} is not in the inventory`);
      const rows = await runs.manifest({ runKey: run.runKey });
      return {
        told: await tellStage(ports, { run, rows, stage: input.stage }, await machinesOf(ports, [run.category])),
      };
    },

    /** By schedule: starts and ends that a run's workflow could not tell, and runs that did not start. */
    async watchRuns(): Promise<{ told: number; late: string[] }> {
      const now = ports.clock.now();
      const open = (await runsUnderWay(ports)).map(({ run }) => run).filter((run) => run.opensAt <= now);
      const since = new Date(Date.parse(now) - endedHoursMax * 3600_000).toISOString();
      const ended = (await runs.runs({ settledSince: since })).filter(isProduction);
      const machines = await machinesOf(
        ports,
        [...open, ...ended].map((run) => run.category),
      );
      let told = 0;
      for (const run of [...open, ...ended]) {
        const rows = await runs.manifest({ runKey: run.runKey });
        const stage = run.status === 'settled' ? ('ended' as const) : ('started' as const);
        if (stage === 'ended' || hasBegun(rows)) told += await tellStage(ports, { run, rows, stage }, machines);
      }
      const late: string[] = [];
      for (const run of open) {
        const why = notStarted(run, await ports.engine.isRunning(run.runKey), now);
        if (why === null) continue;
        late.push(run.runKey);
        await tellLate(ports, run, why);
      }
      return { told, late };
    },
  };
}

/** What is enrolled and what follows it; of these runs alone when they are named. */
export async function tellAhead(ports: Ports, runKeys?: string[]): Promise<{ told: number }> {
  const { aheadDays } = (await ports.policy.current()).notices;
  const now = ports.clock.now();
  const horizon = new Date(Date.parse(now) + Math.max(0, ...aheadDays) * dayMs).toISOString();
  const announced = await announcedRuns(ports, now, horizon, runKeys);
  const told = await ports.inventory.notices.told(announced.flatMap((run) => aheadOccasions(run, aheadDays)));
  let count = 0;
  for (const run of announced)
    for (const due of dueAhead(run, told, now, aheadDays)) {
      await tellOwner(ports, 'maintenanceAhead', run, due);
      count += 1;
    }
  return { told: count };
}

/** How many owners had not heard yet. */
async function tellStage(
  ports: Ports,
  { run, rows, stage }: { run: Run; rows: ManifestRow[]; stage: MaintenanceStage },
  machines: OwnedMachine[],
): Promise<number> {
  const { runs, notices } = ports.inventory;
  const enrolled = (await runs.enrolments(run.runKey)).flatMap((one) => one.vmIds);
  const ids = new Set([...enrolled, ...rows.map((row) => row.vmId)]);
  const touched = machines.filter((machine) => ids.has(machine.vmId));
  const due = stage === 'started' ? startNotices(run, touched, rows) : endNotices(run, touched, rows);
  const told = await notices.told(due.map((one) => one.occasion));
  const fresh = due.filter((one) => !told.has(one.occasion));
  const kind = stage === 'started' ? 'maintenanceStarted' : 'maintenanceEnded';
  for (const one of fresh) await tellOwner(ports, kind, run, one);
  return fresh.length;
}

async function tellOwner(
  ports: Ports,
  kind: NoticeKind,
  run: { category: string; runKey: string },
  { occasion, owner, subject, lines }: OwnerNotice,
): Promise<void> {
  await ports.notices.tell({
    kind,
    occasion,
    urgency: 'routine',
    to: [owner],
    subject,
    lines: [...lines, '', `patchline maintenance show ${run.runKey}`],
    patchId: null,
    category: run.category,
  });
}

async function tellLate(ports: Ports, run: Run, why: string): Promise<void> {
  const people = await ports.policy.people();
  const having = (role: string) => people.filter((person) => person.roles.includes(role)).map((person) => person.mail);
  const onDuty = having('sre');
  await ports.notices.tell({
    kind: 'runDidNotStart',
    occasion: `${run.runKey}/did-not-start`,
    urgency: 'page',
    to: onDuty.length > 0 ? onDuty : having('administrator'),
    subject: `Maintenance did not start: ${run.category}, ring ${run.ring}`,
    lines: [
      `Its window opened at ${run.opensAt} and closes at ${run.closesAt}; ${why}.`,
      'Nothing is installed meanwhile. Is a worker running? What is left takes the next window.',
      `patchline maintenance show ${run.runKey}`,
    ],
    patchId: null,
    category: run.category,
  });
}
