// The National Vulnerability Database's CVE API 2.0: scores of CVEs, a page at a time. https://nvd.nist.gov/developers/vulnerabilities

import { z } from 'zod';
import { Scores } from '../../../domain/cvss.js';
import { Skipping } from '../../../domain/skipped.js';
import { ChannelDocumentError } from '../../../ports/channel.js';
import type { RiskDocument } from '../../../ports/risk.js';
import { readJson, shownRecord, wrongness } from '../json.js';
import type { Chunks } from '../readCapped.js';
import { cveId } from './fields.js';

const sizeMaxBytes = 64 * 1024 * 1024;

const Page = z.object({
  format: z.literal('NVD_CVE'),
  timestamp: z.string().max(100).default(''),
  vulnerabilities: z.array(z.unknown()),
});
const Metric = z.object({
  cvssData: z.object({ baseScore: z.number().nullable().catch(null), vectorString: z.string() }),
});
const metrics = z.array(Metric).default([]);
const Entry = z.object({
  cve: z.object({
    id: cveId,
    metrics: z.object({ cvssMetricV40: metrics, cvssMetricV31: metrics, cvssMetricV30: metrics }),
  }),
});

export async function parseNvd(chunks: Chunks): Promise<RiskDocument> {
  const page = Page.safeParse(await readJson(chunks, 'page of the CVE API', sizeMaxBytes));
  if (!page.success)
    throw new ChannelDocumentError(
      'malformed',
      "it is JSON, but no page of the NVD's CVE API: nothing of it was taken",
    );
  const skipping = new Skipping();
  const scores = new Scores(skipping);
  for (const raw of page.data.vulnerabilities) {
    const entry = Entry.safeParse(raw);
    if (!entry.success) {
      const held: unknown = raw !== null && typeof raw === 'object' && 'cve' in raw ? raw.cve : raw;
      skipping.add(`an entry of another shape: ${wrongness(entry.error)}`, shownRecord(held));
      continue;
    }
    const { id, metrics: told } = entry.data.cve;
    // The newest version that anybody scored by; NVD's own score and others' stand side by side, and the higher one counts.
    const newest = [told.cvssMetricV40, told.cvssMetricV31, told.cvssMetricV30].find((one) => one.length > 0);
    if (newest === undefined) skipping.add('not scored by version 3 or 4', id);
    for (const { cvssData } of newest ?? [])
      scores.add(id, { base: cvssData.baseScore, vector: cvssData.vectorString });
  }
  return {
    channel: 'nvd',
    document: page.data.timestamp,
    kev: [],
    epss: [],
    ssvc: [],
    cvss: scores.list(),
    skipped: skipping.list(),
  };
}
