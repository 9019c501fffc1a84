// How urgent a patch is for a machine: by rules with reasons. Each deadline says which fact set it and when its clock began.

import { bodTimeline, type BodInputs, type BodTable } from './bodTable.js';
import type { Patch, Severity } from './patch.js';
import { activeSince, likelySince } from './heldFact.js';
import { automatable, exploitedBy, totalImpact, type CveRisk, type Estimate } from './risk.js';

/** Any of the conditions is enough; a rule without one takes every patch. */
export interface DeadlineRule {
  id: string;
  /** `P0` is the most urgent. */
  tier: string;
  when: {
    /** BOD 26-04 wants it within so many days. */
    bodWithinDays?: number | undefined;
    exploited?: boolean | undefined;
    severities?: Severity[] | undefined;
    epssAtLeast?: number | undefined;
    cvssAtLeast?: number | undefined;
  };
  exposedHours: number;
  internalHours: number;
}

export interface PriorityPolicy {
  bodTable: BodTable;
  /** The most urgent first. */
  rules: DeadlineRule[];
}

/** By tier: how many hours before its deadline a patch that nobody has approved is in danger. */
export type DangerHours = Record<string, number>;

export interface DeadlineReason {
  /** Rule of policy, or `BOD 26-04`. */
  rule: string;
  tier: string | null;
  /** What made it apply, in words. */
  fact: string;
  cve: string | null;
  /** ISO instants. */
  clockBegan: string;
  deadline: string;
}

export interface Priority {
  tier: string;
  /** ISO instant: the earliest of all reasons; null only where nothing says when the patch was released. */
  deadline: string | null;
  reasons: DeadlineReason[];
  /** A compromise is looked for before the patch: three days with forensics. */
  forensics: boolean;
  /** Inputs that nobody said and that were assumed. */
  estimated: string[];
  /** Deadlines that others set, as they wrote them. */
  external: { cve: string; dueOn: string }[];
}

const hourMs = 3_600_000;

/** `risks`: of the patch's CVEs. `exposed`: whether the machine can be reached from the internet; unknown counts as yes (I5). */
export function priorityOf(
  patch: Pick<Patch, 'severity' | 'released' | 'exploited'>,
  risks: CveRisk[],
  exposed: Estimate<boolean>,
  policy: PriorityPolicy,
  firstSeenAt: string,
): Priority {
  // Without a date of release the clock begins when the patch was first seen.
  const released = patch.released ?? firstSeenAt;
  const judged = risks.map((risk) => judge(risk, exposed, policy.bodTable));
  const bod = judged.flatMap(({ risk, timelines }) =>
    timelines.map(({ days, words, since }) =>
      reasonOf('BOD 26-04', null, words, risk.cve, begin(released, since), days * 24),
    ),
  );
  const byRules = policy.rules.flatMap((rule) => {
    const hours = exposed.value ? rule.exposedHours : rule.internalHours;
    return causesOf(rule, patch, judged).map(({ fact, cve, since }) =>
      reasonOf(rule.id, rule.tier, fact, cve, begin(released, since), hours),
    );
  });
  const reasons = [...bod, ...byRules].sort((a, b) => Date.parse(a.deadline) - Date.parse(b.deadline));
  const tiers = new Set(byRules.map((reason) => reason.tier));
  return {
    tier: policy.rules.find((rule) => tiers.has(rule.tier))?.tier ?? policy.rules.at(-1)?.tier ?? 'none',
    deadline: reasons[0]?.deadline ?? null,
    reasons,
    forensics: judged.some((one) => one.forensics),
    estimated: [...new Set([...(exposed.estimated ? ['exposure'] : []), ...judged.flatMap((one) => one.estimated)])],
    external: risks.flatMap(({ cve, kev }) => (kev === null ? [] : [{ cve, dueOn: kev.dueOn }])),
  };
}

interface Judged {
  risk: CveRisk;
  /** Each with when it began to hold; undefined: with the patch. */
  timelines: { days: number; words: string; since: string | undefined }[];
  forensics: boolean;
  estimated: string[];
}

