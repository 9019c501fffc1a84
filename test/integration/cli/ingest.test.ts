// `patchline ingest msrc FILE --json` as a process of its own: it needs no running system.

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { afterAll, describe, expect, test } from '@jest/globals';
import type { Patch } from '../../../domain/patch.js';
import { openDocuments } from '../../../simulator/documents.js';
import { csafJson, monthJson, osvJson, usnJson } from '../../support/advisories.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

const command = fileURLToPath(new URL('../../../scripts/patchline.js', import.meta.url));

function patchline(...args: string[]) {
  return spawnSync(process.execPath, [command, ...args], {
    encoding: 'utf8',
    env: { ...process.env, NODE_OPTIONS: '' },
    maxBuffer: 100_000_000,
  });
}

afterAll(removeTemporaryFolders);

describe('ingest', () => {
  test('prints the contract, from plain and from packed XML', async () => {
    const folder = await temporaryFolder();
    const text = openDocuments(null).text('2026-Jun') ?? '';
    writeFileSync(join(folder, 'june.xml'), text);
    writeFileSync(join(folder, 'june.xml.gz'), gzipSync(text));
    const plain = patchline('ingest', 'msrc', join(folder, 'june.xml'), '--json');
    const packed = patchline('ingest', 'msrc', join(folder, 'june.xml.gz'), '--json');
    expect(plain.status).toBe(0);
    expect(packed.stdout).toBe(plain.stdout);
    const document = JSON.parse(plain.stdout) as {
      id: string;
      vulnerabilities: number;
      patches: Record<string, unknown>[];
    };
    expect(document).toMatchObject({ id: '2026-Jun', vulnerabilities: 2 });
    const patch = document.patches.find((one) => one['patchId'] === 'KB5094128');
    expect(patch).toMatchObject({
      kb: '5094128',
      severity: 'critical',
      supersedes: ['5087545'],
      restart: 'yes',
      kind: 'cumulative',
      exploited: false,
      knownIssue: false,
    });
    expect(patch?.['products']).toEqual([
      { id: '11923', name: 'Windows Server 2022' },
      { id: '11924', name: 'Windows Server 2022 (Server Core installation)' },
    ]);
    expect(patch?.['fixedBuilds']).toEqual({ '11923': '10.0.20348.5256', '11924': '10.0.20348.5256' });
  }, 60_000);

  test('reads the other kinds of advisories, and says what it skipped', async () => {
    const folder = await temporaryFolder();
    const kinds: [channel: string, document: unknown, patchId: string][] = [
      ['msrc', monthJson([{ cve: 'CVE-2026-1000', kb: '5094128', score: 9.8 }]), 'KB5094128'],
      ['csaf', csafJson(['CVE-2026-1000']), 'RHSA-2026:0001'],
      ['osv', osvJson('USN-8000-1', 'CVE-2026-1000'), 'USN-8000-1'],
      ['usn', { notices: [usnJson('USN-8000-1', 'CVE-2026-1000'), { id: 7 }] }, 'USN-8000-1'],
    ];
    for (const [channel, document, patchId] of kinds) {
      const file = join(folder, `${channel}.json.gz`);
      writeFileSync(file, gzipSync(JSON.stringify(document)));
      const { status, stdout } = patchline('ingest', channel, file, '--json');
      expect(status).toBe(0);
      const read = JSON.parse(stdout) as { patches: Patch[]; skipped: unknown[] };
      expect(read.patches.map((patch) => patch.patchId)).toEqual([patchId]);
      expect(Object.keys(read.patches[0] ?? {})).toEqual(expect.arrayContaining(['packages', 'classification', 'url']));
      expect(read.skipped).toHaveLength(channel === 'usn' ? 1 : 0);
    }
    const shown = patchline('ingest', 'usn', join(folder, 'usn.json.gz'));
    expect(shown.stdout).toContain('USN-8000-1');
    expect(shown.stdout).toContain('skipped 1: a notice of another shape');
    // Facts of risk are stored, patches are read by their channels.
    expect(patchline('ingest', 'usn', join(folder, 'usn.json.gz'), '--store').status).toBe(2);
  }, 60_000);

  test('says what is wrong with a file, with an exit code for scripts', async () => {
    const folder = await temporaryFolder();
    writeFileSync(join(folder, 'broken.xml'), (openDocuments(null).text('2026-Jun') ?? '').slice(0, 2000));
    const broken = patchline('ingest', 'msrc', join(folder, 'broken.xml'), '--json');
    expect(broken.status).toBe(1);
    expect(broken.stdout).toBe('');
    expect(broken.stderr).toContain('ends in the middle');
    writeFileSync(join(folder, 'bomb.json.gz'), gzipSync(Buffer.alloc(65 * 1024 * 1024, 0x20)));
    const bomb = patchline('ingest', 'csaf', join(folder, 'bomb.json.gz'));
    expect([bomb.status, bomb.stdout]).toEqual([1, '']);
    expect(bomb.stderr).toContain('larger than');
    expect(patchline('ingest', 'msrc', join(folder, 'nowhere.xml')).status).toBe(2);
    expect(patchline('ingest', 'rss', join(folder, 'broken.xml')).status).not.toBe(0);
    expect(patchline('ingest').status).toBe(2);
  }, 60_000);

  const october = sharedPath('feeds', 'msrc', 'cvrf-2025-Oct.xml.gz');
  testWith(october)(
    'reads a real month',
    () => {
      const { status, stdout } = patchline('ingest', 'msrc', october, '--json');
      const { vulnerabilities, patches } = JSON.parse(stdout) as { vulnerabilities: number; patches: unknown[] };
      expect(status).toBe(0);
      expect({ vulnerabilities, patches: patches.length }).toEqual({ vulnerabilities: 427, patches: 66 });
    },
    60_000,
  );
});

describe('a system that does not run', () => {
  test('is told, with its own exit code', () => {
    const answer = patchline('--url', 'http://127.0.0.1:9', 'status');
    expect(answer.status).toBeGreaterThan(0);
    expect(answer.stderr).not.toContain('    at ');
  }, 60_000);
});
