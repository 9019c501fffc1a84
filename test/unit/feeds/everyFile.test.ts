// Every real document at hand is read by a channel, with the totals that are in it, or is named here with the reason why none reads it. A file that is
// neither fails.

import { createReadStream, existsSync, readFileSync, readdirSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { createGunzip } from 'node:zlib';
import { describe, expect } from '@jest/globals';
import { parseCsaf } from '../../../adapters/channels/csaf/parseCsaf.js';
import { parseIndex } from '../../../adapters/channels/msrc/parseIndex.js';
import { parseMonth } from '../../../adapters/channels/msrc/parseMonth.js';
import { parseOsv } from '../../../adapters/channels/osv/parseOsv.js';
import { parseEpss } from '../../../adapters/channels/risk/epss.js';
import { parseKev } from '../../../adapters/channels/risk/kev.js';
import { parseNvd } from '../../../adapters/channels/risk/nvd.js';
import { parseVulnrichment } from '../../../adapters/channels/risk/vulnrichment.js';
import { parseUsn } from '../../../adapters/channels/usn/parseUsn.js';
import { baseScore } from '../../../domain/cvss.js';
import { readBodTable, type BodTable } from '../../../domain/bodTable.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import type { CvssFact } from '../../../domain/risk.js';
import type { Skipped } from '../../../domain/skipped.js';
import { sharedPath, testWith } from '../../support/shared.js';

const root = sharedPath('feeds');
const files = existsSync(root)
  ? readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => relative(root, join(entry.parentPath, entry.name)).split(sep).join('/'))
      .sort()
  : [];

function chunksOf(file: string): AsyncIterable<Uint8Array> {
  const bytes = createReadStream(join(root, file));
  return file.endsWith('.gz') ? bytes.pipe(createGunzip()) : bytes;
}

/** Records, patches, packages that fix something, facts of risk, skipped. */
type Totals = [records: number, patches: number, packages: number, facts: number, skipped: number];

interface Read {
  vulnerabilities: number;
  patches: { packages: unknown[] }[];
  cvss: CvssFact[];
  skipped: Skipped[];
}

const scored: CvssFact[] = [];

function advisories(parse: (chunks: AsyncIterable<Uint8Array>) => Promise<Read>) {
  return async (file: string): Promise<Totals> => {
    const { vulnerabilities, patches, cvss, skipped } = await parse(chunksOf(file));
    scored.push(...cvss);
    const packages = patches.reduce((sum, patch) => sum + patch.packages.length, 0);
    return [vulnerabilities, patches.length, packages, cvss.length, told(skipped)];
  };
}

type Risk = { kev: unknown[]; epss: unknown[]; ssvc: unknown[]; cvss: CvssFact[]; skipped: Skipped[] };

function risks(parse: (chunks: AsyncIterable<Uint8Array>) => Promise<Risk>) {
  return async (file: string): Promise<Totals> => {
    const { kev, epss, ssvc, cvss, skipped } = await parse(chunksOf(file));
    return [0, 0, 0, kev.length + epss.length + ssvc.length + cvss.length, told(skipped)];
  };
}

function told(skipped: Skipped[]): number {
  return skipped.reduce((sum, { count }) => sum + count, 0);
}

const readers: Record<string, (file: string) => Promise<Totals>> = {
  msrc: advisories(async (chunks) => normaliseCvrf(await parseMonth(chunks, null))),
  csaf: advisories(parseCsaf),
  osv: advisories(parseOsv),
  usn: advisories(parseUsn),
  kev: risks(parseKev),
  epss: risks(parseEpss),
  vulnrichment: risks(parseVulnrichment),
  nvd: risks(parseNvd),
  'the index of the MSRC': (file) => {
    const { documents, skipped } = parseIndex(readFileSync(join(root, file), 'utf8'));
    return Promise.resolve([documents.length, 0, 0, 0, told(skipped)]);
  },
  'the table of BOD 26-04': (file) => {
    const table = readBodTable(readFileSync(join(root, file), 'utf8'));
    return Promise.resolve([(table as BodTable).size, 0, 0, 0, 0]);
  },
};

