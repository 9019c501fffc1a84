// Whoever changed the rules that govern a decision, after its patch was known, does not approve it (I6).

import type { Barred } from './approvalRules.js';

/** A policy that was put in force. */
export interface AppliedPolicy {
  seq: number;
  author: string;
  /** Who accepted it; null: nothing of it needed a second person. */
  secondBy: string | null;
  /** ISO instant. */
  appliedAt: string;
  /** Parts that it changed, as in `approvals.rules`; null: from before that was kept. */
  changed: string[] | null;
}

export interface GovernedDecision {
  category: string;
  /** Ids of the category's windows. */
  windows: string[];
  /** ISO instant at which the patch was first known; null: nobody knows. */
  noticedAt: string | null;
  /** For so many days a change keeps its authors from what was known before it. */
  barredDays: number;
  /** Of what is no patch: what `noticedAt` tells, in words, and which other parts govern it. */
  other?: { known: string; parts: string[] };
}

/** Parts that say who decides, for what a test counts, and when it passed. Freezes and limits only close gates, or are overridden by signature. */
const everywhere = [
  'approvals',
  'environments',
  'equivalence',
  'isolation',
  'knownIssues',
  'priority',
  'probes',
  'supersedence',
  'tests',
];

const dayMs = 24 * 3_600_000;

/**
 * A patch that is noticed after the change bars nobody by it: nobody knew of the patch. One that was known before bars author and second
 * person for a time, so that no change bars its authors for ever.
 */
export function policyEditors(applied: AppliedPolicy[], decision: GovernedDecision, now: string): Barred[] {
  const { noticedAt, barredDays, other } = decision;
  return applied.flatMap(({ seq, author, secondBy, appliedAt, changed }) => {
    const isOver = Date.parse(now) >= Date.parse(appliedAt) + barredDays * dayMs;
    if (isOver || (noticedAt !== null && Date.parse(appliedAt) <= Date.parse(noticedAt))) return [];
    const parts = changed === null ? ['parts that were not kept'] : changed.filter((path) => governs(path, decision));
    if (parts.length === 0) return [];
    const what = `policy ${seq}, which changed ${partWords(parts)} after ${other?.known ?? 'the patch was known'},`;
    const until = new Date(Date.parse(appliedAt) + barredDays * dayMs).toISOString();
    const remedy = `somebody without a hand in policy ${seq} has to; it keeps its authors from this until ${until}`;
    return [
      { name: author, why: `wrote ${what}`, remedy },
      ...(secondBy === null ? [] : [{ name: secondBy, why: `accepted ${what}`, remedy }]),
    ];
  });
}

/** A part is meant with all that is in it, and with all that it is in. */
function governs(path: string, { category, windows, other }: GovernedDecision): boolean {
  const parts = [
    ...everywhere,
    ...(other?.parts ?? []),
    `categories.${category}`,
    ...windows.map((id) => `windows.${id}`),
  ];
  return parts.some((part) => path === part || path.startsWith(`${part}.`) || part.startsWith(`${path}.`));
}

const partsShown = 3;

function partWords(parts: string[]): string {
  const more = parts.length - partsShown;
  return `${parts.slice(0, partsShown).join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
