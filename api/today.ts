// What waits for people just now, from wherever it waits; what cannot be read is named, and hides nothing else.

import { machineCount } from '../domain/machineCount.js';
import { isEligible } from '../domain/approvalRules.js';
import { grouped } from '../domain/grouped.js';
import type { Person } from '../domain/policy.js';
import type { DecisionRequest } from '../ports/decisions.js';
import type { NeedView } from './contract/today.js';
import { mayBy, type Permission } from './permissions.js';
import type { ApiParts } from './parts.js';

/** A test that said nothing is shown so long, whatever became of its patch. */
const verdictDaysMax = 30;
const listedMax = 200;

interface Source {
  name: string;
  read: (parts: ApiParts, person: Person | null) => Promise<NeedView[]>;
}

/** The soonest harm first: what pages and halts, then what ends soonest. */
export async function needsNow(
  parts: ApiParts,
  person: Person | null,
): Promise<{ needs: NeedView[]; unread: string[] }> {
  const read = await Promise.allSettled(sources.map((source) => source.read(parts, person)));
  const unread = sources.flatMap(({ name }, index) => (read[index]?.status === 'rejected' ? [name] : []));
  const needs = read.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
  return { needs: needs.toSorted(bySoonestHarm), unread };
}

const sources: Source[] = [
  { name: 'pages', read: openPages },
  { name: 'halted rollouts', read: haltedRollouts },
  { name: 'decisions', read: waitingDecisions },
  { name: 'tests that said nothing', read: openVerdicts },
  { name: 'emergencies', read: openEmergencies },
  { name: 'waivers', read: askedWaivers },
  { name: 'restorations', read: waitingRestorations },
  { name: 'twins', read: proposedTwins },
  { name: 'policy', read: proposedPolicies },
];

const urgentKinds = new Set(['page', 'halt']);

function bySoonestHarm(a: NeedView, b: NeedView): number {
  const [first, second] = [urgentKinds.has(a.kind), urgentKinds.has(b.kind)];
  if (first !== second) return first ? -1 : 1;
  const until = (need: NeedView) => (need.until === null ? Number.POSITIVE_INFINITY : Date.parse(need.until));
  return until(a) - until(b) || a.id.localeCompare(b.id);
}

function may(person: Person | null, permission: Permission): boolean {
  return person !== null && mayBy(person.roles, permission);
}

