// Telling people of deadlines: what moved, what is overdue, what is in danger while nobody has approved it. Each once.

import { factOf, mostUrgent } from '../domain/due.js';
import { alarmsOf, missedWords, outlookOf, type Alarm } from '../domain/urgency.js';
import type { Vm } from '../domain/vm.js';
import type { RecordedMove } from '../ports/due.js';
import { standingApproval } from './automatic.js';
import { approversOf } from './concerned.js';
import { ownersOf } from './owners.js';
import { nextOpening } from './openings.js';
import type { Ports } from './ports.js';

export function createAlarmActivities(ports: Ports) {
  const { patches, fleet, due } = ports.inventory;

  return {
    /** One notice per patch and recomputation; the patches that it was about. */
    async tellMoves(): Promise<{ patches: string[] }> {
      const untold = await due.untoldMoves();
      const vms = new Map((await fleet.vms({ existing: true })).map((vm) => [vm.vmId, vm]));
      const told = new Map<string, RecordedMove[]>();
      for (const move of untold) {
        const key = `${move.patchId}/${move.at}`;
        told.set(key, [...(told.get(key) ?? []), move]);
      }
      for (const [key, moves] of told) {
        await tellMove(`due/${key}/moved`, moves, vms);
        await due.movesTold(
          moves.map((move) => move.moveId),
          ports.clock.now(),
        );
      }
      return { patches: [...new Set(untold.map((move) => move.patchId))] };
    },

    /** Overdue, and in danger while nobody has approved it: once per patch, category and deadline. */
    async tellAlarms(): Promise<{ overdue: number; inDanger: number }> {
      const alarms = await due.untoldAlarms(await alarmsNow());
      for (const alarm of alarms) {
        await tellAlarm(alarm);
        await due.alarmTold(alarm, ports.clock.now());
      }
      const overdue = alarms.filter((alarm) => alarm.kind === 'overdue').length;
      return { overdue, inDanger: alarms.length - overdue };
    },
  };

  async function tellMove(occasion: string, moves: RecordedMove[], vms: Map<string, Vm>): Promise<void> {
    const concerned = moves.flatMap((move) => move.vmIds.flatMap((vmId) => vms.get(vmId) ?? []));
    const categories = categoriesOf(concerned);
    const now = mostUrgent(moves.map(({ to, tier }) => ({ deadline: to, tier })));
    const [{ patchId } = { patchId: '' }] = moves;
    const tier = now?.tier ?? null;
    const isEarlier = moves.every((move) => move.kind === 'earlier');
    const record = await patches.patch(patchId);
    await ports.notices.tell({
      kind: 'deadlineMoved',
      urgency: 'routine',
      occasion,
      to: [...new Set([...(await ownersOf(ports, concerned)), ...(await approversOf(ports, categories, tier))])],
      subject: `${patchId} is due ${isEarlier ? 'earlier' : moves.every((move) => move.kind === 'later') ? 'later' : 'at other times'}: ${now?.deadline ?? 'no deadline'}`,
      lines: [
        record?.patch.title ?? '',
        ...moves.map(
          (move) =>
            `${move.vmIds.length} machines: ${move.to ?? 'no deadline'} (${move.tier}) instead of ${move.from ?? 'no deadline'} (${move.tierBefore}), because of ${move.because}`,
        ),
        `In ${categories.join(', ')}. All reasons of a machine: patchline patch priority ${patchId} --vm NAME`,
      ],
      patchId,
      category: categories.length === 1 ? (categories[0] ?? null) : null,
    });
  }

  /** Patch by patch: a fleet that is late everywhere is many rows. */
  async function alarmsNow(): Promise<Alarm[]> {
    const now = ports.clock.now();
    const { danger } = (await ports.policy.current()).priority;
    const horizon = Date.parse(now) + Math.max(0, ...Object.values(danger)) * 3_600_000 + 1;
    const before = new Date(horizon).toISOString();
    const near = await due.groups({ now, environment: 'production', before, waived: false });
    const alarms: Alarm[] = [];
    for (const patchId of new Set(near.map((group) => group.patchId))) {
      const rows = await due.rows({ patchIds: [patchId], environment: 'production', before, now, waived: false });
      const placed = rows.flatMap((row) => (row.category === null ? [] : [{ ...row, category: row.category }]));
      const underWay = await coveredBy(patchId, categoriesOf(placed));
      alarms.push(...alarmsOf(placed, ({ vmId, category }) => underWay.has(`${category}\n${vmId}`), danger, now));
    }
    return alarms;
  }

  /** Machines whose approval is being carried out: one that stands without a rollout brings nothing (I5). */
  async function coveredBy(patchId: string, categories: string[]): Promise<Set<string>> {
    const covered = new Set<string>();
    for (const category of categories) {
      const approval = await standingApproval(ports, patchId, category);
      if (approval === null) continue;
      if (!(await ports.engine.isRunning(`rollout/${patchId}/${category}`))) continue;
      const came = await ports.inventory.arrivals.arrivals({ digest: approval.request.digest });
      const joined = came.filter((one) => one.joins).map((one) => one.vmId);
      for (const vmId of [...approval.request.subject.vmIds, ...joined]) covered.add(`${category}\n${vmId}`);
    }
    return covered;
  }

  async function tellAlarm({ kind, patchId, category, deadline, tier, vmIds, ...said }: Alarm): Promise<void> {
    const record = await patches.patch(patchId);
    const isOverdue = kind === 'overdue';
    const ids = new Set(vmIds);
    const machines = isOverdue
      ? (await fleet.vms({ environment: 'production', category, existing: true })).filter((vm) => ids.has(vm.vmId))
      : [];
    const outlook = missedWords(outlookOf(category, deadline, await nextOpening(ports, category), ports.clock.now()));
    await ports.notices.tell({
      kind,
      urgency: isOverdue ? 'routine' : 'page',
      occasion: `due/${patchId}/${category}/${deadline}/${kind}`,
      to: [...new Set([...(await approversOf(ports, [category], tier)), ...(await ownersOf(ports, machines))])],
      subject: isOverdue
        ? `OVERDUE: ${patchId} for ${category} since ${deadline}`
        : `Deadline in danger: ${patchId} for ${category} is due ${deadline}, and nobody has approved it`,
      lines: [
        record?.patch.title ?? '',
        `${vmIds.length} production machines, ${tier}, because of ${factOf(said)}.`,
        `It stands at ${record?.stage ?? 'nothing'}: ${record?.stageDetail ?? ''}`,
        ...(outlook === null ? [] : [`It ${outlook}.`]),
        `patchline patch due --category ${category}`,
      ],
      patchId,
      category,
    });
  }
}

function categoriesOf(placed: { category: string | null }[]): string[] {
  return [...new Set(placed.flatMap((one) => (one.category === null ? [] : [one.category])))].sort();
}
