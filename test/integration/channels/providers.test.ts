// Vendors that publish CSAF and OSV: what is listed, what of it is wanted, and documents that only count when they fit what stands beside them.

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { createMessage, generateKey, readPrivateKey, sign } from 'openpgp';
import { createCsafChannel } from '../../../adapters/channels/csafChannel.js';
import { createOsvChannel } from '../../../adapters/channels/osvChannel.js';
import { createUsnChannel } from '../../../adapters/channels/usnChannel.js';
import type { ChannelRule } from '../../../domain/channel.js';
import { now } from '../../support/facts.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { openVendor, serving, type Vendor } from '../../support/vendor.js';

const files = new Map<string, string | Uint8Array>();
let vendor: Vendor;

beforeAll(async () => {
  vendor = await openVendor(serving(() => files));
});

beforeEach(() => files.clear());

afterAll(() => vendor.close());

const rule = (change: Partial<ChannelRule>): ChannelRule => ({
  name: 'vendor',
  kind: 'csaf',
  url: `${vendor.url}/provider-metadata.json`,
  fallbackUrl: null,
  everyMinutes: 60,
  historyDays: 3660 * 3,
  only: [],
  publicKey: null,
  ...change,
});
const sha256 = (bytes: string | Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** A whole advisory, of which nothing is real. */
const advisory = JSON.stringify({
  document: {
    category: 'csaf_security_advisory',
    csaf_version: '2.0',
    title: 'Contoso update <script>alert(1)</script>',
    publisher: { category: 'vendor', name: 'Contoso', namespace: 'https://contoso.example' },
    tracking: {
      id: 'CONTOSO-2026-1',
      version: '1',
      status: 'final',
      initial_release_date: '2026-10-01T00:00:00Z',
      current_release_date: '2026-10-01T00:00:00Z',
      revision_history: [{ number: '1', date: '2026-10-01T00:00:00Z', summary: 'first' }],
    },
  },
  product_tree: {},
  vulnerabilities: [{ cve: 'CVE-2026-0001' }],
});

/** Without its final slash, as some vendors write it. */
function publish(changes: string): void {
  const distributions = [{ directory_url: `${vendor.url}/advisories` }];
  files.set('/provider-metadata.json', JSON.stringify({ distributions }));
  files.set('/advisories/changes.csv', changes);
  files.set('/advisories/2026/contoso-1.json', advisory);
}

describe('a provider of CSAF', () => {
  test('lists what changed since; lines that lead elsewhere are left out and counted', async () => {
    publish(
      [
        '"2026/contoso-1.json","2026-10-01T00:00:00Z"',
        '"2020/contoso-old.json","2020-10-01T00:00:00Z"',
        '"../../etc/passwd.json","2026-10-01T00:00:00Z"',
        '"https://elsewhere.example/a.json","2026-10-01T00:00:00Z"',
        '"2026/contoso-2.json","yesterday"',
      ].join('\n'),
    );
    const channel = createCsafChannel(rule({ historyDays: 400 }), vendor.fetching);
    const { documents, skipped } = await channel.list(null, now, []);
    expect(documents).toEqual([
      { id: '2026/contoso-1.json', title: '2026/contoso-1.json', changedAt: '2026-10-01T00:00:00.000Z' },
    ]);
    expect(skipped).toMatchObject([{ count: 3 }]);
    expect((await channel.list('2026-10-20T00:00:00.000Z', now, [])).documents).toEqual([]);
    const some = createCsafChannel(rule({ only: ['2026/other-*'] }), vendor.fetching);
    expect((await some.list(null, now, [])).documents).toEqual([]);
  });

  test('is believed when a document fits the digest beside it, and only then', async () => {
    publish('');
    const channel = createCsafChannel(rule({}), vendor.fetching);
    files.set('/advisories/2026/contoso-1.json.sha256', `${sha256(advisory)}  contoso-1.json\n`);
    expect(await channel.read('2026/contoso-1.json', null)).toMatchObject({ kind: 'read', weight: 1 });
    files.set('/advisories/2026/contoso-1.json.sha256', `${sha256('other')}  contoso-1.json\n`);
    await expect(channel.read('2026/contoso-1.json', null)).rejects.toMatchObject({ code: 'truncated' });
  });

  test('is believed by its signature where policy holds the key', async () => {
    publish('');
    const keys = await generateKey({ type: 'ecc', userIDs: [{ name: 'Contoso' }], format: 'armored' });
    const signed = async (bytes: string) =>
      sign({
        message: await createMessage({ binary: new TextEncoder().encode(bytes) }),
        signingKeys: await readPrivateKey({ armoredKey: keys.privateKey }),
        detached: true,
      });
    const channel = createCsafChannel(rule({ publicKey: keys.publicKey }), vendor.fetching);
    files.set('/advisories/2026/contoso-1.json.asc', String(await signed(advisory)));
    expect(await channel.read('2026/contoso-1.json', null)).toMatchObject({ kind: 'read', weight: 1 });
    for (const wrong of [String(await signed('other')), 'no signature']) {
      files.set('/advisories/2026/contoso-1.json.asc', wrong);
      await expect(channel.read('2026/contoso-1.json', null)).rejects.toMatchObject({ code: 'unsigned' });
    }
    files.delete('/advisories/2026/contoso-1.json.asc');
    await expect(channel.read('2026/contoso-1.json', null)).rejects.toMatchObject({ code: 'unknownDocument' });
  });

  test('that publishes no directory is told as that', async () => {
    files.set('/provider-metadata.json', '<html>Moved</html>');
    await expect(createCsafChannel(rule({}), vendor.fetching).list(null, now, [])).rejects.toMatchObject({
      code: 'malformed',
      message: expect.stringMatching(/no CSAF provider metadata/),
    });
  });

  const suse = sharedPath('feeds', 'csaf', 'suse');
  testWith(suse)('lists the real 17,000 of SUSE, and one of them fits its real digest', async () => {
    const document = gunzipSync(readFileSync(`${suse}/suse-su-2015_0011-2.json.gz`));
    publish(gunzipSync(readFileSync(`${suse}/changes.csv.gz`)).toString('utf8'));
    files.set('/advisories/suse-su-2015_0011-2.json', document);
    files.set('/advisories/suse-su-2015_0011-2.json.sha256', readFileSync(`${suse}/suse-su-2015_0011-2.json.sha256`));
    const channel = createCsafChannel(rule({}), vendor.fetching);
    const { documents } = await channel.list(null, now, []);
    expect(documents.length).toBeGreaterThan(10_000);
    const answer = await channel.read('suse-su-2015_0011-2.json', null);
    expect(answer.kind === 'read' ? answer.advisories?.patches[0]?.patchId : null).toMatch(/^SUSE-SU-2015:0011-2$/);
  });
});

describe('a folder of OSV records', () => {
  test('lists what was modified since, and of it what policy wants', async () => {
    files.set(
      '/Debian/modified_id.csv',
      '2026-11-01T00:00:00Z,DSA-6001-1\n2026-11-02T00:00:00Z,DEBIAN-CVE-2026-1\nnonsense\n2019-01-01T00:00:00Z,DSA-1-1\n',
    );
    const place = { kind: 'osv' as const, url: `${vendor.url}/Debian`, only: ['DSA-*'], historyDays: 400 };
    const { documents, skipped } = await createOsvChannel(rule(place), vendor.fetching).list(null, now, []);
    expect(documents.map((one) => one.id)).toEqual(['DSA-6001-1']);
    expect(skipped).toMatchObject([{ count: 1, examples: ['nonsense'] }]);
  });

  const debian = sharedPath('feeds', 'osv', 'debian', 'DSA-3029-1.json');
  testWith(debian)('gives a patch for each record', async () => {
    files.set('/Debian/DSA-3029-1.json', readFileSync(debian));
    const channel = createOsvChannel(rule({ kind: 'osv', url: `${vendor.url}/Debian` }), vendor.fetching);
    const answer = await channel.read('DSA-3029-1', null);
    expect(answer.kind === 'read' ? answer.advisories?.patches[0] : null).toMatchObject({
      patchId: 'DSA-3029-1',
      packages: [expect.objectContaining({ distribution: 'debian', name: 'nginx' })],
    });
  });
});

describe("Ubuntu's notices", () => {
  test('that are a page for people are told as that', async () => {
    files.set('/notices.json', '<html>');
    const channel = createUsnChannel(rule({ kind: 'usn', url: `${vendor.url}/notices.json` }), vendor.fetching);
    await expect(channel.list(null, now, [])).rejects.toMatchObject({ code: 'malformed' });
    await expect(channel.read('page-x', null)).rejects.toMatchObject({ code: 'unknownDocument' });
  });

  test('are listed page by page back to what was read before, and give a patch each', async () => {
    const notice = {
      id: 'USN-9999-1',
      title: 'OpenSSL vulnerabilities',
      published: '2026-11-20T10:00:00',
      cves_ids: ['CVE-2026-0002'],
      instructions: 'After a standard system update you need to reboot your computer.',
      releases: [{ codename: 'noble', version: '24.04' }],
      release_packages: {
        noble: [{ name: 'openssl', version: '3.0.13-0ubuntu3.9', is_source: false, pocket: 'security' }],
      },
    };
    files.set('/notices.json', JSON.stringify({ notices: [notice], offset: 0, limit: 20, total_results: 1 }));
    const channel = createUsnChannel(rule({ kind: 'usn', url: `${vendor.url}/notices.json` }), vendor.fetching);
    const { documents } = await channel.list(null, now, []);
    expect(documents).toMatchObject([{ id: 'page-0', changedAt: expect.stringMatching(/^[0-9a-f]{64}$/) }]);
    const answer = await channel.read('page-0', null);
    expect(answer.kind === 'read' ? answer.advisories?.patches : null).toMatchObject([
      {
        patchId: 'USN-9999-1',
        restart: 'yes',
        packages: [{ distribution: 'ubuntu', release: '24.04', name: 'openssl', version: '3.0.13-0ubuntu3.9' }],
      },
    ]);
  });
});