async function openPages({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const pages = await inventory.notices.list({ pages: true, limit: listedMax });
  const open = new Map(
    pages.flatMap((page) => (page.notice.pageState === 'acknowledged' ? [] : [[page.noticeId, page]])),
  );
  return [...open].map(([noticeId, { notice, toldAt }]) => ({
    kind: 'page',
    id: noticeId,
    title: notice.subject,
    detail: notice.pageState === 'unacknowledged' ? `Nobody has acknowledged it since ${toldAt}` : `Told at ${toldAt}`,
    until: null,
    path: `/notices/${noticeId}`,
    mine: may(person, 'acknowledge'),
  }));
}

/** Only the engine knows which rollouts stand halted; it may be away. */
async function haltedRollouts({ client }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const needs: NeedView[] = [];
  const query = 'WorkflowType = "rollout" AND ExecutionStatus = "Running" AND Stage = "halted"';
  for await (const { workflowId } of client.workflow.list({ query })) {
    const [, patchId = '', category = ''] = workflowId.split('/');
    needs.push({
      kind: 'halt',
      id: workflowId,
      title: `${patchId} for ${category} has halted`,
      detail: 'Over its failure budget, or never settled: ask again for what is left, or end it',
      until: null,
      path: `/patches/${encodeURIComponent(patchId)}?tab=decisions`,
      mine: may(person, 'decide'),
    });
    if (needs.length >= listedMax) break;
  }
  return needs;
}

/** One line for everything of a category: that is how it is decided. */
async function waitingDecisions({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const requests = await inventory.decisions.requests({ status: 'waiting' });
  return [...grouped(requests, (request) => request.category)].map(([category, held]) => {
    const machines = new Set(held.flatMap(({ subject }) => subject.vmIds)).size;
    const [first] = held;
    const what = held.length === 1 && first !== undefined ? first.patchId : `${held.length} patches`;
    return {
      kind: 'decision',
      id: `decision/${category}`,
      title: `${category}: ${what} for ${machineCount(machines)}`,
      detail: held
        .map(({ patchId }) => patchId)
        .join(', ')
        .slice(0, 300),
      until: held.map(({ expiresAt }) => expiresAt).toSorted()[0] ?? null,
      path: `/decide/${encodeURIComponent(category)}`,
      mine: held.some((request) => mayDecide(request, person)),
    };
  });
}

/** By the rules that it was asked by; the rollout's own check is what counts. */
function mayDecide({ requestedBy, approval }: DecisionRequest, person: Person | null): boolean {
  if (person === null || requestedBy.includes(person.name)) return false;
  const steps = approval?.steps ?? [];
  if (steps.length === 0) return may(person, 'decide');
  return steps.some(({ who, fallback }) =>
    [who, ...(fallback === null ? [] : [fallback.who])].some((group) => isEligible(group, person, [])),
  );
}

async function openVerdicts({ inventory, policy, clock }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const { tests } = await policy.current();
  const now = Date.parse(clock.now());
  const since = new Date(now - verdictDaysMax * 24 * 3600_000).toISOString();
  const held = await inventory.stageTests.tests({ verdict: 'inconclusive', since, limit: listedMax });
  return held.flatMap(({ patchId, category, runKey, reasons, at }) => {
    const until = Date.parse(at) + tests.verdictWithinMinutes * 60_000;
    if (until <= now) return [];
    return [
      {
        kind: 'verdict' as const,
        id: `${runKey}#${patchId}`,
        title: `${patchId} for ${category}: its test said nothing`,
        detail: reasons.join('; ').slice(0, 300),
        until: new Date(until).toISOString(),
        path: `/patches/${encodeURIComponent(patchId)}?tab=tests`,
        mine: may(person, 'decide'),
      },
    ];
  });
}

async function openEmergencies({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const [open, ended] = await Promise.all([
    inventory.emergencies.emergencies({ status: 'open', limit: listedMax }),
    inventory.emergencies.emergencies({ status: 'ended', reviewed: false, limit: listedMax }),
  ]);
  const mine = may(person, 'decide');
  return [...open, ...ended].map((held) => ({
    kind: 'emergency',
    id: held.emergencyId,
    title: `Emergency: ${held.patchId} for ${held.category}`,
    detail: held.status === 'open' ? held.reason : `Its review is due: ${held.endReason ?? ''}`,
    until: held.status === 'open' ? held.expiresAt : held.reviewDueAt,
    path: `/patches/${encodeURIComponent(held.patchId)}?tab=decisions`,
    mine: mine && held.requestedBy !== person?.name,
  }));
}

async function askedWaivers({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const asked = await inventory.patchWaivers.waivers({ statuses: ['asked'], limit: listedMax });
  return asked.map((waiver) => ({
    kind: 'waiver',
    id: waiver.waiverId,
    title: `Waiver of ${waiver.patchId} for ${waiver.vmName ?? waiver.category}`,
    detail: `Until ${waiver.until}: ${waiver.reason}`.slice(0, 300),
    until: waiver.askedUntil,
    path: `/patches/${encodeURIComponent(waiver.patchId)}?tab=waivers`,
    mine: may(person, 'decide') && waiver.requestedBy !== person?.name,
  }));
}

async function waitingRestorations({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const waiting = await inventory.restorations.restorations({ status: 'waiting' });
  return waiting.slice(0, listedMax).map((held) => ({
    kind: 'restoration',
    id: held.restorationId,
    title: `Restore ${held.subject.vmName} to baseline ${held.subject.baseline} ${held.subject.version}`,
    detail: held.reason.slice(0, 300),
    until: held.expiresAt,
    path: `/vms/${encodeURIComponent(held.subject.vmName)}?tab=restorations`,
    mine: may(person, 'decide') && held.requestedBy !== person?.name,
  }));
}

async function proposedTwins({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const proposed = await inventory.twins.twins({ statuses: ['proposed'], limit: listedMax });
  return proposed.map((twin) => ({
    kind: 'twin',
    id: twin.twinId,
    title: `Build ${twin.subject.name}, a twin of ${twin.subject.source.name}, in staging`,
    detail:
      `It would stand for ${machineCount(twin.subject.standsFor.length)} of ${twin.subject.category}: ${twin.reason}`.slice(
        0,
        300,
      ),
    until: twin.expiresAt,
    path: '/categories',
    mine: may(person, 'decide') && twin.proposedBy !== person?.name,
  }));
}

async function proposedPolicies({ inventory }: ApiParts, person: Person | null): Promise<NeedView[]> {
  const proposed = await inventory.policies.versions({ status: 'proposed' });
  return proposed.slice(0, listedMax).map((version) => ({
    kind: 'policy',
    id: String(version.seq),
    title: `Policy version ${version.seq} needs a second person`,
    detail: `${version.author}: ${version.reason}`.slice(0, 300),
    until: null,
    path: `/policy?version=${version.seq}`,
    mine: may(person, 'policy') && version.author !== person?.name,
  }));
}