function judge(risk: CveRisk, exposed: Estimate<boolean>, table: BodTable): Judged {
  const [auto, total] = [automatable(risk), totalImpact(risk)];
  const answers = { exposed: exposed.value, automatable: auto.value, totalImpact: total.value };
  const inKev = risk.kev !== null;
  const { forensics } = bodTimeline(table, { ...answers, inKev });
  // What was due before it was known to be exploited is due still: KEV begins a clock of its own, and takes back none.
  const timelines = (inKev ? [false, true] : [false]).flatMap((known) => {
    const inputs = { ...answers, inKev: known };
    const { days } = bodTimeline(table, inputs);
    const words = wordsOf(inputs, inKev ? 'before it was in KEV' : 'not in KEV');
    return days === null ? [] : [{ days, words, since: known ? risk.kev?.addedOn : undefined }];
  });
  const estimated = [
    ...(auto.estimated ? [`${risk.cve} automatable`] : []),
    ...(total.estimated ? [`${risk.cve} technical impact`] : []),
  ];
  return { risk, timelines, forensics, estimated };
}

function wordsOf(inputs: BodInputs, unknown: string): string {
  return [
    inputs.inKev ? 'known exploited' : unknown,
    inputs.exposed ? 'exposed' : 'internal',
    inputs.automatable ? 'automatable' : 'not automatable',
    inputs.totalImpact ? 'total impact' : 'partial impact',
  ].join(', ');
}

interface Cause {
  fact: string;
  cve: string | null;
  /** When the fact became known; undefined: with the patch. */
  since: string | undefined;
}

function causesOf({ when }: DeadlineRule, patch: Pick<Patch, 'severity' | 'exploited'>, judged: Judged[]): Cause[] {
  if (Object.keys(when).length === 0) return [{ fact: 'every patch', cve: null, since: undefined }];
  const { bodWithinDays, exploited, severities, epssAtLeast, cvssAtLeast } = when;
  const causes: Cause[] = [];
  if (severities?.includes(patch.severity))
    causes.push({ fact: `severity ${patch.severity}`, cve: null, since: undefined });
  if (exploited && patch.exploited) causes.push({ fact: 'exploited, says the vendor', cve: null, since: undefined });
  for (const { risk, timelines } of judged) {
    const { cve, kev, epss, cvss } = risk;
    if (bodWithinDays !== undefined)
      for (const { days, words, since } of timelines)
        if (days <= bodWithinDays) causes.push({ fact: `BOD 26-04: ${words}`, cve, since });
    if (exploited)
      for (const source of exploitedBy(risk))
        causes.push({
          fact: `exploited, says ${source}`,
          cve,
          since: source === 'kev' ? kev?.addedOn : source === 'ssvc' ? activeSince(risk) : undefined,
        });
    if (epssAtLeast !== undefined && epss !== null && epss.score >= epssAtLeast)
      causes.push({ fact: `EPSS ${epss.score}`, cve, since: likelySince(risk, epssAtLeast) });
    if (cvssAtLeast !== undefined && cvss !== null && cvss.score >= cvssAtLeast)
      causes.push({ fact: `CVSS ${cvss.score}`, cve, since: undefined });
  }
  return causes;
}

/** The later of the release and the fact: nobody can be late for what nobody knew. */
function begin(released: string, since: string | undefined): number {
  const fact = since === undefined ? Number.NaN : Date.parse(since);
  return Number.isNaN(fact) ? Date.parse(released) : Math.max(Date.parse(released), fact);
}

function reasonOf(
  rule: string,
  tier: string | null,
  fact: string,
  cve: string | null,
  began: number,
  hours: number,
): DeadlineReason {
  return {
    rule,
    tier,
    fact,
    cve,
    clockBegan: new Date(began).toISOString(),
    deadline: new Date(began + hours * hourMs).toISOString(),
  };
}

/** The engine serves lower keys first, from 1 to 5: https://docs.temporal.io/develop/task-queue-priority-fairness. An unknown tier is in the middle. */
export function queueKeyOf(tier: string | null): number {
  const rank = /^P([0-9])$/.exec(tier ?? '')?.[1];
  return rank === undefined ? 3 : Math.min(5, Number(rank) + 1);
}
