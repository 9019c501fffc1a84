// CISA's Vulnrichment: CVE records of version 5, one or one a line, with the SSVC decision points of CISA's container: https://github.com/cisagov/vulnrichment

import { z } from 'zod';
import type { CvssFact, SsvcFact } from '../../../domain/risk.js';
import type { RiskDocument } from '../../../ports/risk.js';
import { readRecords, shownRecord } from '../json.js';
import type { Chunks } from '../readCapped.js';
import { Skipping } from '../../../domain/skipped.js';
import { cveId } from './fields.js';

const sizeMaxBytes = 256 * 1024 * 1024;

const Cvss = z.object({
  baseScore: z.number().min(0).max(10),
  vectorString: z.string().max(500),
  version: z.string().max(20),
});
const Metric = z.looseObject({
  other: z.looseObject({ type: z.string(), content: z.unknown() }).optional(),
  cvssV4_0: Cvss.optional().catch(undefined),
  cvssV3_1: Cvss.optional().catch(undefined),
  cvssV3_0: Cvss.optional().catch(undefined),
});
const Container = z.looseObject({
  providerMetadata: z.looseObject({ shortName: z.string().optional() }).optional(),
  metrics: z.array(Metric).default([]),
});
const Record5 = z.object({
  cveMetadata: z.looseObject({ cveId }),
  containers: z.object({ cna: Container.optional(), adp: z.array(Container).default([]) }),
});

const word = <const T extends readonly [string, ...string[]]>(...known: T) =>
  z.string().toLowerCase().pipe(z.enum(known));
const Ssvc = z.looseObject({
  timestamp: z.string().optional(),
  options: z
    .array(z.record(z.string(), z.string()))
    .transform((options): unknown => Object.fromEntries(options.flatMap((option) => Object.entries(option))))
    .pipe(
      z.looseObject({
        Exploitation: word('none', 'poc', 'active'),
        Automatable: word('no', 'yes'),
        'Technical Impact': word('partial', 'total'),
      }),
    ),
});

export async function parseVulnrichment(chunks: Chunks): Promise<RiskDocument> {
  const records = await readRecords(chunks, 'CVE record', sizeMaxBytes);
  const skipping = new Skipping();
  const ssvc = new Map<string, SsvcFact>();
  const cvss = new Map<string, CvssFact>();
  for (const raw of records) {
    const read = typeof raw === 'string' ? null : Record5.safeParse(raw);
    if (read === null || !read.success) {
      const reason = read === null ? 'is no JSON' : (z.prettifyError(read.error).split('\n')[0] ?? '');
      skipping.add(reason, shownRecord(raw));
      continue;
    }
    const { cveMetadata, containers } = read.data;
    const all = [containers.cna, ...containers.adp].filter((container) => container !== undefined);
    const score = all.map((container) => cvssOf(cveMetadata.cveId, container)).find((one) => one !== null);
    if (score !== undefined && score !== null) cvss.set(score.cve, score);
    const fact = ssvcOf(cveMetadata.cveId, containers.adp);
    if (fact === 'wrong')
      skipping.add("CISA's container has other decision points than those known", cveMetadata.cveId);
    else if (fact !== null) ssvc.set(fact.cve, fact);
  }
  return {
    channel: 'vulnrichment',
    document: `${records.length} records`,
    kev: [],
    epss: [],
    ssvc: [...ssvc.values()],
    cvss: [...cvss.values()],
    skipped: skipping.list(),
  };
}

function ssvcOf(cve: string, adp: z.output<typeof Container>[]): SsvcFact | 'wrong' | null {
  const cisa = adp.find((container) => container.providerMetadata?.shortName === 'CISA-ADP');
  const metric = cisa?.metrics.find((one) => one.other?.type === 'ssvc');
  if (metric === undefined) return null;
  const read = Ssvc.safeParse(metric.other?.content);
  if (!read.success) return 'wrong';
  const { options, timestamp } = read.data;
  const at = timestamp === undefined ? Number.NaN : Date.parse(timestamp);
  return {
    cve,
    exploitation: options.Exploitation,
    automatable: options.Automatable === 'yes',
    technicalImpact: options['Technical Impact'],
    at: Number.isNaN(at) ? null : new Date(at).toISOString(),
  };
}

/** The newest version of the score that the container has. */
function cvssOf(cve: string, { metrics }: z.output<typeof Container>): CvssFact | null {
  for (const key of ['cvssV4_0', 'cvssV3_1', 'cvssV3_0'] as const) {
    const held = metrics.find((metric) => metric[key] !== undefined)?.[key];
    if (held !== undefined) return { cve, score: held.baseScore, vector: held.vectorString, version: held.version };
  }
  return null;
}
