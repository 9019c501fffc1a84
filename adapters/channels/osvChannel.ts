// A folder of records in the Open Source Vulnerability format, with a list of what was modified when: https://google.github.io/osv.dev/data/

import { isWanted, type ChannelRule } from '../../domain/channel.js';
import { ChannelDocumentError, type Channel, type DocumentAnswer, type Listing } from '../../ports/channel.js';
import { fetchDocument, type Fetching } from './fetchDocument.js';
import { parseOsv } from './osv/parseOsv.js';
import { readCapped } from './readCapped.js';
import { Skipping } from '../../domain/skipped.js';

const changesSizeMaxBytes = 64 * 1024 * 1024;
const dayMs = 86_400_000;
const overlapMs = 2 * dayMs;
const line = /^([^,]+),([\w:.-]{1,200})$/;

export function createOsvChannel(rule: ChannelRule, fetching: Fetching): Channel {
  return {
    name: rule.name,
    kind: 'osv',

    async list(since, now): Promise<Listing> {
      const answer = await fetchDocument(fetching, `${rule.url}/modified_id.csv`, {}, (chunks) =>
        readCapped(chunks, changesSizeMaxBytes),
      );
      const from = since === null ? Date.parse(now) - rule.historyDays * dayMs : Date.parse(since) - overlapMs;
      return listingOf(answer.kind === 'read' ? answer.value : '', from, rule.only);
    },

    async read(id, marks): Promise<DocumentAnswer> {
      const answer = await fetchDocument(fetching, `${rule.url}/${encodeURIComponent(id)}.json`, { marks }, parseOsv);
      if (answer.kind === 'unchanged') return answer;
      const { value: advisories } = answer;
      return { kind: 'read', marks: answer.marks, weight: advisories.vulnerabilities, advisories, risk: null };
    },
  };
}

function listingOf(text: string, from: number, only: string[]): Listing {
  if (/^\s*</.test(text))
    throw new ChannelDocumentError('malformed', 'the list of modified records is a page for people');
  const skipping = new Skipping();
  const documents = new Map<string, string>();
  for (const raw of text.split(/\r?\n/)) {
    if (raw === '') continue;
    const [, instant = '', id = ''] = line.exec(raw) ?? [];
    const at = Date.parse(instant);
    if (id === '' || Number.isNaN(at)) skipping.add('a line that names no instant and record', raw);
    else if (at >= from && isWanted(only, id)) documents.set(id, new Date(at).toISOString());
  }
  return {
    documents: [...documents].map(([id, changedAt]) => ({ id, title: id, changedAt })),
    skipped: skipping.list(),
  };
}
