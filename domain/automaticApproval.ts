// Approval by a rule of policy, for what nobody has to look at one by one. Only what is known to be harmless; a missing fact never approves (I5).

import type { AutomaticApprovals, AutomaticRule } from './automaticPolicy.js';
import { canonical } from './canonical.js';
import type { DecisionSubject } from './decision.js';
import type { Patch } from './patch.js';
import { severities } from './severity.js';

/** Facts of the vendor's that a rule reads. */
export type RuledPatch = Pick<
  Patch,
  | 'patchId'
  | 'classification'
  | 'kind'
  | 'severity'
  | 'severityByProduct'
  | 'released'
  | 'exploited'
  | 'disclosed'
  | 'knownIssue'
>;

export interface AutomaticFacts {
  /** Null: nobody knows the patch. */
  patch: RuledPatch | null;
  subject: DecisionSubject;
  /** Every test of the patch in the category, and whether its verdict was a person's. */
  tests: { runKey: string; verdict: 'passed' | 'failed' | 'inconclusive'; byPerson: boolean }[];
  /** Known issues that are open now. */
  knownIssues: number;
  /** Emergencies that were asked for it, open or over: somebody overrides something. */
  emergencies: number;
  /** Words of people on it that counted, withdrawals among them: what somebody refused or took back no rule gives again. */
  words: number;
}

/** What a decision by rule rests on: kept with it, and looked at again wherever it is asked whether it stands. */
export interface RuleProof {
  rule: AutomaticRule;
  /** Number and digest of the policy that holds it. */
  policySeq: number;
  policyVersion: string;
  facts: Omit<AutomaticFacts, 'subject'>;
  /** ISO instant of the evaluation. */
  at: string;
}

export type AutomaticVerdict = { kind: 'approved'; rule: AutomaticRule } | { kind: 'notApproved'; reasons: string[] };

/** The first rule that takes it; otherwise everything that speaks against it, and against each rule of its category. */
export function automaticVerdict(
  { rules, neverPatches, neverCategories }: AutomaticApprovals,
  facts: AutomaticFacts,
  now: string,
): AutomaticVerdict {
  const { category } = facts.subject;
  const named = rules.filter((rule) => rule.categories.includes(category));
  if (named.length === 0) return notApproved(`no rule of policy approves anything for ${category}`);
  const reasons = factProblems(facts);
  const patchId = facts.patch?.patchId ?? '';
  if (neverPatches.includes(patchId)) reasons.push(`policy lets no rule approve ${patchId}`);
  if (neverCategories.includes(category)) reasons.push(`policy lets no rule approve anything for ${category}`);
  const { patch } = facts;
  if (reasons.length > 0 || patch === null) return notApproved(...reasons);
  const against = named.map((rule) => ({ rule, why: ruleProblems(rule, patch, now) }));
  const taken = against.find(({ why }) => why.length === 0);
  if (taken !== undefined) return { kind: 'approved', rule: taken.rule };
  return notApproved(...against.map(({ rule, why }) => `rule ${rule.id}: ${why.join(', ')}`));
}

function notApproved(...reasons: string[]): AutomaticVerdict {
  return { kind: 'notApproved', reasons };
}

