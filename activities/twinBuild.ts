// Whether a twin may be built as it was decided, what it is built of, and what it turned out to be: looked at anew each time (I1, I5, I6, I9).

import { canonical } from '../domain/canonical.js';
import { equivalenceOf, matchOf } from '../domain/equivalence.js';
import { thresholdOf } from '../domain/equivalencePolicy.js';
import { differenceWords } from '../domain/equivalenceReport.js';
import { freezeVerdict } from '../domain/freeze.js';
import { profileOf } from '../domain/machineProfile.js';
import { collectionOf, nameFrom } from '../domain/operation.js';
import {
  buildProblems,
  misplaced,
  twinAddress,
  twinSessionId,
  type BuildFacts,
  type Twin,
  type TwinDisk,
} from '../domain/twin.js';
import { placeFor, placeProblem } from '../domain/twinPlace.js';
import type { Policy } from '../domain/policy.js';
import { AzureFailure, type RestorePointAddress } from '../ports/azure.js';
import { categoryRule, rolesOf } from './concerned.js';
import { policyEditorsSince } from './editors.js';
import { notReady } from './failures.js';
import type { Ports } from './ports.js';
import { requiredTwin, type TwinInput } from './twins.js';

export type TwinOpened =
  /** `fresh`: a restore point is to be taken first. `disks`: of the restore point; null before it was read. */
  { kind: 'open'; fresh: boolean; disks: number | null } | { kind: 'refused'; reasons: string[] };

export type TwinPlaced =
  | { kind: 'known'; vmId: string }
  | { kind: 'unlisted' }
  /** It is not what was decided on: nothing is done on it. */
  | { kind: 'misplaced'; reasons: string[] };

/** Whoever takes the restore point of the machine that is copied. */
export function sourceSessionId(twinId: string): string {
  return `${twinSessionId(twinId)}#source`;
}

/** Why nothing of it may be made now, as everything stands at this moment; empty when it may. */
export async function twinProblems(ports: Ports, twin: Twin): Promise<string[]> {
  const { inventory, digests, clock } = ports;
  const { subject } = twin;
  const { policy, rule } = await categoryRule(ports, subject.category);
  const person = (await ports.policy.people()).find((one) => one.name === twin.decidedBy) ?? null;
  const other = { known: 'the twin was proposed', parts: ['twins', 'mayInstall'] };
  const barred = await policyEditorsSince(ports, twin.proposedAt, { policy, rule }, other);
  const there = await inventory.twins.twins({ statuses: ['building', 'built'] });
  const stop = await inventory.stops.standingStop();
  const facts: BuildFacts = {
    person,
    approverRoles: rolesOf(policy, rule, null),
    signatureValid: (text, signature) => digests.verify(text, signature),
    digestOf: (held) => digests.sha256(canonical(held)),
    place: placeNow(policy, twin),
    closed: [
      ...(stop === null ? [] : [`everything is stopped by ${stop.by}: ${stop.reason}`]),
      ...closedPlace(policy, twin),
      ...(subject.restorePoint === null ? sourceClosed(policy, twin, clock.now()) : []),
    ],
    barred: barred
      .filter(({ name }) => name === twin.decidedBy)
      .map(({ name, why }) => `${name} ${why} and cannot decide it`),
    others: there.filter((one) => one.twinId !== twin.twinId).length,
    atOnceMax: policy.twins?.atOnceMax ?? 0,
  };
  return buildProblems(twin, facts);
}

function placeNow({ twins }: Policy, { subject }: Twin): BuildFacts['place'] {
  if (twins === null) return null;
  const subscriptionId = subject.source.azureId.split('/')[2] ?? '';
  const place = placeFor(twins, { location: subject.region, subscriptionId });
  const { resourceGroup, size, lifeDays } = twins;
  return place === null ? null : { place, resourceGroup, size, lifeDays };
}

function closedPlace(policy: Policy, { subject }: Twin): string[] {
  const problem = placeProblem(subject, subject, policy);
  return problem === null ? [] : [problem];
}

/** I2: taking a restore point is work on production. */
function sourceClosed(policy: Policy, { subject }: Twin, now: string): string[] {
  const scope = { environment: 'production' as const, category: subject.category };
  const verdict = freezeVerdict(policy.freezes, scope, now);
  const subscriptionId = subject.source.azureId.split('/')[2] ?? '';
  return [
    ...(verdict.kind === 'closed' ? verdict.reasons : []),
    ...(policy.mayInstall.includes(subscriptionId) ? [] : [`subscription ${subscriptionId} is observe-only`]),
  ];
}

