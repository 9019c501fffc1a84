// Signs one decision over many requests, and tells each rollout its own: what was sent before is not sent again.

import { WorkflowNotFoundError, WorkflowUpdateFailedError } from '@temporalio/client';
import { canonical } from '../domain/canonical.js';
import { decisionText } from '../domain/decision.js';
import { deferralWords } from '../domain/deferral.js';
import {
  bundleText,
  changedSince,
  decisionIdOf,
  decisionOf,
  entriesOf,
  shownText,
  type BundleEntry,
  type BundleOrder,
  type DecisionBundle,
  type ShownRequest,
} from '../domain/decisionBundle.js';
import type { SignedBundle } from '../ports/decisionBundles.js';
import type { DecisionRequest } from '../ports/decisions.js';
import { decideUpdate } from '../workflows/messages.js';
import type { BundleInput, BundleView } from './contract/decisionBundles.js';
import { deferralOf } from './deferral.js';
import type { ApiParts } from './parts.js';
import { ApiProblem } from './problem.js';

/** Rollouts that are told at once. */
const toldAtOnce = 8;

type Parts = Pick<ApiParts, 'policy' | 'inventory' | 'signing' | 'digests' | 'client' | 'clock' | 'newId'>;
type Standing = Pick<BundleView['entries'][number], 'standing' | 'reasons'>;

/** Requests of the category that wait; of one document of the vendor where `month` names it. */
export async function waitingOf(
  { inventory }: Pick<ApiParts, 'inventory'>,
  category: string,
  month: string | undefined,
): Promise<DecisionRequest[]> {
  const waiting = await inventory.decisions.requests({ status: 'waiting' });
  return waiting.filter(
    (request) =>
      request.category === category && (month === undefined || request.subject.revision.startsWith(`${month}@`)),
  );
}

export function shownDigest({ digests }: Pick<ApiParts, 'digests'>, requests: ShownRequest[]): string {
  return digests.sha256(shownText(requests));
}

/** Refused as a whole when anything that was shown has changed; then nothing is signed. */
export async function bundleOf(parts: Parts, category: string, input: BundleInput, by: string): Promise<SignedBundle> {
  const { clock, digests, newId } = parts;
  const { verdict, justification } = input;
  const except = await Promise.all(input.except.map(async (one) => ({ ...one, ...(await deferralOf(parts, one)) })));
  const deferral = await deferralOf(parts, input);
  const order: BundleOrder = { category, verdict, justification, ...deferral, except };
  const waiting = await waitingOf(parts, category, input.month);
  const shown: ShownRequest[] = input.requests ?? waiting;
  if (input.requests !== undefined && shownDigest(parts, shown) !== input.bundleDigest)
    throw new ApiProblem(
      400,
      'Not what was shown',
      'bundleDigest is not the digest of requests: take both as they came.',
    );
  const changed = changedSince(shown, waiting);
  if (changed.length > 0 || shownDigest(parts, shown) !== input.bundleDigest)
    throw new ApiProblem(
      409,
      'What was shown has changed',
      `Nothing was decided. ${changed.join('; ') || 'Other requests wait now than were shown'}. Look again: patchline decide ${category} ${verdict} --dry-run`,
    );
  const at = clock.now();
  const made = entriesOf(order, shown, at);
  if ('problems' in made) throw new ApiProblem(400, 'Not a decision', made.problems.join('; '));
  const bundle: DecisionBundle = {
    bundleId: input.bundleId ?? newId(),
    category,
    verdict,
    justification,
    ...deferral,
    by,
    onBehalfOf: input.onBehalfOf ?? null,
    at,
    entries: made.entries,
  };
  return {
    ...bundle,
    orderDigest: orderDigest(parts, category, input),
    digest: digests.sha256(bundleText(bundle)),
    signature: '',
  };
}

/** What makes two orders the same one. */
export function orderDigest({ digests }: Pick<ApiParts, 'digests'>, category: string, input: BundleInput): string {
  const { verdict, justification, deferUntil, deferEvent, bundleDigest, except } = input;
  // Left out where it is not there, so that orders of before are the same ones still.
  const onBehalfOf = input.onBehalfOf ?? undefined;
  return digests.sha256(
    canonical({ category, verdict, justification, deferUntil, deferEvent, bundleDigest, except, onBehalfOf }),
  );
}

/** Tells every rollout that has not heard of it. One that cannot be reached now is told when the bundle is resumed. */
export async function sendBundle(parts: Parts, bundle: SignedBundle): Promise<BundleView> {
  const before = await standingsOf(parts, bundle);
  const left = bundle.entries.filter((entry) => before.get(entry.patchId)?.standing === 'notSent');
  const standings = new Map(before);
  for (let from = 0; from < left.length; from += toldAtOnce) {
    const told = await Promise.all(
      left
        .slice(from, from + toldAtOnce)
        .map(async (entry) => [entry.patchId, await send(parts, bundle, entry)] as const),
    );
    for (const [patchId, standing] of told) standings.set(patchId, standing);
  }
  return bundleView(bundle, standings);
}

async function send(parts: Parts, bundle: SignedBundle, entry: BundleEntry): Promise<Standing> {
  const unsigned = decisionOf(bundle, bundle.digest, entry);
  const decision = { ...unsigned, signature: parts.signing.sign(decisionText(unsigned)) };
  try {
    const { accepted, reasons } = await parts.client.workflow
      .getHandle(`rollout/${entry.patchId}/${bundle.category}`)
      .executeUpdate(decideUpdate, { args: [decision], updateId: decision.decisionId });
    return { standing: accepted ? 'counts' : 'refused', reasons };
  } catch (failure) {
    if (failure instanceof WorkflowNotFoundError) return { standing: 'refused', reasons: ['its rollout has ended'] };
    if (failure instanceof WorkflowUpdateFailedError)
      return { standing: 'refused', reasons: [failure.cause?.message ?? failure.message] };
    return { standing: 'notSent', reasons: [failure instanceof Error ? failure.message : String(failure)] };
  }
}

/** By patch: whether its rollout took it. */
export async function standingsOf({ inventory }: Parts, bundle: DecisionBundle): Promise<Map<string, Standing>> {
  const patchIds = bundle.entries.map((entry) => entry.patchId);
  const recorded = await inventory.decisions.decisions({ patchIds, category: bundle.category });
  const byId = new Map(recorded.map((one) => [one.decisionId, one]));
  return new Map(
    patchIds.map((patchId): [string, Standing] => {
      const held = byId.get(decisionIdOf(bundle.bundleId, patchId));
      if (held === undefined) return [patchId, { standing: 'notSent', reasons: [] }];
      return [patchId, { standing: held.accepted ? 'counts' : 'refused', reasons: held.reasons }];
    }),
  );
}

export function bundleView(bundle: SignedBundle, standings: Map<string, Standing>): BundleView {
  const { bundleId, category, verdict, justification, by, at, digest, signature, entries, onBehalfOf = null } = bundle;
  return {
    bundleId,
    category,
    verdict,
    justification,
    by,
    onBehalfOf,
    at,
    digest,
    text: bundleText(bundle),
    signature: signature === '' ? null : signature,
    entries: entries.map((entry) => ({
      ...entry,
      deferred: entry.verdict === 'defer' ? deferralWords(entry) : null,
      ...(standings.get(entry.patchId) ?? notSent),
    })),
  };
}

const notSent: Standing = { standing: 'notSent', reasons: [] };
