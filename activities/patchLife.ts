// Facts of a patch's own life: its successor, what the vendor changed, its known issues. Whoever begins a ring, plans, opens a gate or admits asks here.

import { holdVerdict } from '../domain/knownIssue.js';
import { lifeVerdict, type LifeFacts, type LifeVerdict } from '../domain/patchLife.js';
import type { ManifestRow, Run } from '../domain/run.js';
import { successorsOf, supersedenceVerdict, type LifePhase } from '../domain/succession.js';
import type { Ports } from './ports.js';

export interface LifeAsked {
  patchIds: string[];
  category: string;
  phase: LifePhase;
  /** The ring that is looked at; null: none. */
  ring: string | null;
}

/** By patch. `facts.successor` is fresh: found among all that is known at this moment. */
export async function lifeFactsOf(ports: Ports, asked: LifeAsked): Promise<Map<string, LifeFacts>> {
  const { inventory } = ports;
  const { patchIds, category, phase, ring } = asked;
  const [successors, rows, revised, issues] = await Promise.all([
    inventory.patches.related(patchIds).then((related) => successorsOf(patchIds, related)),
    inventory.successions.successions(patchIds),
    inventory.revisions.newest(patchIds, 'content'),
    inventory.knownIssues.issues({ patchIds, open: true }),
  ]);
  const accepted = await acceptedOf(
    ports,
    issues.map((issue) => issue.issueId),
    category,
  );
  const facts = await Promise.all(
    patchIds.map(async (patchId): Promise<[string, LifeFacts]> => {
      const request = await inventory.decisions.request(patchId, category);
      const successor = successors.get(patchId) ?? null;
      return [
        patchId,
        {
          phase,
          successor,
          keptAgainst: rows.find((row) => row.patchId === patchId)?.keptAgainst ?? null,
          ringBegun: ring !== null && (await hasBegun(ports, patchId, category, ring)),
          // The digest covers it: who approved was shown this successor.
          decidedKnowing: successor !== null && request?.subject.successor === successor,
          revisedAt: revised.get(patchId) ?? null,
          askedAt: request?.requestedAt ?? null,
          issues: issues.filter((issue) => issue.patchId === patchId),
          accepted,
          shown: (request?.subject.knownIssues ?? []).map((issue) => issue.issueId),
        },
      ];
    }),
  );
  return new Map(facts);
}

/** May each of these patches be installed in the ring of the category in production now? */
export async function livesOf(ports: Ports, asked: Omit<LifeAsked, 'phase'>): Promise<Map<string, LifeVerdict>> {
  const policy = await ports.policy.current();
  const facts = await lifeFactsOf(ports, { ...asked, phase: 'deploying' });
  return new Map([...facts].map(([patchId, one]) => [patchId, lifeVerdict(one, policy)]));
}

/** Why enrolments of a run cannot be used, by patch: in production whatever closes, in staging only a successor that replaces it. */
export async function lifeRefusals(
  ports: Ports,
  run: Pick<Run, 'environment' | 'category' | 'ring'>,
  patchIds: string[],
): Promise<Map<string, string>> {
  const { category, ring } = run;
  const refusals = new Map<string, string>();
  if (run.environment === 'production') {
    for (const [patchId, life] of await livesOf(ports, { patchIds, category, ring }))
      if (life.kind !== 'open') refusals.set(patchId, life.reasons.join('; '));
    return refusals;
  }
  const { supersedence } = await ports.policy.current();
  for (const [patchId, facts] of await lifeFactsOf(ports, { patchIds, category, ring: null, phase: 'inTest' })) {
    const verdict = supersedenceVerdict(facts, supersedence);
    if (verdict.kind === 'replaced') refusals.set(patchId, verdict.reason);
  }
  return refusals;
}

/** Known issues that hold these patches for the category; quick, since every session asks. */
export async function holdsOf(ports: Ports, patchIds: string[], category: string): Promise<string[]> {
  const issues = await ports.inventory.knownIssues.issues({ patchIds, open: true });
  if (issues.length === 0) return [];
  const { knownIssues } = await ports.policy.current();
  const accepted = await acceptedOf(
    ports,
    issues.map((issue) => issue.issueId),
    category,
  );
  const reasons: string[] = [];
  for (const patchId of patchIds) {
    const mine = issues.filter((issue) => issue.patchId === patchId);
    if (mine.length === 0) continue;
    const request = await ports.inventory.decisions.request(patchId, category);
    const shown = (request?.subject.knownIssues ?? []).map((issue) => issue.issueId);
    const verdict = holdVerdict({ issues: mine, accepted, shown }, knownIssues);
    if (verdict.kind === 'closed') reasons.push(...verdict.reasons.map((reason) => `${patchId}: ${reason}`));
  }
  return reasons;
}

async function acceptedOf(ports: Ports, issueIds: string[], category: string): Promise<string[]> {
  if (issueIds.length === 0) return [];
  const acceptances = await ports.inventory.knownIssues.acceptances({ issueIds });
  return acceptances.filter((one) => one.category === category).map((one) => one.issueId);
}

const begunStates: readonly ManifestRow['state'][] = ['installing', 'installed', 'failed', 'rolledBack', 'inDoubt'];

async function hasBegun(ports: Ports, patchId: string, category: string, ring: string): Promise<boolean> {
  const rows = await ports.inventory.runs.manifest({ patchId, states: begunStates });
  return rows.some((row) => row.runKey.startsWith(`maintenance/production/${category}/${ring}/`));
}