export function createTwinBuildActivities(ports: Ports) {
  const { twins, fleet, equivalence, operations } = ports.inventory;

  return {
    /** Judged, and from then on being built; the restore point is read once it is there. */
    async openTwin({ twinId }: TwinInput): Promise<TwinOpened> {
      const twin = await requiredTwin(ports, twinId);
      const reasons = await twinProblems(ports, twin);
      if (reasons.length > 0) return { kind: 'refused', reasons };
      const at = ports.clock.now();
      const begins = { at, who: null, what: 'building begins', why: twin.justification ?? '' };
      const building = await twins.move(twinId, ['approved'], { status: 'building' }, begins);
      if (building.disks !== null) return { kind: 'open', fresh: false, disks: building.disks.length };
      if (twin.subject.restorePoint === null) {
        const taken = await operations.operation(sourceSessionId(twinId), 'restorePoint');
        if (taken?.state !== 'succeeded') return { kind: 'open', fresh: true, disks: null };
      }
      return readDisks(building);
    },

    /** Fails as not ready until its agent answers. */
    async awaitTwin({ twinId }: TwinInput): Promise<void> {
      const { subject } = await requiredTwin(ports, twinId);
      const { polls } = await ports.policy.current();
      const now = await ports.azure.vmNow(twinAddress(subject)).catch((failure: unknown) => {
        if (failure instanceof AzureFailure) throw notReady(failure.message, polls.floorSeconds);
        throw failure;
      });
      if (now.power !== 'running' || !now.agentReady)
        throw notReady(`${subject.name} is ${now.power}, and its agent does not answer yet`, polls.floorSeconds);
    },

    /** I1: before anything is done on it, it has to be staging by the policy's own rules. */
    async placeTwin({ twinId }: TwinInput): Promise<TwinPlaced> {
      const twin = await requiredTwin(ports, twinId);
      const vm = await fleet.vm(twin.subject.name);
      if (vm === null || vm.goneAt !== null || vm.azureId !== twinAddress(twin.subject).azureId)
        return { kind: 'unlisted' };
      const reasons = misplaced(twin, vm);
      const told = { at: ports.clock.now(), who: null, what: 'listed', why: vm.environmentReason };
      await twins.move(twinId, ['building'], { vmId: vm.vmId }, told);
      return reasons.length > 0 ? { kind: 'misplaced', reasons } : { kind: 'known', vmId: vm.vmId };
    },

    /** By what is known of it now. One that stands for nobody is no twin. */
    async measureTwin({ twinId }: TwinInput): Promise<{ kind: 'built' } | { kind: 'unlike'; reason: string }> {
      const twin = await requiredTwin(ports, twinId);
      const { subject } = twin;
      const { category } = subject;
      const { equivalence: policy } = await ports.policy.current();
      const mine = twin.vmId === null ? null : await fleet.vm(twin.vmId);
      if (mine === null) return { kind: 'unlike', reason: 'the inventory does not know it' };
      const [facts] = await equivalence.facts([mine], null);
      const machines = await fleet.vms({ environment: 'production', category, existing: true });
      const production = await equivalence.facts(machines, null);
      if (facts === undefined) return { kind: 'unlike', reason: 'nothing is known of it' };
      const threshold = thresholdOf(policy, category);
      const groups = equivalenceOf(production, [facts], policy, { category, tested: [] });
      const standing = groups.filter(({ best }) => best?.stands === true);
      const standsFor = standing.reduce((sum, group) => sum + group.machines.length, 0);
      const source = production.find(({ vm }) => vm.vmId === subject.source.vmId);
      const match =
        source === undefined
          ? (standing[0]?.best ?? null)
          : matchOf(profileOf(source, policy), profileOf(facts, policy), policy, { threshold, tested: [] });
      if (standsFor === 0) {
        const differences = (match?.differences ?? []).map(differenceWords).join('; ');
        return { kind: 'unlike', reason: `it scores ${match?.score ?? 0}, ${threshold} is asked for: ${differences}` };
      }
      const at = ports.clock.now();
      const retiresAt = new Date(Date.parse(at) + subject.lifeDays * 24 * 3_600_000).toISOString();
      const set = { status: 'built' as const, score: match?.score ?? 0, standsFor, builtAt: at, retiresAt };
      const why = `it stands for ${standsFor} machines with ${match?.score ?? 0}`;
      await twins.move(twinId, ['building'], set, { at, who: null, what: 'built', why });
      return { kind: 'built' };
    },
  };

  async function readDisks(twin: Twin): Promise<TwinOpened> {
    const point = restorePointOf(ports, twin);
    try {
      const found = await ports.azure.restorePointDisks(point);
      const named = found.map(
        (disk): TwinDisk => ({
          ...disk,
          name: `${twin.subject.name}-${disk.lun === null ? 'os' : `data-${disk.lun}`}`,
        }),
      );
      const told = {
        at: ports.clock.now(),
        who: null,
        what: `${named.length} disks`,
        why: `restore point ${point.name}`,
      };
      await twins.move(twin.twinId, ['building'], { disks: named }, told);
      return { kind: 'open', fresh: false, disks: named.length };
    } catch (failure) {
      if (failure instanceof AzureFailure && (failure.kind === 'notFound' || failure.kind === 'invalidInput')) {
        const { source } = twin.subject;
        const remedy = `propose it again with \`patchline twin propose ${source.name} --fresh\``;
        return {
          kind: 'refused',
          reasons: [`restore point ${point.name} of ${source.name} is gone (${failure.message}): ${remedy}`],
        };
      }
      throw failure;
    }
  }
}

export function restorePointOf({ digests }: Pick<Ports, 'digests'>, { twinId, subject }: Twin): RestorePointAddress {
  const { source, region, restorePoint } = subject;
  return {
    vm: { azureId: source.azureId, location: region },
    collection: collectionOf(source.name),
    name: restorePoint?.name ?? nameFrom(digests.sha256(sourceSessionId(twinId))),
  };
}
