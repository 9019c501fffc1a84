// A month of the MSRC as parsed, only what is used, whether it came as XML or as JSON; enumerations by XML's words.
// Source of the shape: https://github.com/microsoft/MSRC-Microsoft-Security-Updates-API

import type { WrittenScore } from './cvss.js';
import type { Skipped } from './skipped.js';

export interface CvrfDocument {
  id: string;
  title: string;
  initialRelease: string | null;
  currentRelease: string | null;
  revision: string | null;
  /** Product names by id. */
  products: Map<string, string>;
  vulnerabilities: CvrfVulnerability[];
  /** Records that could not be parsed. */
  skipped: Skipped[];
}

export interface CvrfVulnerability {
  cve: string;
  title: string | null;
  /** False: the vendor did it itself in its cloud. Null: the document does not say. */
  actionRequired: boolean | null;
  threats: CvrfThreat[];
  scores: WrittenScore[];
  remediations: CvrfRemediation[];
  /** ISO instants of the revisions, unsorted as they come. */
  revisions: { number: string; date: string | null }[];
}

export interface CvrfThreat {
  type: string;
  description: string | null;
  productIds: string[];
}

export interface CvrfRemediation {
  type: string;
  description: string | null;
  url: string | null;
  supercedence: string | null;
  productIds: string[];
  restartRequired: string | null;
  subType: string | null;
  fixedBuild: string | null;
}

/** The words of a `Customer Action Required` note. */
export function actionRequired(note: string | null): boolean | null {
  const word = note?.trim().toLowerCase();
  return word === 'yes' ? true : word === 'no' ? false : null;
}
