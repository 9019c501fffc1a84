// Reads an MSRC document in its JSON form into the same shape as its XML. Empty objects mean nothing; enumerations are numbers, of which some moved.
// https://github.com/microsoft/MSRC-Microsoft-Security-Updates-API, https://github.com/JamieMagee/MicrosoftSecurityUpdates

import { z } from 'zod';
import {
  actionRequired,
  type CvrfDocument,
  type CvrfRemediation,
  type CvrfThreat,
  type CvrfVulnerability,
} from '../../../domain/cvrf.js';
import { Skipping } from '../../../domain/skipped.js';
import { ChannelDocumentError } from '../../../ports/channel.js';
import { instantOf } from '../instants.js';
import { readJson, shownRecord, wrongness } from '../json.js';
import type { Chunks } from '../readCapped.js';
import { checkAsked, documentSizeMaxBytes } from './parseCvrf.js';

const text = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);
/** `{"Value": "5122876"}`, or `{}` for nothing. */
const valueText = z
  .object({ Value: text })
  .nullish()
  .transform((value) => value?.Value ?? null);
const list = <T extends z.ZodType>(item: T) =>
  z
    .array(item)
    .nullish()
    .transform((items) => items ?? []);
const kind = z.union([z.number().int(), z.string()]);
const productIds = list(z.string().transform((id) => id.trim()));

const Tracking = z.object({
  Identification: z.object({ ID: valueText }),
  RevisionHistory: list(z.object({ Number: text })),
  InitialReleaseDate: text,
  CurrentReleaseDate: text,
});
const Document = z.object({
  DocumentTitle: valueText,
  DocumentTracking: Tracking,
  ProductTree: z.object({ FullProductName: list(z.unknown()), Branch: list(z.unknown()) }).nullish(),
  Vulnerability: list(z.unknown()),
});
const ProductName = z.object({ ProductID: z.string().trim().min(1), Value: z.string().trim().min(1) });

const Threat = z.object({ Type: kind, Description: valueText, ProductID: productIds });
const Remediation = z.object({
  Type: kind,
  Description: valueText,
  URL: text,
  Supercedence: text,
  ProductID: productIds,
  RestartRequired: valueText,
  SubType: text,
  FixedBuild: text,
});
const Vulnerability = z.object({
  CVE: text,
  Title: valueText,
  Notes: list(z.object({ Title: text, Type: kind, Value: text })),
  Threats: list(Threat),
  // A score that is no number costs the score, not the record.
  CVSSScoreSets: list(z.object({ BaseScore: z.number().nullish().catch(null), Vector: text.catch(null) })),
  Remediations: list(Remediation),
  RevisionHistory: list(z.object({ Number: text, Date: text })),
});

/** `asked`: the id that the document must have; null takes any. */
export async function parseCvrfJson(
  chunks: Chunks,
  asked: string | null,
  sizeMaxBytes = documentSizeMaxBytes,
): Promise<CvrfDocument> {
  const read = Document.safeParse(await readJson(chunks, 'month of the MSRC', sizeMaxBytes));
  const id = read.success ? read.data.DocumentTracking.Identification.ID : null;
  if (!read.success || id === null)
    throw new ChannelDocumentError(
      'malformed',
      `it is JSON, but no month of the MSRC${read.success ? ' with an id' : ` (${wrongness(read.error)})`}: nothing of it was taken`,
    );
  checkAsked(asked, id);
  const { DocumentTitle, DocumentTracking, ProductTree, Vulnerability: records } = read.data;
  const skipping = new Skipping();
  return {
    id,
    title: DocumentTitle ?? '',
    initialRelease: instantOf(DocumentTracking.InitialReleaseDate),
    currentRelease: instantOf(DocumentTracking.CurrentReleaseDate),
    revision: DocumentTracking.RevisionHistory.at(-1)?.Number ?? null,
    products: productsIn(ProductTree?.FullProductName ?? [], ProductTree?.Branch ?? []),
    vulnerabilities: vulnerabilitiesIn(records, skipping),
    skipped: skipping.list(),
  };
}

const depthMax = 10;

/** Names stand in a list of their own and, again, in branches by family. */
function productsIn(names: unknown[], branches: unknown[]): Map<string, string> {
  const products = new Map<string, string>();
  let level = branches;
  for (let depth = 0; depth < depthMax && level.length > 0; depth += 1) {
    level = level.flatMap((node) => {
      name(node);
      const items: unknown = node !== null && typeof node === 'object' && 'Items' in node ? node.Items : [];
      return Array.isArray(items) ? (items as unknown[]) : [];
    });
  }
  for (const one of names) name(one);
  return products;

  function name(node: unknown): void {
    const read = ProductName.safeParse(node);
    if (read.success) products.set(read.data.ProductID, read.data.Value);
  }
}

function vulnerabilitiesIn(records: unknown[], skipping: Skipping): CvrfVulnerability[] {
  return records.flatMap((raw) => {
    const read = Vulnerability.safeParse(raw);
    if (read.success) return [vulnerabilityOf(read.data)];
    skipping.add(`a record of another shape: ${wrongness(read.error)}`, shownRecord(raw));
    return [];
  });
}

function vulnerabilityOf(raw: z.output<typeof Vulnerability>): CvrfVulnerability {
  const note = raw.Notes.find((one) => one.Title?.toLowerCase() === 'customer action required');
  return {
    cve: raw.CVE ?? '',
    title: raw.Title,
    actionRequired: actionRequired(note?.Value ?? null),
    threats: raw.Threats.map(threatOf),
    scores: raw.CVSSScoreSets.map(({ BaseScore, Vector }) => ({ base: BaseScore ?? null, vector: Vector })),
    remediations: raw.Remediations.map(remediationOf),
    revisions: raw.RevisionHistory.map(({ Number: number, Date: date }) => ({
      number: number ?? '',
      date: instantOf(date),
    })),
  };
}

const threatTypes = ['Impact', 'Exploit Status', 'Target Set', 'Severity'];

function threatOf({ Type, Description, ProductID }: z.output<typeof Threat>): CvrfThreat {
  const type = typeof Type === 'string' ? Type : (threatTypes[Type] ?? '');
  return { type, description: Description, productIds: ProductID };
}

function remediationOf(raw: z.output<typeof Remediation>): CvrfRemediation {
  return {
    type: typeof raw.Type === 'string' ? raw.Type : remediationType(raw.Type, raw),
    description: raw.Description,
    url: raw.URL,
    supercedence: raw.Supercedence,
    productIds: raw.ProductID,
    restartRequired: raw.RestartRequired,
    subType: raw.SubType,
    fixedBuild: raw.FixedBuild,
  };
}

/**
 * The first three numbers never changed. Known Issue was published as 5, and 6 in later documents, in which 3 became Release Notes: there the
 * shape decides. A known issue names a KB, release notes say of what they are or lead somewhere.
 */
function remediationType(
  type: number,
  { Description, SubType, URL }: Pick<z.output<typeof Remediation>, 'Description' | 'SubType' | 'URL'>,
): string {
  switch (type) {
    case 0:
      return 'Workaround';
    case 1:
      return 'Mitigation';
    case 2:
      return 'Vendor Fix';
    case 3:
      return SubType !== null || URL !== null ? 'Release Notes' : 'None Available';
    case 5:
    case 6:
      return /^\d{6,8}$/.test(Description ?? '') ? 'Known Issue' : 'Will Not Fix';
    default:
      return 'Will Not Fix';
  }
}
