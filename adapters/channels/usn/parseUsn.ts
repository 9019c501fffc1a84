// Reads Ubuntu's security notices: a page of notices.json, a single notice, or Ubuntu's database of notices by number.
// https://ubuntu.com/security/api/docs, https://usn.ubuntu.com/usn-db/

import { z } from 'zod';
import { Skipping } from '../../../domain/skipped.js';
import { normaliseUsn, type UsnNotice, type UsnPackage } from '../../../domain/usn.js';
import { ChannelDocumentError, type AdvisoryDocument } from '../../../ports/channel.js';
import { instantOf, instantOfSeconds } from '../instants.js';
import { readJson, shownRecord, wrongness } from '../json.js';
import type { Chunks } from '../readCapped.js';

const sizeMaxBytes = 64 * 1024 * 1024;

const optional = z
  .string()
  .nullish()
  .transform((value) => value?.trim() || null);

const Page = z.object({ notices: z.array(z.unknown()), offset: z.number().int().nullish() });
const Notice = z.object({
  id: z.string().trim().min(1),
  title: optional,
  published: optional,
  cves_ids: z.array(z.string()).nullish(),
  cves: z.array(z.union([z.string(), z.object({ id: z.string() })])).nullish(),
  instructions: optional,
  is_hidden: z.union([z.boolean(), z.string()]).nullish(),
  releases: z.array(z.object({ codename: z.string(), version: z.string() })).nullish(),
  release_packages: z.record(
    z.string(),
    z.array(
      z.object({
        name: z.string(),
        version: z.string().nullish(),
        is_source: z.boolean().nullish(),
        pocket: optional,
        source_link: optional,
      }),
    ),
  ),
});

/** A notice of the database, which is keyed by its number. */
const Held = z.record(z.string(), z.object({ version: z.string(), pocket: optional, source: optional }));
const Entry = z.object({
  title: optional,
  timestamp: z.number().nullish(),
  action: optional,
  cves: z.array(z.string()).nullish(),
  releases: z.record(
    z.string(),
    z.object({ sources: Held.nullish(), binaries: Held.nullish(), allbinaries: Held.nullish() }),
  ),
});
const Database = z.record(z.string().regex(/^\d{1,5}-\d{1,3}$/), z.unknown());

export async function parseUsn(chunks: Chunks): Promise<AdvisoryDocument> {
  const raw = await readJson(chunks, 'notice of Ubuntu', sizeMaxBytes);
  const skipping = new Skipping();
  const document = documentOf(raw, skipping);
  return normaliseUsn(document, skipping.list());
}

function documentOf(raw: unknown, skipping: Skipping): { id: string; title: string; notices: UsnNotice[] } {
  const page = Page.safeParse(raw);
  if (page.success) {
    const { notices, offset } = page.data;
    const from = offset ?? 0;
    const id = `notices from ${from} on`;
    return { id, title: `Ubuntu: ${id}`, notices: notices.flatMap((one) => noticeIn(one, skipping)) };
  }
  const database = Database.safeParse(raw);
  if (database.success && Object.keys(database.data).length > 0) {
    const notices = Object.entries(database.data).flatMap(([number, one]) => entryIn(number, one, skipping));
    return { id: 'database of notices', title: 'Ubuntu: database of notices', notices };
  }
  const single = Notice.safeParse(raw);
  if (!single.success)
    throw new ChannelDocumentError(
      'malformed',
      `it is JSON, but neither a notice of Ubuntu nor a list of them (${wrongness(single.error)}): nothing of it was taken`,
    );
  const notice = noticeOf(single.data);
  return { id: notice.id, title: notice.title, notices: [notice] };
}

function noticeIn(raw: unknown, skipping: Skipping): UsnNotice[] {
  const read = Notice.safeParse(raw);
  if (read.success) return [noticeOf(read.data)];
  skipping.add(`a notice of another shape: ${wrongness(read.error)}`, shownRecord(raw));
  return [];
}

function noticeOf(raw: z.output<typeof Notice>): UsnNotice {
  const cves = raw.cves_ids ?? (raw.cves ?? []).map((one) => (typeof one === 'string' ? one : one.id));
  return {
    id: raw.id,
    title: raw.title ?? raw.id,
    published: instantOf(raw.published),
    cves,
    instructions: raw.instructions,
    isHidden: String(raw.is_hidden ?? false).toLowerCase() === 'true',
    releases: new Map(
      (raw.releases ?? []).flatMap(({ codename, version }) => {
        const number = /^\d{1,2}\.\d{2}/.exec(version.trim())?.[0];
        return number === undefined ? [] : [[codename, number] as const];
      }),
    ),
    packages: Object.entries(raw.release_packages).flatMap(([codename, packages]) =>
      packages.map((one) => ({
        codename,
        name: one.name.trim(),
        version: one.version?.trim() ?? '',
        isSource: one.is_source ?? false,
        pocket: one.pocket,
        source: sourceIn(one.source_link),
      })),
    ),
  };
}

/** `https://launchpad.net/ubuntu/+source/curl` */
function sourceIn(link: string | null): string | null {
  return /\/\+source\/([a-z0-9][a-z0-9+.-]*)/.exec(link ?? '')?.[1] ?? null;
}

function entryIn(number: string, raw: unknown, skipping: Skipping): UsnNotice[] {
  const read = Entry.safeParse(raw);
  if (!read.success) {
    skipping.add(`a notice of another shape: ${wrongness(read.error)}`, number);
    return [];
  }
  const { title, timestamp, action, cves, releases } = read.data;
  const id = `USN-${number}`;
  return [
    {
      id,
      title: title ?? id,
      published: timestamp === null || timestamp === undefined ? null : instantOfSeconds(timestamp),
      cves: cves ?? [],
      instructions: action,
      isHidden: false,
      releases: new Map(),
      packages: Object.entries(releases).flatMap(([codename, { sources, binaries, allbinaries }]) => [
        ...packagesIn(codename, sources ?? {}, true),
        ...packagesIn(codename, allbinaries ?? binaries ?? {}, false),
      ]),
    },
  ];
}

function packagesIn(codename: string, held: z.output<typeof Held>, isSource: boolean): UsnPackage[] {
  return Object.entries(held).map(([name, { version, pocket, source }]) => ({
    codename,
    name,
    version: version.trim(),
    isSource,
    pocket,
    source,
  }));
}
