// Who had a hand in what is decided on, and in what: whoever edited a verdict or an impact, ticked a checklist, or asked for an emergency, never
// approves it (I6).

import type { Barred } from '../domain/approvalRules.js';
import type { CategoryRule, Policy } from '../domain/policy.js';
import { policyEditors, type GovernedDecision } from '../domain/policyEditors.js';
import type { Ports } from './ports.js';

export async function editorsOf({ inventory }: Ports, patchId: string, category: string): Promise<Barred[]> {
  const verdicts = await inventory.stageTests.verdicts({ patchId, category });
  const edits = await inventory.impacts.edits({ patchId, category });
  const emergencies = await inventory.emergencies.emergencies({ patchIds: [patchId], category, status: 'open' });
  const checks = await inventory.checklists.checks({ patchId, category });
  return [
    ...verdicts.map(({ by }) => ({ name: by, why: 'judged its test' })),
    ...edits.map(({ by }) => ({ name: by, why: 'edited its impact' })),
    ...emergencies.map(({ requestedBy }) => ({ name: requestedBy, why: 'asked for an emergency for it' })),
    ...checks.flatMap(({ by }) => (by === null ? [] : [{ name: by, why: 'ticked its checklist' }])),
  ];
}

/** Whoever wrote or accepted what governs the decision, after the patch was known: by today's versions, also while a request waits. */
export async function policyEditorsOf(
  ports: Pick<Ports, 'inventory' | 'clock'>,
  patchId: string,
  governing: { policy: Policy; rule: CategoryRule },
): Promise<Barred[]> {
  const noticedAt = (await ports.inventory.patches.patch(patchId))?.firstSeenAt ?? null;
  return policyEditorsSince(ports, noticedAt, governing);
}

/** `other`: of what is no patch. */
export async function policyEditorsSince(
  { inventory, clock }: Pick<Ports, 'inventory' | 'clock'>,
  noticedAt: string | null,
  { policy, rule }: { policy: Policy; rule: CategoryRule },
  other?: NonNullable<GovernedDecision['other']>,
): Promise<Barred[]> {
  const now = clock.now();
  const barredDays = policy.approvals.policyEditorsBarredDays;
  const appliedAfter = new Date(Date.parse(now) - barredDays * 24 * 3_600_000).toISOString();
  const versions = await inventory.policies.versions({ status: 'applied', appliedAfter });
  // The first of an installation changed nothing: it has no author to bar.
  const applied = versions.flatMap(({ seq, author, secondBy, appliedAt, changed, basedOn }) =>
    appliedAt === null || basedOn === null ? [] : [{ seq, author, secondBy, appliedAt, changed }],
  );
  const decision = { category: rule.name, windows: Object.values(rule.windows), noticedAt, barredDays };
  return policyEditors(applied, other === undefined ? decision : { ...decision, other }, now);
}
