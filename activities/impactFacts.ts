// The facts of an impact, read from the inventory: the fleet and what needs what, what earlier sessions measured, and how urgent it is.

import { factOf } from '../domain/due.js';
import { fleetIndex, impactOf, impactSystem, type Impact, type ImpactFacts } from '../domain/impact.js';
import type { Observation } from '../domain/impactDowntime.js';
import type { RiskFacts } from '../domain/impactRisk.js';
import type { CategoryRule } from '../domain/policy.js';
import type { Ring } from '../domain/ring.js';
import { requestUrgency } from '../domain/urgency.js';
import type { Vm } from '../domain/vm.js';
import type { PatchRecord } from '../ports/patches.js';
import type { TestResult } from '../ports/stageTests.js';
import type { EndedSession } from '../ports/impacts.js';
import { dueNow } from './judging.js';
import type { Ports } from './ports.js';

export interface ImpactAsked {
  record: PatchRecord;
  rule: CategoryRule;
  /** Undefined: it was never tested. */
  test: TestResult | undefined;
  /** Production machines that are to get it. */
  machines: Vm[];
  rings: Ring[];
  /** How many that need it are not among them. */
  leftOut: number;
}

/** What was measured longer ago says less than these. */
const sessionsMax = 1000;

/** As things stand now; kept, since people edit it. */
export async function impactNow(ports: Ports, asked: ImpactAsked): Promise<Impact> {
  const { record, rule, test, machines, rings } = asked;
  const policy = await ports.policy.current();
  const { fleet, impacts } = ports.inventory;
  const production = await fleet.vms({ environment: 'production', existing: true });
  const ended = await impacts.endedSessions({ runKey: test?.runKey ?? null, limit: sessionsMax });
  const facts: ImpactFacts = {
    patchId: record.patch.patchId,
    rule,
    inFlightMax: policy.limits.inFlightMax,
    machines,
    rings,
    restart: record.patch.restart,
    test: test === undefined ? null : { ...test, machines: test.vmIds.length },
    observations: ended.filter((one) => one.outcome === 'installed').map((one) => observationOf(ports, one)),
    rollbacks: ended.flatMap(rollbackOf),
    risk: await riskFacts(ports, asked),
  };
  const impact = impactOf(facts, fleetIndex(production, policy.categories, policy.dependencies), ports.clock.now());
  await impacts.save(impact);
  return impact;
}

function observationOf(ports: Ports, ended: EndedSession): Observation {
  const { runKey, category, osType, osName, osVersion } = ended;
  return {
    runKey,
    category,
    system: impactSystem({ osType, osName, osVersion, guest: null }),
    restarted: restartedIn(ports, ended.installed),
    minutes: minutesBetween(ended.startedAt, ended.endedAt),
  };
}

/** An adopted installation has no output: whether it restarted is not known. */
function restartedIn(ports: Ports, installed: unknown): boolean | null {
  try {
    const { rebootStatus } = ports.azure.readInstallOutput(installed);
    return rebootStatus === 'Unknown' ? null : rebootStatus === 'Completed';
  } catch {
    return null;
  }
}

function rollbackOf({ outcome, unwoundFrom, endedAt, category }: EndedSession): ImpactFacts['rollbacks'] {
  if (outcome !== 'rolledBack' || unwoundFrom === null) return [];
  return [{ category, minutes: minutesBetween(unwoundFrom, endedAt) }];
}

function minutesBetween(from: string, to: string): number {
  return Math.max(0, (Date.parse(to) - Date.parse(from)) / 60_000);
}

async function riskFacts(ports: Ports, { record, test, machines, leftOut }: ImpactAsked): Promise<RiskFacts> {
  const { patchId, released, exploited } = record.patch;
  const { inventory, clock } = ports;
  const urgency = requestUrgency(await dueNow(ports, patchId, machines), [], clock.now());
  const issues = await inventory.knownIssues.issues({ patchIds: [patchId], open: true });
  const counts = (await inventory.sessions.installationCounts([patchId])).filter(
    (one) => one.environment === 'production',
  );
  const machinesIn = (states: string[]) =>
    counts.reduce((sum, one) => sum + (states.includes(one.state) ? one.machines : 0), 0);
  return {
    due: urgency === null ? null : { tier: urgency.tier, deadline: urgency.deadline, because: factOf(urgency) },
    overdue: urgency?.overdue ?? 0,
    exploited,
    leftOut,
    testVerdict: test?.verdict ?? null,
    testedMachines: test?.vmIds.length ?? 0,
    testedSet: test?.testedSet ?? [],
    knownIssues: issues.map(({ text, url }) => ({ text, url })),
    released,
    installed: machinesIn(['installed']),
    failed: machinesIn(['failed', 'rolledBack']),
  };
}