/** What no rule can allow. */
function factProblems({ patch, subject, tests, knownIssues, emergencies, words }: AutomaticFacts): string[] {
  const problems: string[] = [];
  const say = (holds: boolean, why: string) => {
    if (!holds) problems.push(why);
  };
  say(patch !== null && patch.patchId === subject.patchId, 'nobody knows the patch');
  say(patch?.exploited === false && !patch.disclosed, 'it is exploited, or known to all: somebody looks at it');
  say(patch?.knownIssue === false && knownIssues === 0 && isEmpty(subject.knownIssues), 'it has a known issue');
  say(subject.successor === null, 'something may have taken its place');
  say(subject.testVerdict === 'passed' && subject.testedSet.includes(subject.patchId), 'its test did not pass');
  const mine = tests.find((one) => one.runKey === subject.testRunKey);
  say(mine?.verdict === 'passed', 'nothing is known of its test');
  say(
    tests.every((one) => one.verdict === 'passed' && !one.byPerson),
    'a test of it failed, said nothing, or was judged by a person',
  );
  say(subject.vmIds.length > 0, 'it asks about no machine');
  say(subject.exceptions === undefined || isEmpty(subject.exceptions), 'a machine comes by an exception from its test');
  say(
    subject.equivalence !== undefined && isEmpty(subject.equivalence.without),
    'a machine has no equivalent in staging',
  );
  say(subject.unwind === 'ask', 'its way back swaps disks, and what was written since is lost');
  say(subject.impact.rollback !== undefined, 'nobody knows what its way back costs');
  say(isEmpty(subject.impact.edits ?? []), 'somebody edited its impact');
  say(isEmpty(subject.impact.orderProblems), 'the order of its tiers contradicts what needs what');
  say(words === 0, 'people had a word on it: they decide');
  say(emergencies === 0, 'somebody asked for an emergency for it');
  return problems;
}

/** What is not known is not empty. */
function isEmpty(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length === 0;
}

const hourMs = 3_600_000;

function ruleProblems(rule: AutomaticRule, patch: RuledPatch, now: string): string[] {
  const problems: string[] = [];
  if (!rule.classifications.includes(patch.classification)) problems.push(`it is classified ${patch.classification}`);
  if (!rule.kinds.includes(patch.kind)) problems.push(`it is of kind ${patch.kind}`);
  const held = [patch.severity, ...Object.values(patch.severityByProduct)];
  const most = severities.indexOf(rule.severityAtMost);
  // Unknown is the lowest of the scale and says nothing.
  if (held.includes('unknown')) problems.push('its severity is not known');
  else if (!held.every((one) => severities.indexOf(one) >= 0 && severities.indexOf(one) <= most))
    problems.push(`it is more severe than ${rule.severityAtMost}`);
  const age = patch.released === null ? Number.NaN : Date.parse(now) - Date.parse(patch.released);
  if (!(age >= rule.releasedHoursMin * hourMs))
    problems.push(
      Number.isNaN(age)
        ? 'nobody knows since when it is out'
        : `it is out for less than ${rule.releasedHoursMin} hours`,
    );
  return problems;
}

/** `by rule quiet of policy 3`: who decided, where a person's name would stand. */
export function ruleWords({ rule, policySeq }: Pick<RuleProof, 'rule' | 'policySeq'>): string {
  return `rule ${rule.id} of policy ${policySeq}`;
}

/** Whether a proof's own facts approve by its own rule. */
export function ruleApproved(proof: RuleProof, subject: DecisionSubject): boolean {
  return ruleThen(proof, subject).kind === 'approved';
}

function ruleThen({ rule, facts, at }: RuleProof, subject: DecisionSubject): AutomaticVerdict {
  return automaticVerdict({ rules: [rule], neverPatches: [], neverCategories: [] }, { ...facts, subject }, at);
}

/**
 * Why a decision by rule stands no longer; empty while it does. Its own facts have to approve by its own rule, policy has to hold that rule
 * still, and what is known now has to approve as well.
 */
export function ruleProofProblems(
  proof: RuleProof,
  current: AutomaticApprovals,
  facts: AutomaticFacts,
  now: string,
): string[] {
  const then = ruleThen(proof, facts.subject);
  if (then.kind === 'notApproved') return then.reasons.map((why) => `${ruleWords(proof)} did not approve it: ${why}`);
  const held = current.rules.find((rule) => canonical(rule) === canonical(proof.rule));
  if (held === undefined) return [`policy holds the ${ruleWords(proof)} no longer`];
  const today = automaticVerdict({ ...current, rules: [held] }, facts, now);
  return today.kind === 'approved'
    ? []
    : today.reasons.map((why) => `${ruleWords(proof)} would not approve it now: ${why}`);
}
