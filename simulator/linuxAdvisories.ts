// The table of facts as the vendors publish it: Ubuntu's pages of notices, Red Hat's CSAF.
// https://ubuntu.com/security/api/docs, https://docs.oasis-open.org/csaf/csaf/v2.0/os/csaf-v2.0-os.html

import { createHash } from 'node:crypto';
import { releases, type ArchivePackage, type Notice } from './linuxFacts.js';

export interface Published {
  type: string;
  body: string;
  /** Instant of its last change. */
  modified: string;
}

const json = 'application/json; charset=utf-8';
const pageSizeMax = 20;

function newestFirst(notices: Notice[]): Notice[] {
  return notices.toSorted((a, b) => (a.published < b.published ? 1 : -1));
}

export function ubuntuNotices(query: URLSearchParams): Published {
  const all = newestFirst(releases.ubuntu.notices);
  const ordered = query.get('order') === 'oldest' ? all.toReversed() : all;
  const limit = Math.min(pageSizeMax, wholeIn(query, 'limit', pageSizeMax));
  const offset = wholeIn(query, 'offset', 0);
  const notices = ordered.slice(offset, offset + limit).map(ubuntuNotice);
  const body = JSON.stringify({ notices, limit, offset, total_results: ordered.length });
  // Ubuntu writes UTC without saying so.
  return { type: json, body, modified: `${all[0]?.published ?? ''}Z` };
}

function wholeIn(query: URLSearchParams, name: string, otherwise: number): number {
  const text = query.get(name) ?? '';
  return /^\d{1,6}$/.test(text) ? Number(text) : otherwise;
}

function ubuntuNotice({ id, title, published, cves, restart, source, packages }: Notice) {
  return {
    id,
    type: 'USN',
    title,
    summary: `Several security issues were fixed in ${source.name}.`,
    description: `Security issues were fixed in ${source.name}: ${cves.join(', ')}.`,
    instructions: restart
      ? 'After a standard system update you need to reboot your computer to make all the necessary changes.'
      : 'In general, a standard system update will make all the necessary changes.',
    is_hidden: false,
    published,
    cves: cves.map((cve) => ({ id: cve, notices_ids: [id] })),
    cves_ids: cves,
    references: [],
    related_notices: [],
    releases: [{ codename: 'noble', support_tag: 'LTS', version: releases.ubuntu.version }],
    release_packages: {
      noble: [
        { ...source, description: source.name, is_source: true },
        ...packages.map((one) => ({
          name: one.name,
          version: one.version,
          is_source: false,
          is_visible: true,
          pocket: 'security',
          source_link: `https://launchpad.net/ubuntu/+source/${one.source}`,
          version_link: `https://launchpad.net/ubuntu/+source/${one.source}/${one.version}`,
        })),
      ],
    },
  };
}

/** What stands below `/redhat/csaf/v2/`, which `base` is the address of; null: nothing. */
export function redHatDocument(path: string, base: string): Published | null {
  const notices = newestFirst(releases.rhel.notices);
  const modified = notices[0]?.published ?? '';
  if (path === 'provider-metadata.json')
    return { type: json, body: JSON.stringify(metadata(base, modified)), modified };
  const name = /^advisories\/(.+)$/.exec(path)?.[1];
  if (name === undefined) return null;
  const lines = (write: (notice: Notice) => string) => `${notices.map(write).join('\n')}\n`;
  if (name === 'index.txt') return { type: 'text/plain', body: lines(fileOf), modified };
  if (name === 'changes.csv')
    return { type: 'text/csv', body: lines((one) => `"${fileOf(one)}","${one.published}"`), modified };
  return advisoryFile(name, notices);
}

function advisoryFile(name: string, notices: Notice[]): Published | null {
  const [, asked = name, algorithm] = /^(.+)\.(sha256|sha512)$/.exec(name) ?? [];
  const notice = notices.find((one) => fileOf(one) === asked);
  if (notice === undefined) return null;
  const body = JSON.stringify(advisory(notice));
  const modified = notice.published;
  if (algorithm === undefined) return { type: json, body, modified };
  const hex = createHash(algorithm).update(body).digest('hex');
  return { type: 'text/plain', body: `${hex}  ${asked.slice(asked.indexOf('/') + 1)}\n`, modified };
}

/** `2024/rhsa-2024_6163.json` */
function fileOf({ id, published }: Notice): string {
  return `${published.slice(0, 4)}/${id.toLowerCase().replace(':', '_')}.json`;
}