const read: [file: string, reader: string, totals: Totals][] = [
  ['csaf/redhat/rhsa-2023_3821.json.gz', 'csaf', [3, 1, 72, 3, 0]],
  ['csaf/redhat/rhsa-2023_7434.json.gz', 'csaf', [4, 1, 70, 4, 0]],
  ['csaf/redhat/rhsa-2023_7435.json.gz', 'csaf', [2, 1, 123, 2, 0]],
  ['csaf/redhat/rhsa-2023_7436.json.gz', 'csaf', [1, 1, 25, 1, 0]],
  ['csaf/redhat/rhsa-2023_7438.json.gz', 'csaf', [1, 1, 1, 1, 0]],
  ['csaf/redhat/rhsa-2023_7464.json.gz', 'csaf', [3, 1, 141, 3, 0]],
  ['csaf/redhat/rhsa-2024_0010.json.gz', 'csaf', [3, 1, 19, 3, 0]],
  ['csaf/redhat/rhsa-2024_1431.json.gz', 'csaf', [4, 1, 71, 4, 0]],
  ['csaf/redhat/rhsa-2024_6163.json.gz', 'csaf', [1, 1, 1, 1, 0]],
  ['csaf/redhat/rhsa-2024_9371.json.gz', 'csaf', [1, 1, 1, 1, 0]],
  ['csaf/redhat/rhsa-2025_23414.json.gz', 'csaf', [2, 1, 13, 2, 0]],
  ['csaf/suse/opensuse-su-2016_1623-1.json.gz', 'csaf', [1, 1, 58, 1, 0]],
  ['csaf/suse/suse-su-2015_0011-2.json.gz', 'csaf', [7, 1, 96, 0, 0]],
  ['csaf/suse/suse-su-403.json.gz', 'csaf', [54, 1, 244, 5, 0]],
  ['epss/epss_kev_nvd-2026-08-22.csv.gz', 'epss', [0, 0, 0, 1556, 0]],
  ['epss/epss_scores-2021-04-14.csv.gz', 'epss', [0, 0, 0, 2, 0]],
  ['epss/epss_scores-2021-09-01.csv.gz', 'epss', [0, 0, 0, 2, 0]],
  ['epss/epss_scores-2022-02-04.csv.gz', 'epss', [0, 0, 0, 2, 0]],
  ['epss/epss_scores-2023-03-07.csv.gz', 'epss', [0, 0, 0, 2, 0]],
  ['epss/epss_scores-kev-2026-08-22.derived.csv', 'epss', [0, 0, 0, 1556, 0]],
  ['kev/kev-2025-08-25.csv.gz', 'kev', [0, 0, 0, 1404, 0]],
  ['kev/kev-2025-08-25.json.gz', 'kev', [0, 0, 0, 1404, 0]],
  ['kev/kev-2026.08.07.json.gz', 'kev', [0, 0, 0, 1662, 0]],
  ['msrc/api-json-shape.2026-Sep.trimmed.json', 'msrc', [3, 7, 0, 3, 1]],
  ['msrc/csaf/csaf/msrc_cve-2025-29795.json', 'csaf', [1, 0, 0, 1, 1]],
  ['msrc/csaf/csaf/msrc_cve-2025-29806.json', 'csaf', [1, 0, 0, 1, 1]],
  ['msrc/csaf/vex/msrc_cve-2025-25186.json', 'csaf', [1, 0, 0, 1, 1]],
  ['msrc/csaf/vex/msrc_cve-2025-26465.json', 'csaf', [1, 0, 0, 1, 2]],
  ['msrc/cvrf-2016-Oct.xml.gz', 'msrc', [36, 55, 0, 4, 3]],
  ['msrc/cvrf-2017-May-B.xml', 'msrc', [0, 0, 0, 0, 0]],
  ['msrc/cvrf-2018-Jan.xml.gz', 'msrc', [67, 118, 0, 37, 81]],
  ['msrc/cvrf-2024-Aug.xml.gz', 'msrc', [295, 82, 0, 257, 328]],
  ['msrc/cvrf-2025-Nov.xml.gz', 'msrc', [184, 52, 0, 166, 217]],
  ['msrc/cvrf-2025-Oct.xml.gz', 'msrc', [427, 66, 0, 387, 367]],
  ['msrc/cvrf-2026-Apr.xml.gz', 'msrc', [737, 54, 0, 569, 680]],
  ['msrc/cvrf-2026-Feb.xml.gz', 'msrc', [169, 29, 0, 145, 165]],
  ['msrc/cvrf-2026-Jan.xml.gz', 'msrc', [310, 27, 0, 294, 246]],
  ['msrc/cvrf-2026-Jul.at-20260702T222331Z.xml.gz', 'msrc', [21, 0, 0, 21, 21]],
  ['msrc/cvrf-2026-Jul.at-20260706T222806Z.xml.gz', 'msrc', [375, 0, 0, 72, 375]],
  ['msrc/cvrf-2026-Jun.xml.gz', 'msrc', [1279, 33, 0, 708, 1241]],
  ['msrc/cvrf-2026-Mar.xml.gz', 'msrc', [460, 39, 0, 348, 523]],
  ['msrc/derived-json/cvrf-2024-Aug.json.gz', 'msrc', [295, 82, 0, 257, 328]],
  ['msrc/derived-json/cvrf-2025-Oct.json.gz', 'msrc', [427, 66, 0, 387, 367]],
  ['msrc/derived-json/cvrf-2026-Jul.json.gz', 'msrc', [375, 0, 0, 72, 375]],
  ['msrc/derived-json/cvrf-2026-Jun.json.gz', 'msrc', [1279, 33, 0, 708, 1241]],
  ['msrc/updates-index.at-20260702T155644Z.json', 'the index of the MSRC', [125, 0, 0, 0, 64]],
  ['msrc/updates-index.at-20260702T232507Z.json', 'the index of the MSRC', [125, 0, 0, 0, 64]],
  ['msrc/updates-index.at-20260706T222806Z.json', 'the index of the MSRC', [126, 0, 0, 0, 64]],
  ['nvd/cves-2.0-full-page.json.gz', 'nvd', [0, 0, 0, 35, 3]],
  ['nvd/cves-2.0-single.json', 'nvd', [0, 0, 0, 1, 0]],
  ['osv/debian/DLA-0010-1.json', 'osv', [1, 1, 1, 0, 0]],
  ['osv/debian/DLA-3623-1.json', 'osv', [1, 0, 0, 0, 1]],
  ['osv/debian/DSA-135.json', 'osv', [1, 1, 1, 0, 0]],
  ['osv/debian/DSA-3029-1.json', 'osv', [1, 1, 1, 0, 0]],
  ['osv/debian/DTSA-1-1.json', 'osv', [1, 1, 1, 0, 0]],
  ['osv/ubuntu/LSN-0108-1.json', 'osv', [1, 0, 0, 0, 1]],
  ['osv/ubuntu/UBUNTU-CVE-2021-3782.json', 'osv', [1, 0, 0, 1, 1]],
  ['osv/ubuntu/UBUNTU-CVE-2022-24823.json', 'osv', [1, 0, 0, 1, 1]],
  ['osv/ubuntu/UBUNTU-CVE-2024-51988.json', 'osv', [1, 0, 0, 1, 1]],
  ['osv/ubuntu/UBUNTU-CVE-2025-38094.json', 'osv', [1, 0, 0, 0, 1]],
  ['osv/ubuntu/USN-5614-1.json', 'osv', [1, 1, 15, 1, 0]],
  ['osv/ubuntu/USN-7095-1.json', 'osv', [1, 1, 46, 0, 0]],
  ['ssvc/cisa_bod_26_04_1_0_0.csv', 'the table of BOD 26-04', [16, 0, 0, 0, 0]],
  ['ubuntu/notices-offset0.json', 'usn', [2, 0, 0, 0, 2]],
  ['ubuntu/notices-offset20.json', 'usn', [1, 0, 0, 0, 1]],
  ['ubuntu/usn-db-database-all.slice.json.gz', 'usn', [3, 3, 279, 0, 0]],
  ['vulnrichment/cve5-msrc-2024-Aug-windows-server.ndjson.gz', 'vulnrichment', [0, 0, 0, 122, 0]],
];

