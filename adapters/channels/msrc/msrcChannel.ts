// The MSRC's CVRF API: an index of months, and a document each. https://api.msrc.microsoft.com/cvrf/v3.0

import { monthsBack, type ChannelRule } from '../../../domain/channel.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import { ChannelDocumentError, type Channel, type DocumentAnswer, type Listing } from '../../../ports/channel.js';
import { fetchDocument, type Fetching } from '../fetchDocument.js';
import { readCapped } from '../readCapped.js';
import { parseIndex } from './parseIndex.js';
import { parseMonth } from './parseMonth.js';

const indexSizeMaxBytes = 4 * 1024 * 1024;
/** Read whether the index lists them or not: it lost a month for ten hours once. */
const monthsAlways = 6;
const dayMs = 86_400_000;

export function createMsrcChannel(rule: ChannelRule, fetching: Fetching): Channel {
  return {
    name: rule.name,
    kind: 'msrc',

    async list(_since, now): Promise<Listing> {
      const listed = await fetchDocument(fetching, `${rule.url}/updates`, { accept: 'application/json' }, (chunks) =>
        readCapped(chunks, indexSizeMaxBytes),
      );
      const { documents, skipped } = parseIndex(listed.kind === 'read' ? listed.value : '');
      const oldest = new Date(Date.parse(now) - rule.historyDays * dayMs).toISOString();
      const wanted = documents.filter(
        ({ changedAt, initialRelease }) => (initialRelease ?? changedAt ?? oldest) >= oldest,
      );
      const older = documents.length - wanted.length;
      const missing = monthsBack(now, monthsAlways).filter((id) => !documents.some((one) => one.id === id));
      return {
        documents: [
          ...wanted.map(({ id, title, changedAt }) => ({ id, title, changedAt })),
          ...missing.map((id) => ({ id, title: id, changedAt: null })),
        ],
        skipped:
          older === 0
            ? skipped
            : [...skipped, { reason: `released more than ${rule.historyDays} days ago`, count: older, examples: [] }],
      };
    },

    async read(id, marks): Promise<DocumentAnswer> {
      const url = `${rule.url}/cvrf/${encodeURIComponent(id)}`;
      try {
        const answer = await fetchDocument(fetching, url, { accept: 'application/xml', marks }, (chunks) =>
          parseMonth(chunks, id),
        );
        if (answer.kind === 'unchanged') return answer;
        const advisories = normaliseCvrf(answer.value);
        return { kind: 'read', marks: answer.marks, weight: advisories.vulnerabilities, advisories, risk: null };
      } catch (failure) {
        if (failure instanceof ChannelDocumentError && failure.code === 'unknownDocument')
          throw new ChannelDocumentError(
            'unknownDocument',
            `the MSRC has no document ${id}: its index lists what there is`,
            { cause: failure },
          );
        throw failure;
      }
    },
  };
}
