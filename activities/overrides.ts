// What was signed for an emergency, and whether it counts now: signature, role and duties are looked at every time (I2, I6).

import type { ShortenedQuorum } from '../domain/decision.js';
import { isInForce, signerProblems, soakOf } from '../domain/emergency.js';
import { isEmergency, overrideText, overrideVerdict, windowObstacle, type HeldOverride } from '../domain/override.js';
import type { Run } from '../domain/run.js';
import { shortenedQuorum, standingRules } from '../domain/shortenedQuorum.js';
import type { KeptOverride } from '../ports/emergencies.js';
import type { Ports } from './ports.js';

/** Every override of these patches, each with what speaks against it. */
export async function heldOverrides(ports: Ports, category: string, patchIds: string[]): Promise<HeldOverride[]> {
  if (patchIds.length === 0) return [];
  const kept = await ports.inventory.emergencies.overrides({ patchIds, category });
  return Promise.all(
    kept.map(async ({ revokedBy, revokedAt, revokeReason, ...override }) => ({
      override,
      problem: await problemOf(ports, { ...override, revokedBy, revokedAt, revokeReason }),
    })),
  );
}

async function problemOf(ports: Ports, kept: KeptOverride): Promise<string | null> {
  const { revokedBy, revokedAt, revokeReason, ...override } = kept;
  if (revokedAt !== null) return `${revokedBy ?? ''} took it back at ${revokedAt}: ${revokeReason ?? ''}`;
  if (!ports.digests.verify(overrideText(override), override.signature)) return 'it is not signed by the API';
  const { emergencies, decisions } = ports.inventory;
  const emergency = await emergencies.emergency(override.emergencyId);
  if (emergency === null || emergency.patchId !== override.patchId || emergency.category !== override.category)
    return 'it is of no emergency for this patch and category';
  if (!isInForce(emergency, ports.clock.now())) return `its emergency is over (${emergency.endReason ?? 'expired'})`;
  const { emergency: policy } = await ports.policy.current();
  const person = (await ports.policy.people()).find((one) => one.name === override.by) ?? null;
  const request = await decisions.request(override.patchId, override.category);
  const facts = { policy, person, cycleRequestedBy: request?.requestedBy ?? [] };
  const problems = signerProblems(override.by, override.kind, emergency, facts);
  return problems.length === 0 ? null : problems.join('; ');
}

/** The window that the newest decision on each patch was asked for with. */
export async function windowRulesOf(
  ports: Ports,
  category: string,
  patchIds: string[],
): Promise<Record<string, string>> {
  const known = await Promise.all(
    patchIds.map(async (patchId) => {
      const request = await ports.inventory.decisions.request(patchId, category);
      return request === null ? [] : [[patchId, request.subject.windowRule] as const];
    }),
  );
  return Object.fromEntries(known.flat());
}

/** The emergency by which a patch may go outside of its window now; null: it goes in its window. */
export async function emergencyFor(
  ports: Ports,
  { patchId, category, windowRule }: { patchId: string; category: string; windowRule: string },
): Promise<string | null> {
  const held = await heldOverrides(ports, category, [patchId]);
  const now = ports.clock.now();
  const asked = { patchId, category, obstacle: windowObstacle(windowRule) };
  const standing = held.find((one) => overrideVerdict([one], asked, now).kind === 'overridden');
  return standing?.override.emergencyId ?? null;
}

/** Why what is enrolled in an emergency run has no place there, by patch; of other runs none (I2). */
export async function strangersIn(ports: Ports, run: Run, patchIds: string[]): Promise<Map<string, string>> {
  const strangers = new Map<string, string>();
  if (!isEmergency(run.occurrence)) return strangers;
  const windowRules = await windowRulesOf(ports, run.category, patchIds);
  for (const patchId of patchIds) {
    const windowRule = windowRules[patchId];
    if (windowRule === undefined) strangers.set(patchId, `nobody was asked to decide on ${patchId}`);
    else if ((await emergencyFor(ports, { patchId, category: run.category, windowRule })) === null)
      strangers.set(patchId, `window ${windowRule} is not overridden for ${patchId}`);
  }
  return strangers;
}

/** By which rules for emergencies fewer people may decide now; what nobody else signed for, or what is over, shortens nothing (I5, I6). */
export async function shortenedNow(
  ports: Ports,
  place: { patchId: string; category: string },
): Promise<ShortenedQuorum[]> {
  const { approvals } = await ports.policy.current();
  if (!approvals.rules.some((rule) => rule.emergency === true)) return [];
  const held = await heldOverrides(ports, place.category, [place.patchId]);
  const standing = standingRules(approvals.rules, held, place, ports.clock.now());
  const emergencyIds = standing.map((one) => one.emergencyId);
  const emergencies =
    standing.length === 0 ? [] : await ports.inventory.emergencies.emergencies({ emergencyIds, status: 'open' });
  return standing.flatMap((one) => {
    const emergency = emergencies.find(({ emergencyId }) => emergencyId === one.emergencyId);
    return emergency === undefined ? [] : [shortenedQuorum(one, emergency)];
  });
}

/** How long a staging run soaks: an emergency makes it shorter for its own patch, and nothing else that is tested there goes without (I1). */
export async function soakSecondsOf(ports: Ports, run: Run, patchIds: string[], soakSeconds: number): Promise<number> {
  if (run.environment !== 'staging' || patchIds.length === 0) return soakSeconds;
  const { emergency: policy } = await ports.policy.current();
  const now = ports.clock.now();
  const open = await ports.inventory.emergencies.emergencies({ patchIds, category: run.category, status: 'open' });
  const mine = open.filter((one) => isInForce(one, now));
  const shortened = (patchId: string) => mine.find((one) => one.patchId === patchId)?.soakSeconds ?? null;
  return soakOf(
    soakSeconds,
    patchIds.map((patchId) => ({ shortened: shortened(patchId) })),
    policy,
  );
}

/** Emergencies by which a run goes on are told so: their review begins when it settles. */
export async function useOverrides(
  ports: Ports,
  run: Run,
  held: HeldOverride[],
  verdict: { by: string; reason: string },
): Promise<void> {
  const emergencyIds = new Set(
    held.flatMap(({ override, problem }) =>
      problem === null && override.kind !== 'quorum' ? [override.emergencyId] : [],
    ),
  );
  const how = `overridden by ${verdict.by}: ${verdict.reason}`;
  for (const emergencyId of emergencyIds)
    await ports.inventory.emergencies.use(emergencyId, run.runKey, how, ports.clock.now());
}
