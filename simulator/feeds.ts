// What vendors publish, at addresses of their shapes: conditional like theirs, and spoiled where a test wants it so.

import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { Cloud } from './cloud.js';
import type { Documents } from './documents.js';
import { redHatDocument, ubuntuNotices } from './linuxAdvisories.js';
import { epssFile, kevCatalogue, vulnrichmentRecord } from './riskDocuments.js';

interface Document {
  type: string;
  body: string | Buffer;
  /** Instant of its last change, where the vendor tells it. */
  modified?: string;
}

/** `path` without the query; null: it is not there. */
type Publish = (path: string, url: URL, documents: Documents) => Document | null;

const json = 'application/json; charset=utf-8';

const publishers: [prefix: string, Publish][] = [
  ['/msrc/cvrf/v3.0/', msrc],
  ['/cisa/', (path) => (path === 'known_exploited_vulnerabilities.json' ? { type: json, body: kevCatalogue() } : null)],
  ['/epss/', (path) => (path === 'epss_scores-current.csv.gz' ? packed(epssFile()) : null)],
  ['/vulnrichment/', vulnrichment],
  ['/ubuntu/security/', (path, url) => (path === 'notices.json' ? ubuntuNotices(url.searchParams) : null)],
  ['/redhat/csaf/v2/', (path, url) => redHatDocument(path, `${url.origin}/redhat/csaf/v2`)],
];

export function isFeed(path: string): boolean {
  return publishers.some(([prefix]) => path.startsWith(prefix));
}

/** A document that the control interface put at a path, or for an id of the MSRC, takes the place of the vendor's. */
export function answerFeed(cloud: Cloud, url: URL, request: IncomingMessage, response: ServerResponse): void {
  const [prefix = '', publish] = publishers.find(([start]) => url.pathname.startsWith(start)) ?? [];
  const path = decodeURIComponent(url.pathname.slice(prefix.length));
  const put =
    cloud.journal.tables.documents.get(url.pathname) ?? cloud.journal.tables.documents.get(path.replace(/^cvrf\//, ''));
  if (put?.status !== undefined && put.status !== 200) {
    response.writeHead(put.status, put.location === undefined ? {} : { location: put.location });
    return void response.end();
  }
  const own = publish?.(path, url, cloud.documents) ?? null;
  const document = put === undefined ? own : { type: own?.type ?? 'text/plain', body: put.text };
  if (document === null) {
    response.writeHead(404, { 'content-length': 0 });
    return void response.end();
  }
  send(document, request, response);
}

function send({ type, body, modified }: Document, request: IncomingMessage, response: ServerResponse): void {
  const etag = `"${createHash('sha256').update(body).digest('hex').slice(0, 24)}"`;
  const marks = { etag, ...(modified === undefined ? {} : { 'last-modified': new Date(modified).toUTCString() }) };
  if (isUnchanged(request, marks)) {
    response.writeHead(304, marks);
    return void response.end();
  }
  response.writeHead(200, { 'content-type': type, 'content-length': Buffer.byteLength(body), ...marks });
  response.end(body);
}

/** Of both marks the first counts: https://www.rfc-editor.org/rfc/rfc9110#section-13.2.2 */
function isUnchanged({ headers }: IncomingMessage, marks: { etag: string; 'last-modified'?: string }): boolean {
  const { 'if-none-match': tag, 'if-modified-since': since } = headers;
  const modified = marks['last-modified'];
  if (tag !== undefined) return tag === marks.etag;
  return since !== undefined && modified !== undefined && Date.parse(modified) <= Date.parse(since);
}

function msrc(path: string, url: URL, documents: Documents): Document | null {
  if (path === 'updates') {
    const base = `${url.origin}/msrc/cvrf/v3.0`;
    const value = documents.ids().map(({ id, title, initialRelease, currentRelease }) => ({
      ID: id,
      Alias: id,
      DocumentTitle: title,
      Severity: null,
      InitialReleaseDate: `${initialRelease}Z`,
      CurrentReleaseDate: `${currentRelease}Z`,
      CvrfUrl: `${base}/cvrf/${id}`,
    }));
    return { type: json, body: JSON.stringify({ '@odata.context': `${base}/$metadata#Updates`, value }) };
  }
  const text = path.startsWith('cvrf/') ? documents.text(path.slice('cvrf/'.length)) : null;
  return text === null ? null : { type: 'application/xml; charset=utf-8', body: text };
}

function vulnrichment(path: string): Document | null {
  const cve = /^\d{4}\/\d+xxx\/(CVE-\d{4}-\d{4,})\.json$/.exec(path)?.[1];
  const record = cve === undefined ? null : vulnrichmentRecord(cve);
  return record === null ? null : { type: json, body: record };
}

function packed(text: string): Document {
  return { type: 'application/gzip', body: gzipSync(text) };
}
