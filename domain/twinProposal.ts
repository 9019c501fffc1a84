// Which machine a twin is made of, from which restore point, what it would be called and close; or why none is proposed (I5).

import { categoryOf } from './category.js';
import { equivalenceOf } from './equivalence.js';
import type { EquivalencePolicy } from './equivalencePolicy.js';
import { traitsOf, type MachineFacts } from './machineProfile.js';
import type { CategoryRule, EnvironmentRule } from './policy.js';
import { twinOfTag, twinTag, type Twin, type TwinSubject } from './twin.js';
import { placeFor, placeProblem, subscriptionOf } from './twinPlace.js';
import type { TwinPlace, TwinPolicy } from './twinPolicy.js';
import type { Vm } from './vm.js';
import { factsOf } from './vmFacts.js';

export interface KnownRestorePoint {
  vmId: string;
  name: string;
  /** ISO instant. */
  takenAt: string;
}

export interface ProposalFacts {
  twinId: string;
  /** Hexadecimal, of the id: part of the name. */
  idHash: string;
  asked: Vm;
  /** A restore point is taken for it, whatever others there are. */
  fresh: boolean;
  policy: {
    twins: TwinPolicy | null;
    environments: EnvironmentRule[];
    categories: CategoryRule[];
    mayInstall: string[];
    equivalence: EquivalencePolicy;
  };
  /** Existing machines of the category. */
  production: MachineFacts[];
  staging: MachineFacts[];
  /** Finished ones, the newest last. */
  restorePoints: KnownRestorePoint[];
  /** Why what is known of a machine may not be believed; null: it may. */
  staleness: (vmId: string) => string | null;
  /** Twins that are proposed, decided, being built or there. */
  others: Twin[];
}

export type Proposal = { kind: 'proposed'; subject: TwinSubject } | { kind: 'closed'; reasons: string[] };

export function proposeTwin(facts: ProposalFacts): Proposal {
  const { asked, policy, others } = facts;
  const { twins } = policy;
  if (twins === null)
    return closed('policy has no `twins`: until it names a resource group of staging and a subnet, none is built');
  const rule = policy.categories.find((one) => one.name === asked.category);
  const wrong = [
    ...(asked.goneAt === null ? [] : [`${asked.name} is gone since ${asked.goneAt}`]),
    ...(asked.environment === 'production' ? [] : [`${asked.name} is in staging itself: a twin is of production`]),
    ...(rule === undefined ? [`${asked.name} is in no category: \`patchline vm why-category ${asked.name}\``] : []),
    ...(others.length < twins.atOnceMax
      ? []
      : [`${others.length} twins are proposed or there, and policy allows ${twins.atOnceMax} at once: retire one`]),
  ];
  return wrong.length > 0 || rule === undefined ? closed(...wrong) : proposeOf(facts, twins, rule);
}

function proposeOf(facts: ProposalFacts, twins: TwinPolicy, rule: CategoryRule): Proposal {
  const { asked, policy, production, staging, others } = facts;
  const compared = { category: rule.name, tested: [] };
  const groups = equivalenceOf(production, staging, policy.equivalence, compared);
  const group = groups.find(({ machines }) => machines.some((one) => one.vmId === asked.vmId));
  if (group === undefined) return closed(`nothing is known of ${asked.name}`);
  if (group.best?.stands === true)
    return closed(
      `${asked.name} has an equivalent in staging already: ${group.best.name}, with ${group.best.score} (\`patchline equivalence ${rule.name} --vm ${asked.name}\`)`,
    );
  const alike = production.filter(({ vm }) => group.machines.some((one) => one.vmId === vm.vmId));
  const twin = others.find(({ subject }) => alike.some(({ vm }) => vm.vmId === subject.source.vmId));
  if (twin !== undefined)
    return closed(`a twin of ${twin.subject.source.name}, which is alike, is ${twin.status}: ${twin.twinId}`);
  const chosen = sourceOf(alike, facts, twins);
  if ('reasons' in chosen) return closed(...chosen.reasons);
  const subject = subjectOf(chosen, facts, twins, rule);
  const expected = expectedOf(chosen.machine, subject);
  const inCategory = categoryOf(policy.categories, expected.vm);
  if (inCategory.category !== rule.name)
    return closed(`a twin in ${twins.resourceGroup} would not be in ${rule.name}: ${inCategory.reason}`);
  const without = new Set(groups.flatMap((one) => (one.best?.stands === true ? [] : one.machines.map((m) => m.vmId))));
  const after = equivalenceOf(
    production.filter(({ vm }) => without.has(vm.vmId)),
    [expected],
    policy.equivalence,
    compared,
  );
  const mine = after.find(({ machines }) => machines.some((one) => one.vmId === asked.vmId))?.best;
  if (mine?.stands !== true)
    return closed(
      `a twin would not stand for it: ${mine?.score ?? 'no score'}, ${(mine?.differences ?? []).map((one) => `${one.dimension}: ${one.words}`).join('; ')}`,
    );
  const names = after.flatMap(({ best, machines }) => (best?.stands === true ? machines.map((one) => one.name) : []));
  return { kind: 'proposed', subject: { ...subject, standsFor: names.sort(), expectedScore: mine.score } };
}

