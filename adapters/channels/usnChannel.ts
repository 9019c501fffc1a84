// Ubuntu's security notices, newest first, in pages: https://ubuntu.com/security/api/docs

import { createHash } from 'node:crypto';
import { z } from 'zod';
import type { ChannelRule } from '../../domain/channel.js';
import {
  ChannelDocumentError,
  type Channel,
  type DocumentAnswer,
  type ListedDocument,
  type Listing,
} from '../../ports/channel.js';
import { fetchDocument, type Fetching } from './fetchDocument.js';
import { readCapped } from './readCapped.js';
import { parseUsn } from './usn/parseUsn.js';

/** As many as the vendor gives at once. */
const pageSize = 20;
const pagesMax = 500;
const pageSizeMaxBytes = 32 * 1024 * 1024;
const dayMs = 86_400_000;
/** Notices are revised for some time after they were published. */
const overlapMs = 14 * dayMs;

const Page = z.looseObject({ notices: z.array(z.looseObject({ published: z.string().optional() })) });

export function createUsnChannel(rule: ChannelRule, fetching: Fetching): Channel {
  return {
    name: rule.name,
    kind: 'usn',

    /** Pages back to what was read before; the text of each is its own mark of change. */
    async list(since, now): Promise<Listing> {
      const from = since === null ? Date.parse(now) - rule.historyDays * dayMs : Date.parse(since) - overlapMs;
      const documents: ListedDocument[] = [];
      for (let page = 0; page < pagesMax; page += 1) {
        const text = await textOf(rule, fetching, page);
        const published = publishedIn(text);
        if (published.length === 0) break;
        const changedAt = createHash('sha256').update(text).digest('hex');
        documents.push({ id: `page-${page}`, title: `notices from ${page * pageSize} on`, changedAt });
        if (published.length < pageSize || Math.min(...published) < from) break;
      }
      return { documents, skipped: [] };
    },

    async read(id, marks): Promise<DocumentAnswer> {
      const page = Number(/^page-(\d{1,4})$/.exec(id)?.[1] ?? Number.NaN);
      if (Number.isNaN(page)) throw new ChannelDocumentError('unknownDocument', `${id} is no page such as page-0`);
      const answer = await fetchDocument(fetching, addressOf(rule, page), { marks }, parseUsn);
      if (answer.kind === 'unchanged') return answer;
      const { value: advisories } = answer;
      return { kind: 'read', marks: answer.marks, weight: advisories.vulnerabilities, advisories, risk: null };
    },
  };
}

function addressOf({ url }: ChannelRule, page: number): string {
  return `${url}?limit=${pageSize}&offset=${page * pageSize}&order=newest`;
}

async function textOf(rule: ChannelRule, fetching: Fetching, page: number): Promise<string> {
  const answer = await fetchDocument(fetching, addressOf(rule, page), { accept: 'application/json' }, (chunks) =>
    readCapped(chunks, pageSizeMaxBytes),
  );
  return answer.kind === 'read' ? answer.value : '';
}

/** Milliseconds; a notice without an instant counts as new. */
function publishedIn(text: string): number[] {
  const read = Page.safeParse(jsonOf(text));
  if (!read.success) throw new ChannelDocumentError('malformed', "the page holds no notices: is it Ubuntu's list?");
  return read.data.notices.map(({ published }) => {
    const at = Date.parse(
      published === undefined || /[zZ]|[+-]\d\d:\d\d$/.test(published) ? (published ?? '') : `${published}Z`,
    );
    return Number.isNaN(at) ? Date.now() : at;
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
