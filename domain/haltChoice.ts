// What becomes of a halted rollout: asked again for what is left, or ended. Only a signed choice of somebody who decides counts (I5).

import { canonical } from './canonical.js';
import { freshnessProblem, textIn } from './received.js';
import { closed, open, type Verdict } from './verdict.js';

export interface SignedHaltChoice {
  choiceId: string;
  patchId: string;
  category: string;
  /** The request whose rollout halted: a choice is of that halt alone. */
  requestId: string;
  choice: 'askAgain' | 'end';
  by: string;
  reason: string;
  /** ISO instant. */
  at: string;
  signature: string;
}

/** A choice as it came from outside, null when it has not the shape of one. */
export function readHaltChoice(received: unknown): SignedHaltChoice | null {
  const held = (name: string) => textIn(received, name);
  const choice = held('choice');
  const names = ['choiceId', 'patchId', 'category', 'requestId', 'by', 'at', 'signature'];
  if (names.some((name) => held(name) === '') || (choice !== 'askAgain' && choice !== 'end')) return null;
  return {
    choiceId: held('choiceId'),
    patchId: held('patchId'),
    category: held('category'),
    requestId: held('requestId'),
    choice,
    by: held('by'),
    reason: held('reason'),
    at: held('at'),
    signature: held('signature'),
  };
}

/** The text that the API signs. No decision has such a text. */
export function haltChoiceText(choice: Omit<SignedHaltChoice, 'signature'>): string {
  const { choiceId, patchId, category, requestId, choice: chosen, by, reason, at } = choice;
  return canonical({ haltChoice: { choiceId, patchId, category, requestId, choice: chosen, by, reason, at } });
}

export interface HaltChoiceFacts {
  patchId: string;
  category: string;
  /** Null: nothing was asked here. */
  requestId: string | null;
  signatureValid: boolean;
  /** The person as the current policy knows them; null when it does not. */
  person: { roles: string[] } | null;
  approverRoles: string[];
}

export function judgeHaltChoice(choice: SignedHaltChoice, facts: HaltChoiceFacts, now: string): Verdict {
  if (!facts.signatureValid)
    return closed('the choice is not signed by the API: it may have been sent straight to the engine');
  const reasons: string[] = [];
  if (choice.patchId !== facts.patchId || choice.category !== facts.category)
    reasons.push('the choice names another rollout');
  if (choice.requestId !== facts.requestId) reasons.push('the choice was made on another halt');
  const stale = freshnessProblem(choice.at, now);
  if (stale !== null) reasons.push(stale);
  if (facts.person === null) reasons.push(`${choice.by} is not a person that the policy knows`);
  else if (!facts.person.roles.some((role) => facts.approverRoles.includes(role)))
    reasons.push(`${choice.by} lacks the role ${facts.approverRoles.join(' or ') || 'that may decide'}`);
  return reasons.length === 0 ? open : closed(...reasons);
}
