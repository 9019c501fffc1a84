// Reads a document of the Common Security Advisory Framework 2.0: advisories and VEX of any vendor.
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html

import { z } from 'zod';
import { normaliseCsaf } from '../../../domain/csaf.js';
import type { CsafDocument, CsafProduct, CsafVulnerability } from '../../../domain/csafDocument.js';
import { Skipping } from '../../../domain/skipped.js';
import { ChannelDocumentError, type AdvisoryDocument } from '../../../ports/channel.js';
import { instantOf } from '../instants.js';
import { readJson, shownRecord, wrongness } from '../json.js';
import type { Chunks } from '../readCapped.js';

const sizeMaxBytes = 64 * 1024 * 1024;

const text = z.string().trim().min(1);
const optional = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);
const ids = z.array(z.string()).default([]);

const Document = z.object({
  document: z.object({
    category: text,
    title: text,
    publisher: z.object({ namespace: text }),
    aggregate_severity: z.object({ text: optional }).nullish(),
    references: z.array(z.object({ category: optional, url: optional })).nullish(),
    tracking: z.object({ id: text, version: text, status: text, initial_release_date: optional }),
  }),
  product_tree: z
    .object({
      branches: z.array(z.unknown()).nullish(),
      full_product_names: z.array(z.unknown()).nullish(),
      relationships: z.array(z.unknown()).nullish(),
    })
    .nullish(),
  vulnerabilities: z.array(z.unknown()).nullish(),
});

const Product = z.object({
  product_id: text,
  name: text,
  product_identification_helper: z.object({ cpe: optional, purl: optional }).nullish(),
});
/** A branch that says little of itself still holds what is below it. */
const Branch = z.object({
  category: z.string().catch(''),
  name: z.string().catch(''),
  product: z.unknown().optional(),
  branches: z.array(z.unknown()).nullish(),
});
const Relationship = z.object({
  full_product_name: z.object({ product_id: text }),
  product_reference: text,
  relates_to_product_reference: text,
});
const Score = z.object({
  cvss_v3: z.object({ baseScore: z.number().nullish().catch(null), vectorString: optional.catch(null) }).nullish(),
});
const Vulnerability = z.object({
  cve: optional,
  product_status: z.object({ fixed: ids, first_fixed: ids, recommended: ids }).nullish(),
  remediations: z
    .array(
      z.object({
        category: text,
        details: optional,
        url: optional,
        product_ids: ids,
        restart_required: z.object({ category: optional }).nullish(),
      }),
    )
    .nullish(),
  scores: z.array(Score).nullish(),
  threats: z.array(z.object({ category: text, details: z.string() })).nullish(),
});

export async function parseCsaf(chunks: Chunks): Promise<AdvisoryDocument> {
  const read = Document.safeParse(await readJson(chunks, 'CSAF document', sizeMaxBytes));
  if (!read.success)
    throw new ChannelDocumentError(
      'malformed',
      `it is JSON, but no CSAF document (${wrongness(read.error)}): nothing of it was taken`,
    );
  return normaliseCsaf(documentOf(read.data));
}

function documentOf({ document, product_tree: tree, vulnerabilities }: z.output<typeof Document>): CsafDocument {
  const skipping = new Skipping();
  const { tracking } = document;
  return {
    id: tracking.id,
    title: document.title,
    namespace: document.publisher.namespace,
    revision: tracking.version,
    status: tracking.status.toLowerCase(),
    severity: document.aggregate_severity?.text ?? null,
    released: instantOf(tracking.initial_release_date),
    url: pageIn(document.references ?? []),
    products: productsIn(tree?.branches ?? [], tree?.full_product_names ?? [], skipping),
    relationships: relationshipsIn(tree?.relationships ?? [], skipping),
    vulnerabilities: vulnerabilitiesIn(vulnerabilities ?? [], skipping),
    skipped: skipping.list(),
  };
}

/** The vendor's own page; the document itself and its list are no pages. */
function pageIn(references: { category: string | null; url: string | null }[]): string | null {
  const own = references.filter(({ category }) => category === 'self');
  return own.find(({ url }) => url !== null && !/\.(json|txt|csv|asc)$/i.test(url))?.url ?? null;
}

/** Deeper than any vendor's tree; a branch within a branch for ever is no tree. */
const depthMax = 20;

interface Place {
  node: unknown;
  productName: string | null;
}

/** Level by level, since a document may nest as deep as it likes. */
function productsIn(branches: unknown[], names: unknown[], skipping: Skipping): Map<string, CsafProduct> {
  const products = new Map<string, CsafProduct>();
  let level: Place[] = branches.map((node) => ({ node, productName: null }));
  for (let depth = 0; depth < depthMax && level.length > 0; depth += 1)
    level = level.flatMap(({ node, productName }) => {
      const branch = Branch.safeParse(node);
      if (!branch.success) {
        skipping.add(`a branch of products of another shape: ${wrongness(branch.error)}`, shownRecord(node));
        return [];
      }
      const { category, name, product, branches: below } = branch.data;
      const named = category === 'product_name' ? name : productName;
      if (product !== undefined && product !== null) take(product, category, name, named);
      return (below ?? []).map((next) => ({ node: next, productName: named }));
    });
  if (level.length > 0) skipping.add(`branches of products more than ${depthMax} deep`, '');
  for (const name of names) take(name, '', '', null);
  return products;

  function take(raw: unknown, category: string, branchName: string, productName: string | null): void {
    const product = Product.safeParse(raw);
    if (!product.success) {
      skipping.add(`a product of another shape: ${wrongness(product.error)}`, shownRecord(raw));
      return;
    }
    const { product_id: id, name, product_identification_helper: helper } = product.data;
    const isVersion = category.startsWith('product_version');
    products.set(id, {
      name,
      productName,
      version: isVersion ? branchName : null,
      isRange: category === 'product_version_range',
      cpe: helper?.cpe ?? null,
      purl: helper?.purl ?? null,
    });
  }
}

function relationshipsIn(raw: unknown[], skipping: Skipping): CsafDocument['relationships'] {
  const relationships: CsafDocument['relationships'] = new Map();
  for (const one of raw) {
    const read = Relationship.safeParse(one);
    if (!read.success) {
      skipping.add(`a relationship of another shape: ${wrongness(read.error)}`, shownRecord(one));
      continue;
    }
    const {
      full_product_name: whole,
      product_reference: component,
      relates_to_product_reference: platform,
    } = read.data;
    relationships.set(whole.product_id, { component, platform });
  }
  return relationships;
}

function vulnerabilitiesIn(raw: unknown[], skipping: Skipping): CsafVulnerability[] {
  return raw.flatMap((one) => {
    const read = Vulnerability.safeParse(one);
    if (read.success) return [vulnerabilityOf(read.data)];
    skipping.add(`a vulnerability of another shape: ${wrongness(read.error)}`, shownRecord(one));
    return [];
  });
}

function vulnerabilityOf(raw: z.output<typeof Vulnerability>): CsafVulnerability {
  const { fixed = [], first_fixed: first = [], recommended = [] } = raw.product_status ?? {};
  return {
    cve: raw.cve,
    fixed: [...fixed, ...first, ...recommended],
    remediations: (raw.remediations ?? []).map((one) => ({
      category: one.category,
      details: one.details ?? '',
      url: one.url,
      restart: one.restart_required?.category ?? null,
      productIds: one.product_ids,
    })),
    scores: (raw.scores ?? []).flatMap(({ cvss_v3: score }) =>
      score === null || score === undefined ? [] : [{ base: score.baseScore ?? null, vector: score.vectorString }],
    ),
    threats: raw.threats ?? [],
  };
}
