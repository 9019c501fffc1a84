// What remains at risk either way: without the patch, and with it. Shown beside the impact and not signed: it moves from day to day.

export interface RiskFacts {
  /** Of the machines that are to get it: the most urgent; null: nothing is due, or nothing is known. */
  due: { tier: string; deadline: string | null; because: string } | null;
  overdue: number;
  exploited: boolean;
  /** Production machines that need it and are not in what is asked, e.g. without an equivalent in staging. */
  leftOut: number;
  testVerdict: string | null;
  testedMachines: number;
  testedSet: readonly string[];
  knownIssues: readonly { text: string; url: string | null }[];
  /** ISO instant; null: no document says. */
  released: string | null;
  /** In production so far. */
  installed: number;
  failed: number;
}

export interface ResidualRisk {
  notApplying: {
    tier: string | null;
    deadline: string | null;
    overdue: number;
    exploited: boolean;
    leftOut: number;
    words: string[];
  };
  applying: {
    testVerdict: string | null;
    /** Days since the vendor released it; null: not known. */
    ageDays: number | null;
    knownIssues: { text: string; url: string | null }[];
    installed: number;
    failed: number;
    words: string[];
  };
}

const dayMs = 24 * 3600 * 1000;
/** Until then vendors still take patches back: most are withdrawn or get a known issue within two weeks. */
const youngDays = 14;

export function residualRisk(facts: RiskFacts, at: string): ResidualRisk {
  const { due, overdue, exploited, leftOut, testVerdict, installed, failed } = facts;
  const ageDays = ageOf(facts.released, at);
  return {
    notApplying: {
      tier: due?.tier ?? null,
      deadline: due?.deadline ?? null,
      overdue,
      exploited,
      leftOut,
      words: notApplyingWords(facts),
    },
    applying: {
      testVerdict,
      ageDays,
      knownIssues: facts.knownIssues.map(({ text, url }) => ({ text, url })),
      installed,
      failed,
      words: applyingWords(facts, ageDays),
    },
  };
}

function ageOf(released: string | null, at: string): number | null {
  const age = (Date.parse(at) - Date.parse(released ?? '')) / dayMs;
  return Number.isFinite(age) ? Math.max(0, Math.floor(age)) : null;
}

function notApplyingWords({ due, overdue, exploited, leftOut }: RiskFacts): string[] {
  return [
    due === null
      ? 'how urgent it is is not known'
      : `due ${due.deadline ?? 'at no date'}, ${due.tier}, because of ${due.because}`,
    ...(overdue === 0 ? [] : [`overdue on ${overdue} machines`]),
    ...(exploited ? ['it is exploited'] : []),
    ...(leftOut === 0 ? [] : [`${leftOut} machines that need it are not in this and stay without it`]),
  ];
}

function applyingWords(facts: RiskFacts, ageDays: number | null): string[] {
  const { testVerdict, testedMachines, testedSet, knownIssues, installed, failed } = facts;
  return [
    testVerdict === null
      ? 'no test'
      : `its test ${testVerdict} on ${testedMachines} machines${testedSet.length > 1 ? `, together with ${testedSet.length - 1} others` : ''}`,
    ...(ageDays === null
      ? ['how old it is is not known']
      : ageDays < youngDays
        ? [`released ${ageDays} days ago: vendors still take back patches as young`]
        : [`released ${ageDays} days ago`]),
    ...(knownIssues.length === 0 ? [] : [`${knownIssues.length} known issues are open`]),
    ...(installed + failed === 0
      ? ['no production machine has it yet']
      : [`in production ${installed} have it, ${failed} failed`]),
  ];
}