const publisher = {
  category: 'vendor',
  contact_details: 'https://access.redhat.com/security/team/contact/',
  name: 'Red Hat Product Security',
  namespace: 'https://www.redhat.com',
};

function metadata(base: string, updated: string) {
  return {
    canonical_url: `${base}/provider-metadata.json`,
    distributions: [{ directory_url: `${base}/advisories/` }],
    last_updated: updated,
    list_on_CSAF_aggregators: true,
    metadata_version: '2.0',
    mirror_on_CSAF_aggregators: true,
    publisher,
    role: 'csaf_trusted_provider',
  };
}

const platform = { id: 'BaseOS-9.5.0.GA', name: 'Red Hat Enterprise Linux BaseOS (v. 9)' };

function advisory(notice: Notice) {
  const { id, title, published, severity } = notice;
  const components = componentsOf(notice);
  const page = `https://access.redhat.com/errata/${id}`;
  return {
    document: {
      aggregate_severity: {
        namespace: 'https://access.redhat.com/security/updates/classification/',
        text: severity,
      },
      category: 'csaf_security_advisory',
      csaf_version: '2.0',
      distribution: { tlp: { label: 'WHITE', url: 'https://www.first.org/tlp/' } },
      lang: 'en',
      publisher,
      references: [{ category: 'self', summary: page, url: page }],
      title,
      tracking: {
        current_release_date: published,
        id,
        initial_release_date: published,
        revision_history: [{ date: published, number: '1', summary: 'Initial version' }],
        status: 'final',
        version: '1',
      },
    },
    product_tree: productTree(components),
    vulnerabilities: notice.cves.map((cve) => vulnerability(cve, notice, components, page)),
  };
}

interface Component {
  /** `openssl-1:3.2.2-6.el9_5.1.x86_64` */
  id: string;
  architecture: string;
  purl: string;
}

function componentsOf({ source, packages, sourceOnly }: Notice): Component[] {
  const sources = [componentOf(source, 'src')];
  return sourceOnly ? sources : [...sources, ...packages.map((one) => componentOf(one, releases.rhel.architecture))];
}

/** An epoch that is not written is 0. */
function componentOf({ name, version }: Pick<ArchivePackage, 'name' | 'version'>, architecture: string): Component {
  const [, epoch = '0', rest = ''] = /^(?:(\d+):)?(.+)$/.exec(version) ?? [];
  return {
    id: `${name}-${epoch}:${rest}.${architecture}`,
    architecture,
    purl: `pkg:rpm/redhat/${name}@${rest}?arch=${architecture}${epoch === '0' ? '' : `&epoch=${epoch}`}`,
  };
}

function productTree(components: Component[]) {
  const product = {
    name: platform.name,
    product_id: platform.id,
    product_identification_helper: { cpe: 'cpe:/o:redhat:enterprise_linux:9::baseos' },
  };
  const family = {
    category: 'product_family',
    name: 'Red Hat Enterprise Linux',
    branches: [{ category: 'product_name', name: platform.name, product }],
  };
  const architectures = [...new Set(components.map(({ architecture }) => architecture))].map((name) => ({
    category: 'architecture',
    name,
    branches: components
      .filter(({ architecture }) => architecture === name)
      .map(({ id, purl }) => ({
        category: 'product_version',
        name: id,
        product: { name: id, product_id: id, product_identification_helper: { purl } },
      })),
  }));
  return {
    branches: [{ category: 'vendor', name: 'Red Hat', branches: [family, ...architectures] }],
    relationships: components.map(({ id }) => ({
      category: 'default_component_of',
      full_product_name: {
        name: `${id} as a component of ${platform.name}`,
        product_id: `${platform.id}:${id}`,
      },
      product_reference: id,
      relates_to_product_reference: platform.id,
    })),
  };
}

function vulnerability(cve: string, { published, severity, restart }: Notice, components: Component[], page: string) {
  const fixed = components.map((one) => `${platform.id}:${one.id}`);
  const url = `https://access.redhat.com/security/cve/${cve}`;
  return {
    cve,
    product_status: { fixed },
    references: [{ category: 'self', summary: 'Canonical URL', url }],
    remediations: [
      {
        category: 'vendor_fix',
        date: published,
        details: restart
          ? 'The system must be rebooted for this update to take effect.'
          : 'For details on how to apply this update, refer to: https://access.redhat.com/articles/11258',
        product_ids: fixed,
        restart_required: { category: restart ? 'machine' : 'none' },
        url: page,
      },
    ],
    threats: [{ category: 'impact', details: severity }],
    title: cve,
  };
}