/** By whole path, or by the folder that holds nothing else. */
const notRead: [path: string, reason: string][] = [
  ['SOURCES.md', 'says where the documents came from'],
  ['azurelinux/', 'Azure Linux: no machine of it is followed'],
  ['csaf/suse/LICENSE', 'a licence'],
  ['csaf/suse/changes.csv.gz', 'a list of documents: read while fetching'],
  ['csaf/suse/index.txt.gz', 'a list of documents: read while fetching'],
  ['csaf/suse/suse-su-2015_0011-2.json.sha256', 'a digest: compared while fetching'],
  ['debian/', 'the security tracker counts CVEs by package, without advisories: these come as OSV records'],
  ['kev/kev-schema.json', 'the schema of the catalogue'],
  ['msrc/csaf/csaf/index.txt', 'a list of documents: read while fetching'],
  ['msrc/sug/', 'the pages of an interface that Microsoft does not support; the month says the same'],
  ['ssvc/cisa_bod_26_04_1_0_0.json', 'the same table as the CSV'],
  ['ssvc/cisa_coordinator_2_0_3.csv', 'a table of decisions for those who prefer it'],
  ['ssvc/deployer_patch_application_priority_1_0_0.csv', 'a table of decisions for those who prefer it'],
  ['ubuntu/oci.com.ubuntu.jammy.usn.oval.slice.xml', 'for scanners in the guest; the notices say the same'],
  ['ubuntu/vex-CVE-2023-38545.json.gz', 'OpenVEX: how packages stand to one CVE; the notices bring the patches'],
  ['wsus/', 'an update server is asked by its own interface'],
];

const withFiles = testWith(root);

describe('every file', () => {
  withFiles('is read, or named with a reason', () => {
    const known = new Set(read.map(([file]) => file));
    const isNamed = (file: string) =>
      notRead.some(([path]) => (path.endsWith('/') ? file.startsWith(path) : file === path));
    expect(files.filter((file) => !known.has(file) && !isNamed(file))).toEqual([]);
    expect(files.filter((file) => known.has(file) && isNamed(file))).toEqual([]);
    expect([...known].filter((file) => !files.includes(file))).toEqual([]);
  });

  for (const [file, reader, totals] of read)
    withFiles(`${file} by ${reader}`, async () => {
      expect(await readers[reader]?.(file)).toEqual(totals);
    });

  // Runs last: the vendors' own scores are the vectors for our arithmetic.
  withFiles('scores of vectors are those that the vendors publish', () => {
    const known = scored.filter(({ version }) => version.startsWith('3.'));
    expect(known.length).toBeGreaterThan(2000);
    expect(known.filter(({ vector, score }) => baseScore(vector) !== score)).toEqual([]);
  });
});
