// A patch's life as it is shown: known issues, revisions, its successor, and what people entered.

import { handNeedsOf, softwareFixesOf } from '../domain/byHand.js';
import { type KnownIssue, holds } from '../domain/knownIssue.js';
import { successorsOf } from '../domain/succession.js';
import type { PatchRecord } from '../ports/patches.js';
import type { ByHandView, HandMachineView, KnownIssueView, PatchDetail } from './contract/index.js';
import type { ApiParts } from './parts.js';
import { ApiProblem } from './problem.js';

type Parts = Pick<ApiParts, 'inventory' | 'policy' | 'clock'>;

export async function requirePatch({ inventory }: Pick<ApiParts, 'inventory'>, patchId: string): Promise<PatchRecord> {
  const record = await inventory.patches.patch(patchId);
  if (record === null)
    throw new ApiProblem(
      404,
      'Unknown patch',
      `${patchId} is in no channel that was read: patch ids look like KB5094128; \`patchline patch list --all\` shows them.`,
    );
  return record;
}

export async function lifeOf(
  parts: Parts,
  { patch }: PatchRecord,
): Promise<Pick<PatchDetail, 'knownIssues' | 'revisions' | 'succession' | 'byHand'>> {
  const { inventory } = parts;
  const { patchId } = patch;
  const [issues, revisions, successions, related, byHand] = await Promise.all([
    inventory.knownIssues.issues({ patchIds: [patchId] }),
    inventory.revisions.revisions({ patchId }),
    inventory.successions.successions([patchId]),
    inventory.patches.related([patchId]),
    byHandOf(parts, patch),
  ]);
  const { keptAgainst = null, keptBy = null, keptReason = null, keptAt = null } = successions[0] ?? {};
  const successor = successorsOf([patchId], related).get(patchId) ?? null;
  return {
    knownIssues: await issueViews(parts, issues),
    revisions,
    succession: { successor, keptAgainst, keptBy, keptReason, keptAt },
    byHand,
  };
}

export async function issueViews({ inventory, policy }: Parts, issues: KnownIssue[]): Promise<KnownIssueView[]> {
  const { knownIssues } = await policy.current();
  const acceptances = await inventory.knownIssues.acceptances({ issueIds: issues.map((issue) => issue.issueId) });
  return issues.map((issue) => ({
    ...issue,
    holds: holds(issue, knownIssues),
    acceptances: acceptances.filter((one) => one.issueId === issue.issueId),
  }));
}

export async function byHandOf(parts: Parts, patch: PatchRecord['patch']): Promise<ByHandView | null> {
  const entry = await parts.inventory.byHand.entry(patch.patchId);
  if (entry === null) return null;
  const [attachments, machines] = await Promise.all([
    parts.inventory.byHand.attachments(patch.patchId),
    handMachines(parts, patch),
  ]);
  const { patchId: _patchId, ...told } = entry;
  return { ...told, software: softwareFixesOf(patch), attachments, machines };
}

async function handMachines(
  { inventory, policy, clock }: Parts,
  patch: PatchRecord['patch'],
): Promise<HandMachineView[]> {
  const { limits } = await policy.current();
  const names = softwareFixesOf(patch).map((fix) => fix.name);
  const facts = await inventory.byHand.facts(patch.patchId, names);
  return handNeedsOf(patch, facts, clock.now(), limits.factsMaxAgeMinutes).flatMap(({ vm, need }) => {
    if (need.kind === 'notThere') return [];
    const { name: vmName, environment, category } = vm;
    return [{ vmName, environment, category, need: need.kind, reason: need.reason }];
  });
}
