// Deadlines of the whole fleet, computed from the facts of risk as they stand, and stored where they differ.

import { dueChanges, dueOf, mostUrgent, priorityPolicy, type Due } from '../domain/due.js';
import { presenceOf } from '../domain/demand.js';
import { exposureOf } from '../domain/exposure.js';
import { heldFacts, withHeldFacts } from '../domain/heldFact.js';
import type { PriorityPolicy } from '../domain/priority.js';
import type { Estimate } from '../domain/risk.js';
import type { Vm } from '../domain/vm.js';
import type { DueGroup } from '../ports/due.js';
import type { PatchRecord } from '../ports/patches.js';
import { containedOn, judgedPatch } from './judging.js';
import type { Ports } from './ports.js';

export interface Urgency {
  tier: string;
  /** ISO instant; null: no rule sets one. */
  dueAt: string | null;
}

export interface PatchUrgency extends Urgency {
  patchId: string;
  /** Of production. */
  categories: (Urgency & { category: string })[];
}

export interface ComputedDue {
  rows: number;
  changed: number;
  /** Every patch that is due anywhere, the most urgent first. Small: it stands in histories. */
  patches: (Urgency & { patchId: string })[];
  /** Those whose earliest deadline or tier is another than before, somewhere. */
  moved: string[];
}

interface Fleet {
  vms: Map<string, Vm>;
  exposures: Map<string, Estimate<boolean>>;
  policy: PriorityPolicy;
}

export function createUrgencyActivities(ports: Ports) {
  const { patches, fleet, due, forensics } = ports.inventory;

  return {
    /** Idempotent: computed again on the same facts, nothing is written. */
    async computeDue(): Promise<ComputedDue> {
      const now = ports.clock.now();
      const before = patchUrgencies(await due.groups({ now }));
      const known = await fleetNow();
      const all = await patches.patches();
      const needed = all.filter((record) => record.needed > 0);
      let [rows, changed] = [0, 0];
      for (const record of needed) {
        const mine = await computePatch(record, all, known);
        const changes = await due.recompute(record.patch.patchId, (held) => dueChanges(held, mine), now);
        rows += mine.length;
        changed += changes.length;
      }
      changed += await endOthers(new Set(needed.map((record) => record.patch.patchId)), now);
      await fleet.measureDay(now);
      const after = patchUrgencies(await due.groups({ now }));
      const order = after.map(({ patchId, tier, dueAt }) => ({ patchId, tier, dueAt }));
      return { rows, changed, patches: order, moved: movedBetween(before, after) };
    },

    /** What is stored of one patch; null when it is due nowhere. */
    async urgencyOf(input: { patchId: string }): Promise<PatchUrgency | null> {
      return patchUrgencies(await due.groups({ now: ports.clock.now(), patchIds: [input.patchId] }))[0] ?? null;
    },
  };

  async function fleetNow(): Promise<Fleet> {
    const { priority } = await ports.policy.current();
    const vms = await fleet.vms({ existing: true });
    return {
      vms: new Map(vms.map((vm) => [vm.vmId, vm])),
      exposures: new Map(vms.map((vm) => [vm.vmId, exposureOf(vm, priority.exposed)])),
      policy: priorityPolicy(priority),
    };
  }

  /** Demand is of the last cycle: a machine that shows the patch by now is due no longer. */
  async function computePatch(record: PatchRecord, all: PatchRecord[], known: Fleet): Promise<Due[]> {
    const { vms, exposures, policy } = known;
    const { patch } = record;
    const needing = (await patches.demand({ patchId: patch.patchId })).flatMap(({ vmId }) => {
      const vm = vms.get(vmId);
      return vm === undefined || presenceOf(patch, vm).kind === 'present' ? [] : [vm];
    });
    const judged = await judgedPatch(ports, record);
    const risks = await holdFacts(judged.risks, policy);
    const ids = needing.map((vm) => vm.vmId);
    const contained = await containedOn(ports, record, all, needing);
    const rows = dueOf({ ...judged, risks }, ids, exposures, policy, contained);
    const inKev = [...risks, ...contained.judged.flatMap((one) => one.risks)].filter((risk) => risk.kev !== null);
    const because = `known exploited: ${[...new Set(inKev.map((risk) => risk.cve))].join(', ')}`;
    const asked = rows.filter((row) => row.forensics && vms.get(row.vmId)?.environment === 'production');
    await forensics.reconcile(
      patch.patchId,
      asked.map(({ vmId }) => ({ vmId, because })),
      ports.clock.now(),
    );
    return rows;
  }

  /** Clocks that their sources would begin anew with every word keep their first date. */
  async function holdFacts(risks: Parameters<typeof heldFacts>[0], { rules }: PriorityPolicy) {
    const cves = risks.map((risk) => risk.cve);
    const before = await due.heldFacts(cves);
    const levels = [
      ...new Set(rules.flatMap(({ when }) => (when.epssAtLeast === undefined ? [] : [when.epssAtLeast]))),
    ];
    const after = heldFacts(risks, levels, before);
    const said = (facts: typeof before) =>
      facts
        .map(({ cve, fact, since }) => `${cve} ${fact} ${Date.parse(since)}`)
        .sort()
        .join('\n');
    if (said(before) !== said(after)) await due.saveHeldFacts(cves, after);
    return withHeldFacts(risks, after);
  }

  /** Patches that nothing needs any more. */
  async function endOthers(needed: Set<string>, now: string): Promise<number> {
    let ended = 0;
    for (const patchId of await due.patchIds()) {
      if (needed.has(patchId)) continue;
      ended += (await due.recompute(patchId, (held) => dueChanges(held, []), now)).length;
      await forensics.reconcile(patchId, [], now);
    }
    return ended;
  }
}

/** Groups come in the order of urgency, and patches keep it. */
function patchUrgencies(groups: DueGroup[]): PatchUrgency[] {
  const byPatch = new Map<string, DueGroup[]>();
  for (const group of groups) byPatch.set(group.patchId, [...(byPatch.get(group.patchId) ?? []), group]);
  return [...byPatch].flatMap(([patchId, mine]) => {
    const first = mostUrgent(mine);
    if (first === null) return [];
    const categories = mine.flatMap(({ environment, category, tier, deadline }) =>
      environment === 'production' && category !== null ? [{ category, tier, dueAt: deadline }] : [],
    );
    return [{ patchId, tier: first.tier, dueAt: first.deadline, categories }];
  });
}

function movedBetween(before: PatchUrgency[], after: PatchUrgency[]): string[] {
  const held = new Map(before.map((one) => [one.patchId, JSON.stringify(one)]));
  return after.flatMap((one) => {
    const old = held.get(one.patchId);
    return old === undefined || old === JSON.stringify(one) ? [] : [one.patchId];
  });
}
