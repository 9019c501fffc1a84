// Channels of risk: one document each (KEV, EPSS), or one for each CVE that the fleet's patches name (Vulnrichment).

import type { ChannelRule } from '../../../domain/channel.js';
import { ChannelDocumentError, type Channel, type DocumentAnswer, type ReadMarks } from '../../../ports/channel.js';
import type { RiskDocument } from '../../../ports/risk.js';
import { fetchDocument, isPassing, type Fetching } from '../fetchDocument.js';
import type { Chunks } from '../readCapped.js';
import { parseEpss } from './epss.js';
import { parseKev } from './kev.js';
import { parseVulnrichment } from './vulnrichment.js';

type Parse = (chunks: Chunks) => Promise<RiskDocument>;

export function createKevChannel(rule: ChannelRule, fetching: Fetching): Channel {
  return single(rule, fetching, 'catalogue', parseKev);
}

export function createEpssChannel(rule: ChannelRule, fetching: Fetching): Channel {
  return single(rule, fetching, 'scores', parseEpss);
}

function single(rule: ChannelRule, fetching: Fetching, id: string, parse: Parse): Channel {
  return {
    name: rule.name,
    kind: rule.kind,
    list: () => Promise.resolve({ documents: [{ id, title: rule.url, changedAt: null }], skipped: [] }),
    async read(_id, marks) {
      try {
        return await readRisk(fetching, rule.url, marks, parse);
      } catch (failure) {
        // The vendor's site limits who may read it: a mirror of the same vendor serves as well, and has marks of its own.
        if (rule.fallbackUrl === null || !(isPassing(failure) || isRefused(failure))) throw failure;
        return readRisk(fetching, rule.fallbackUrl, null, parse);
      }
    },
  };
}

function isRefused(failure: unknown): boolean {
  return failure instanceof ChannelDocumentError && failure.code === 'malformed';
}

/** Records a CVE, by year and thousand: https://github.com/cisagov/vulnrichment */
export function createVulnrichmentChannel(rule: ChannelRule, fetching: Fetching): Channel {
  return {
    name: rule.name,
    kind: rule.kind,
    list: (_since, _now, cves) =>
      Promise.resolve({ documents: cves.map((id) => ({ id, title: id, changedAt: null })), skipped: [] }),
    async read(id, marks) {
      const [, year = '', number = ''] = /^CVE-(\d{4})-(\d{4,19})$/.exec(id) ?? [];
      const url = `${rule.url}/${year}/${number.slice(0, -3)}xxx/${id}.json`;
      try {
        return await readRisk(fetching, url, marks, parseVulnrichment);
      } catch (failure) {
        if (failure instanceof ChannelDocumentError && failure.code === 'unknownDocument') return { kind: 'absent' };
        throw failure;
      }
    },
  };
}

async function readRisk(
  fetching: Fetching,
  url: string,
  marks: ReadMarks | null,
  parse: Parse,
): Promise<DocumentAnswer> {
  const answer = await fetchDocument(fetching, url, { marks }, parse);
  if (answer.kind === 'unchanged') return answer;
  const { value: risk } = answer;
  const weight = risk.kev.length + risk.epss.length + risk.ssvc.length + risk.cvss.length;
  return { kind: 'read', marks: answer.marks, weight, advisories: null, risk };
}
