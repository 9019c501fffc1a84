// Any vendor that publishes CSAF as the standard says: metadata name directories, each lists what changed when, each document has a digest beside it.
// https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html#71-requirements

import { parse } from 'csv-parse/sync';
import { z } from 'zod';
import { isWanted, type ChannelRule } from '../../domain/channel.js';
import { ChannelDocumentError, type Channel, type DocumentAnswer, type Listing } from '../../ports/channel.js';
import { parseCsaf } from './csaf/parseCsaf.js';
import { fetchDocument, type Fetching } from './fetchDocument.js';
import { once } from '../once.js';
import { requireSigned } from './openpgp.js';
import { readBytes, readCapped } from './readCapped.js';
import { Skipping } from '../../domain/skipped.js';

const Metadata = z.looseObject({
  distributions: z.array(z.looseObject({ directory_url: z.url({ protocol: /^https$/ }).optional() })).default([]),
});
const Line = z.tuple([z.string().regex(/^(?!\/)(?!.*(\.\.|\/\/))[\w./-]{1,200}\.json$/), z.string()]).rest(z.unknown());

const metadataSizeMaxBytes = 1024 * 1024;
const changesSizeMaxBytes = 32 * 1024 * 1024;
/** Digests and signatures beside a document. */
const sideSizeMaxBytes = 20_000;
const documentSizeMaxBytes = 64 * 1024 * 1024;
const dayMs = 86_400_000;
/** Vendors write a line some time after the instant that it names. */
const overlapMs = 2 * dayMs;

export function createCsafChannel(rule: ChannelRule, fetching: Fetching): Channel {
  const directory = once(() => directoryOf(rule, fetching));
  return {
    name: rule.name,
    kind: 'csaf',

    async list(since, now): Promise<Listing> {
      const place = await directory();
      const text = await fetchText(fetching, `${place}changes.csv`, changesSizeMaxBytes);
      const from = since === null ? Date.parse(now) - rule.historyDays * dayMs : Date.parse(since) - overlapMs;
      return listingOf(text, from, rule.only);
    },

    async read(id, marks): Promise<DocumentAnswer> {
      const url = `${await directory()}${id.split('/').map(encodeURIComponent).join('/')}`;
      const digest = await digestOf(fetching, url);
      const signature = rule.publicKey === null ? null : await fetchText(fetching, `${url}.asc`, sideSizeMaxBytes);
      const answer = await fetchDocument(
        fetching,
        url,
        { accept: 'application/json', marks, digest },
        async (chunks) => {
          if (rule.publicKey === null || signature === null) return parseCsaf(chunks);
          const bytes = await readBytes(chunks, documentSizeMaxBytes);
          await requireSigned(bytes, signature, rule.publicKey);
          return parseCsaf([bytes]);
        },
      );
      if (answer.kind === 'unchanged') return answer;
      const { value: advisories } = answer;
      return { kind: 'read', marks: answer.marks, weight: advisories.vulnerabilities, advisories, risk: null };
    },
  };
}

/** The directory of advisories, with its final slash, which vendors leave out. */
async function directoryOf({ url }: ChannelRule, fetching: Fetching): Promise<string> {
  const read = Metadata.safeParse(jsonOf(await fetchText(fetching, url, metadataSizeMaxBytes)));
  const directories = read.success ? read.data.distributions.flatMap((one) => one.directory_url ?? []) : [];
  const found = directories.find((one) => /advisor/i.test(one)) ?? directories[0];
  if (found === undefined)
    throw new ChannelDocumentError('malformed', `${url} is no CSAF provider metadata that names a directory`);
  return found.endsWith('/') ? found : `${found}/`;
}

function listingOf(text: string, from: number, only: string[]): Listing {
  const skipping = new Skipping();
  const documents = new Map<string, string>();
  for (const raw of rowsOf(text)) {
    const line = Line.safeParse(raw);
    const at = line.success ? Date.parse(line.data[1]) : Number.NaN;
    if (!line.success || Number.isNaN(at))
      skipping.add('a line that names no document and instant', JSON.stringify(raw));
    else if (at < from) continue;
    else if (!isWanted(only, line.data[0])) skipping.add('not among the ids that policy wants', line.data[0]);
    else documents.set(line.data[0], new Date(at).toISOString());
  }
  return {
    documents: [...documents].map(([id, changedAt]) => ({ id, title: id, changedAt })),
    skipped: skipping.list(),
  };
}

function rowsOf(text: string): unknown[] {
  try {
    return parse(text, { bom: true, relax_column_count: true, skip_empty_lines: true });
  } catch (failure) {
    throw new ChannelDocumentError('truncated', 'the list of changes ends within a line: nothing of it was taken', {
      cause: failure,
    });
  }
}

/** The standard wants SHA-256 or SHA-512 beside each document; a vendor that has neither is read without. */
async function digestOf(fetching: Fetching, url: string) {
  for (const algorithm of ['sha256', 'sha512'] as const) {
    try {
      const hex = /^[0-9a-f]{64,128}\b/i.exec(await fetchText(fetching, `${url}.${algorithm}`, sideSizeMaxBytes))?.[0];
      if (hex !== undefined) return { algorithm, hex };
    } catch (failure) {
      if (!(failure instanceof ChannelDocumentError) || failure.code !== 'unknownDocument') throw failure;
    }
  }
  return null;
}

async function fetchText(fetching: Fetching, url: string, sizeMaxBytes: number): Promise<string> {
  const answer = await fetchDocument(fetching, url, {}, (chunks) => readCapped(chunks, sizeMaxBytes));
  return answer.kind === 'read' ? answer.value : '';
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
