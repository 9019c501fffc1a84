// Signals that let a rollout go on are verified by rows and signatures: whoever sent them, they open nothing by themselves (I4, I5).

import { haltChoiceText, judgeHaltChoice, readHaltChoice } from '../domain/haltChoice.js';
import { categoryRule, rolesOf } from './concerned.js';
import { alarmOfForged, noteForged } from './forged.js';
import type { Ports } from './ports.js';

export interface HaltChoiceAnswer {
  /** Null: nothing was chosen. */
  choice: 'askAgain' | 'end' | null;
  reasons: string[];
}

export function createHaltActivities(ports: Ports) {
  const { decisions, events } = ports.inventory;

  return {
    /** What somebody chose for a halted rollout; forged, stale and repeated ones are refused. */
    async recordHaltChoice(input: { received: unknown; patchId: string; category: string }): Promise<HaltChoiceAnswer> {
      const { patchId, category, received } = input;
      const choice = readHaltChoice(received);
      if (choice === null) return refuse(input, 'the message is not a signed choice on a halt', null, true);
      const { policy, rule } = await categoryRule(ports, category);
      const request = await decisions.request(patchId, category);
      const person = (await ports.policy.people()).find((one) => one.name === choice.by) ?? null;
      const signatureValid = ports.digests.verify(haltChoiceText(choice), choice.signature);
      const approverRoles = rolesOf(policy, rule, request?.urgency?.tier ?? null);
      const requestId = request?.requestId ?? null;
      const facts = { patchId, category, requestId, signatureValid, person, approverRoles };
      const verdict = judgeHaltChoice(choice, facts, ports.clock.now());
      if (verdict.kind === 'closed') return refuse(input, verdict.reasons.join('; '), choice.by, !signatureValid);
      await events.append({
        key: `haltChoice/${choice.choiceId}`,
        at: ports.clock.now(),
        who: choice.by,
        what: `${patchId} for ${category}: ${choice.choice === 'end' ? 'the halted rollout is ended' : 'asked again after the halt'}`,
        why: choice.reason,
        patchId,
        vmId: null,
        runKey: null,
      });
      return { choice: choice.choice, reasons: [] };
    },

    /** Whether every earlier tier of the patch has been dealt with, as the engine and the rows say. What nobody knows is not (I5). */
    async tierOpens(input: { patchId: string; category: string }): Promise<{ open: boolean; reasons: string[] }> {
      const { policy, rule } = await categoryRule(ports, input.category);
      const earlier = policy.categories.filter((one) => one.tier < rule.tier).map((one) => one.name);
      const reasons: string[] = [];
      for (const category of earlier) {
        if (!(await ports.engine.isRunning(`rollout/${input.patchId}/${category}`))) continue;
        if (!policy.approvals.deferBlocksLaterTiers && (await isDeferred(input.patchId, category))) continue;
        reasons.push(`${category} goes first, and its rollout is under way`);
      }
      return { open: reasons.length === 0, reasons };
    },
  };

  async function isDeferred(patchId: string, category: string): Promise<boolean> {
    const request = await decisions.request(patchId, category);
    const [decision] = await decisions.decisions({ patchId, category, complete: true });
    return request?.status === 'decided' && decision?.requestId === request.requestId && decision.verdict === 'defer';
  }

  async function refuse(
    input: { received: unknown; patchId: string; category: string },
    reason: string,
    by: string | null,
    alarms: boolean,
  ): Promise<HaltChoiceAnswer> {
    await noteForged(ports, { ...input, reason, by });
    if (alarms) await alarmOfForged(ports, { ...input, reason, by });
    return { choice: null, reasons: [reason] };
  }
}
