// The one shape of every answer to "may this go on?". Missing facts are reasons to stay closed (I5).

export type Verdict =
  | { kind: 'open' }
  | { kind: 'closed'; reasons: string[] }
  | { kind: 'overridden'; by: string; reason: string };

export const open: Verdict = { kind: 'open' };

export function closed(...reasons: string[]): Verdict {
  return { kind: 'closed', reasons };
}

/** Open only if every verdict lets through; the reasons of all closed ones are kept. */
export function all(verdicts: Verdict[]): Verdict {
  const reasons = verdicts.flatMap((verdict) => (verdict.kind === 'closed' ? verdict.reasons : []));
  if (reasons.length > 0) return { kind: 'closed', reasons };
  return verdicts.find((verdict) => verdict.kind === 'overridden') ?? open;
}
