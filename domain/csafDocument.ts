// An advisory of the Common Security Advisory Framework as parsed, only what is used, and what becomes of it.

import type { WrittenScore } from './cvss.js';
import type { Skipped } from './skipped.js';

/** The document as parsed, only what is used. */
export interface CsafDocument {
  id: string;
  title: string;
  /** The publisher's address, which tells who it is. */
  namespace: string;
  revision: string;
  status: string;
  severity: string | null;
  /** ISO instant. */
  released: string | null;
  /** The vendor's page for people. */
  url: string | null;
  /** By product id. */
  products: Map<string, CsafProduct>;
  /** What a product id of a component in a product stands for. */
  relationships: Map<string, { component: string; platform: string }>;
  vulnerabilities: CsafVulnerability[];
  skipped: Skipped[];
}

export interface CsafProduct {
  name: string;
  /** Of the branch that names the product, and of the one that names the version. */
  productName: string | null;
  version: string | null;
  isRange: boolean;
  cpe: string | null;
  purl: string | null;
}

export interface CsafVulnerability {
  cve: string | null;
  /** Product ids that are fixed, or that the vendor recommends instead. */
  fixed: string[];
  remediations: CsafRemediation[];
  scores: WrittenScore[];
  threats: { category: string; details: string }[];
}

export interface CsafRemediation {
  category: string;
  details: string;
  url: string | null;
  restart: string | null;
  productIds: string[];
}
