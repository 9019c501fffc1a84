// Scores of CVEs: which may be believed, the highest of each, and the score that a vector alone gives.
// https://www.first.org/cvss/v3.1/specification-document

import { isCve } from './cve.js';
import type { CvssFact } from './risk.js';
import type { Skipping } from './skipped.js';

/** A score as a document writes it; `base` null: no number. */
export interface WrittenScore {
  base: number | null;
  vector: string | null;
}

const vectorForm = /^CVSS:(3\.[01]|4\.0)(?:\/[A-Za-z]{1,4}:[A-Za-z]{1,8}){1,40}$/;

/** The highest of each CVE; what cannot be a score is skipped and counted. */
export class Scores {
  readonly #highest = new Map<string, CvssFact>();

  constructor(readonly skipping: Skipping) {}

  add(cve: string, { base, vector }: WrittenScore): void {
    if (!isCve(cve)) return;
    const written = vector?.trim() ?? '';
    const version = vectorForm.exec(written)?.[1];
    if (base === null || !Number.isFinite(base) || base < 0 || base > 10)
      this.skipping.add('a CVSS score that is none: it must be a number from 0 to 10', `${cve} ${base ?? ''}`);
    else if (version === undefined)
      this.skipping.add('a CVSS score without a vector of version 3 or 4', `${cve} ${written}`);
    else this.#take({ cve, score: base, vector: written, version });
  }

  /** From the vector alone. */
  addVector(cve: string, vector: string): void {
    const base = baseScore(vector);
    if (base === null) this.skipping.add('a CVSS vector whose score is not known here', `${cve} ${vector}`);
    else this.add(cve, { base, vector });
  }

  list(): CvssFact[] {
    return [...this.#highest.values()].sort((a, b) => (a.cve < b.cve ? -1 : 1));
  }

  #take(fact: CvssFact): void {
    const held = this.#highest.get(fact.cve);
    // Of equal scores the vector decides, so that the order of a document does not.
    if (held === undefined || fact.score > held.score || (fact.score === held.score && fact.vector < held.vector))
      this.#highest.set(fact.cve, fact);
  }
}

const weights: Record<string, Record<string, number>> = {
  AV: { N: 0.85, A: 0.62, L: 0.55, P: 0.2 },
  AC: { L: 0.77, H: 0.44 },
  UI: { N: 0.85, R: 0.62 },
  C: { H: 0.56, L: 0.22, N: 0 },
  I: { H: 0.56, L: 0.22, N: 0 },
  A: { H: 0.56, L: 0.22, N: 0 },
};
const privileges: Record<string, Record<string, number>> = {
  U: { N: 0.85, L: 0.62, H: 0.27 },
  C: { N: 0.85, L: 0.68, H: 0.5 },
};

/** Base score of a vector of version 3; null for other versions and for vectors that lack a metric. Section 7.1 of the specification. */
export function baseScore(vector: string): number | null {
  if (!/^CVSS:3\.[01]\//.test(vector) || !vectorForm.test(vector)) return null;
  const metrics = new Map(
    vector
      .split('/')
      .slice(1)
      .map((part) => part.split(':') as [string, string]),
  );
  const weight = (name: string) => weights[name]?.[metrics.get(name) ?? ''];
  const scope = metrics.get('S') ?? '';
  const [av, ac, ui, c, i, a] = ['AV', 'AC', 'UI', 'C', 'I', 'A'].map(weight);
  const pr = privileges[scope]?.[metrics.get('PR') ?? ''];
  if (av === undefined || ac === undefined || ui === undefined || pr === undefined) return null;
  if (c === undefined || i === undefined || a === undefined) return null;
  const lost = 1 - (1 - c) * (1 - i) * (1 - a);
  const impact = scope === 'U' ? 6.42 * lost : 7.52 * (lost - 0.029) - 3.25 * (lost - 0.02) ** 15;
  if (impact <= 0) return 0;
  const exploitability = 8.22 * av * ac * pr * ui;
  return roundedUp(Math.min((scope === 'U' ? 1 : 1.08) * (impact + exploitability), 10));
}

/** The smallest number with one decimal that is no less; by integers, so that no machine's arithmetic differs. Appendix A of the specification. */
function roundedUp(value: number): number {
  const whole = Math.round(value * 100_000);
  return whole % 10_000 === 0 ? whole / 100_000 : (Math.floor(whole / 10_000) + 1) / 10;
}