interface Chosen {
  machine: MachineFacts;
  place: TwinPlace;
  restorePoint: KnownRestorePoint | null;
}

/** The machine that was asked about, unless only one that is alike can be copied, or has a restore point to copy. */
function sourceOf(
  alike: MachineFacts[],
  { asked, fresh, restorePoints, staleness, policy }: ProposalFacts,
  twins: TwinPolicy,
): Chosen | { reasons: string[] } {
  const problems = new Map<string, string>();
  const possible = alike.flatMap((machine): Chosen[] => {
    const { vm } = machine;
    const place = placeFor(twins, vm);
    const stale = staleness(vm.vmId);
    const problem =
      place === null
        ? `policy names no subnet for twins in ${vm.location}, and a disk is made where its restore point is`
        : (placeProblem(twins, place, policy) ??
          (vm.size === null && twins.size === null ? 'its size is not known' : null) ??
          (stale === null ? null : `${stale}: \`patchline inventory sync\``));
    if (place === null || problem !== null) {
      problems.set(vm.vmId, `${vm.name}: ${problem ?? ''}`);
      return [];
    }
    const mine = restorePoints.findLast((point) => point.vmId === vm.vmId) ?? null;
    return [{ machine, place, restorePoint: fresh ? null : mine }];
  });
  const newest = (a: Chosen, b: Chosen) =>
    (b.restorePoint?.takenAt ?? '').localeCompare(a.restorePoint?.takenAt ?? '') ||
    (a.machine.vm.name < b.machine.vm.name ? -1 : 1);
  const own = possible.find(({ machine }) => machine.vm.vmId === asked.vmId);
  const ready = [...(own === undefined ? [] : [own]), ...possible.toSorted(newest)];
  const chosen = ready.find((one) => one.restorePoint !== null) ?? ready[0];
  if (chosen === undefined) return { reasons: [problems.get(asked.vmId) ?? `${asked.name} cannot be copied`] };
  if (chosen.restorePoint === null && !policy.mayInstall.includes(chosen.machine.vm.subscriptionId))
    return {
      reasons: [
        `${chosen.machine.vm.name} has no restore point, and none may be taken: subscription ${chosen.machine.vm.subscriptionId} is observe-only`,
      ],
    };
  return chosen;
}

/** Names of machines may be 64 characters long. */
const sourceNameMax = 48;

function subjectOf(
  { machine, place, restorePoint }: Chosen,
  { twinId, idHash }: ProposalFacts,
  twins: TwinPolicy,
  rule: CategoryRule,
): TwinSubject {
  const { vm, words } = machine;
  const kept = keptTags(vm, rule);
  const role = factsOf(vm, words, []).find((fact) => fact.name === 'role')?.value ?? null;
  const tags = { ...kept, ...(role === null ? {} : { role }), [twinOfTag]: vm.name, [twinTag]: twinId };
  return {
    twinId,
    category: rule.name,
    source: { vmId: vm.vmId, name: vm.name, azureId: vm.azureId },
    restorePoint: restorePoint === null ? null : { name: restorePoint.name, takenAt: restorePoint.takenAt },
    name: `${vm.name.slice(0, sourceNameMax)}-twin-${idHash.slice(0, 6)}`,
    subscriptionId: subscriptionOf(place),
    resourceGroup: twins.resourceGroup,
    region: place.region,
    subnet: place.subnet,
    size: twins.size ?? vm.size ?? '',
    tags,
    lifeDays: twins.lifeDays,
    standsFor: [],
    expectedScore: 0,
    cautions: cautionsOf(machine, rule),
  };
}

/** Only what Patchline sorts and compares by: other tags are by what other programs take a machine for production. */
function keptTags(vm: Vm, rule: CategoryRule): Record<string, string> {
  const wanted = new Set([...Object.keys(rule.match.tags), 'domainRole', 'owner'].map((key) => key.toLowerCase()));
  return Object.fromEntries(
    Object.entries(vm.tags).filter(([key]) => wanted.has(key.toLowerCase()) && key.toLowerCase() !== 'role'),
  );
}

function cautionsOf(machine: MachineFacts, rule: CategoryRule): string[] {
  const { name } = machine.vm;
  const isController = traitsOf(machine).domainRole === 'controller';
  return [
    `it is ${name} once more, with the same host name, secrets and data: the subnet's rules must keep it from production`,
    ...(isController ? ['it is a domain controller: connected to its domain it would replicate into it'] : []),
    ...(rule.unwind === 'ask'
      ? [
          `${rule.name} is a category of which policy returns no machine by itself: what it does when it starts twice is for you to know`,
        ]
      : []),
  ];
}

/** The twin as it will compare, as far as anybody can know before it is there. */
function expectedOf(
  { vm, software, needs }: MachineFacts,
  { name, size, tags, subscriptionId, resourceGroup }: TwinSubject,
): MachineFacts {
  return {
    vm: {
      ...vm,
      vmId: name,
      name,
      size,
      tags,
      subscriptionId,
      resourceGroup,
      environment: 'staging',
      zone: null,
      availabilitySet: null,
      image: null,
    },
    words: [],
    software,
    needs,
    got: [],
  };
}

function closed(...reasons: string[]): Proposal {
  return { kind: 'closed', reasons };
}
