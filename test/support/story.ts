// A whole month through the line of a test, decided by a person of the test: what histories are recorded from.

import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { taskQueue } from '../../adapters/temporal/engine.js';
import { decisionText, type DecisionVerdict, type SignedDecision } from '../../domain/decision.js';
import { endedStages } from '../../domain/stage.js';
import type { DecisionRequest } from '../../ports/decisions.js';
import type { PatchRecord } from '../../ports/patches.js';
import { decideUpdate, rolloutStateQuery, type DecisionReply } from '../../workflows/messages.js';
import type { Line } from './line.js';

const patienceMs = 4 * 60_000;

export async function startCycle(line: Line, month: string | null = '2025-Oct'): Promise<string[]> {
  const result = await line.engine.client.workflow.execute<
    (input: unknown) => Promise<{ needed: { patchId: string }[] }>
  >('patchCycle', {
    taskQueue,
    workflowId: `cycle/${month ?? 'channels'}-${randomUUID().slice(0, 8)}`,
    args: [{ cycleId: randomUUID(), month, requestedBy: ['kim'] }],
  });
  return result.needed.map((one) => one.patchId);
}

export async function until<T>(what: string, look: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + patienceMs; ; await pause(100)) {
    const found = await look();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`never came: ${what}`);
  }
}

export async function waitingFor(line: Line, patchId: string, category: string): Promise<DecisionRequest> {
  return until(`a request for ${patchId} in ${category}`, async () => {
    const requests = await line.store.inventory.decisions.requests({ status: 'waiting', patchId });
    const request = requests.find((candidate) => candidate.category === category);
    if (request === undefined) return null;
    // The row is there a moment before the workflow knows of it.
    const state = await line.engine.client.workflow
      .getHandle(`rollout/${patchId}/${category}`)
      .query(rolloutStateQuery);
    return state.stage === 'awaitingDecision' ? request : null;
  });
}

export function signed(
  line: Line,
  request: Pick<DecisionRequest, 'patchId' | 'category' | 'digest'>,
  verdict: DecisionVerdict,
  change: Partial<SignedDecision> = {},
): SignedDecision {
  const unsigned = {
    decisionId: randomUUID(),
    patchId: request.patchId,
    category: request.category,
    verdict,
    justification: 'tested in staging, acceptable',
    deferUntil: null,
    digest: request.digest,
    by: 'riley',
    at: new Date().toISOString(),
    ...change,
  };
  return { ...unsigned, signature: change.signature ?? line.signing.sign(decisionText(unsigned)) };
}

export async function decide(line: Line, decision: SignedDecision): Promise<DecisionReply> {
  return line.engine.client.workflow
    .getHandle(`rollout/${decision.patchId}/${decision.category}`)
    .executeUpdate(decideUpdate, { args: [decision] });
}

/** Decides on everything that waits until all patches have ended. */
export async function runToEnd(
  line: Line,
  patchIds: string[],
  choose: (request: DecisionRequest) => DecisionVerdict,
): Promise<PatchRecord[]> {
  return until('the end of every patch', async () => {
    for (const request of await line.store.inventory.decisions.requests({ status: 'waiting' })) {
      await decide(line, signed(line, request, choose(request))).catch((failure: unknown) => {
        // The rollout may be between its question and its desk.
        if (!String(failure).includes('Update failed') && !String(failure).includes('not awaiting')) throw failure;
      });
    }
    const records = (await line.store.inventory.patches.patches()).filter((record) =>
      patchIds.includes(record.patch.patchId),
    );
    return records.every((record) => endedStages.includes(record.stage)) ? records : null;
  });
}
