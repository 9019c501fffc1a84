// The vendor's documents: real ones whole, broken ones refused with nothing taken.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseCvrf } from '../../../adapters/channels/msrc/parseCvrf.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import { openDocuments } from '../../../simulator/documents.js';
import { sharedPath, testWith } from '../../support/shared.js';

function bytesOf(text: string): Uint8Array[] {
  return [new TextEncoder().encode(text)];
}

const written = openDocuments(null).text('2025-Oct') ?? '';

describe('a document of the simulated vendor', () => {
  test('is read like a real one', async () => {
    const { id, vulnerabilities, patches } = normaliseCvrf(await parseCvrf(bytesOf(written), '2025-Oct'));
    expect(id).toBe('2025-Oct');
    expect(vulnerabilities).toBe(4);
    const patch = patches.find((one) => one.kb === '5070884');
    expect(patch).toMatchObject({
      patchId: 'KB5070884',
      kind: 'cumulative',
      severity: 'critical',
      restart: 'yes',
      cves: ['CVE-2025-59287'],
    });
    expect(patch?.fixedBuilds).toEqual({ '11923': '10.0.20348.4297', '11924': '10.0.20348.4297' });
  });
});

describe('a broken document is refused, whole', () => {
  test.each([
    ['truncated', written.slice(0, written.length / 2), '2025-Oct', undefined],
    ['wrongDocument', written, '2025-Nov', undefined],
    [
      'entityBomb',
      written.replace('<cvrf:cvrfdoc', '<!DOCTYPE x [<!ENTITY a "aaaa">]><cvrf:cvrfdoc'),
      '2025-Oct',
      undefined,
    ],
    ['oversize', written, '2025-Oct', 1000],
    ['malformed', written.replace('</vuln:Remediations>', '</vuln:Remedies>'), '2025-Oct', undefined],
    ['malformed', '<html><body>Service unavailable</body></html>', '2025-Oct', undefined],
  ])('%s', async (code, text, asked, sizeMax) => {
    await expect(parseCvrf(bytesOf(text), asked, sizeMax)).rejects.toMatchObject({
      name: 'ChannelDocumentError',
      code,
    });
  });

  test('bytes that are no UTF-8', async () => {
    await expect(parseCvrf([new Uint8Array([0xff, 0xfe, 0x3c])], null)).rejects.toMatchObject({
      name: 'ChannelDocumentError',
    });
  });
});

describe('the real documents', () => {
  const june = sharedPath('feeds', 'msrc', 'cvrf-2026-Jun.xml.gz');
  testWith(june)('June 2026 has its vulnerabilities, patches and builds', async () => {
    const { vulnerabilities, patches } = normaliseCvrf(await parseCvrf([gunzipSync(readFileSync(june))], '2026-Jun'));
    expect(vulnerabilities).toBe(1279);
    expect(patches).toHaveLength(33);
    const build = (kb: string, product: string) => {
      const patch = patches.find((one) => one.kb === kb);
      const id = patch?.products.find((one) => one.name === product)?.id ?? '';
      return patch?.fixedBuilds[id];
    };
    expect(build('5094123', 'Windows Server 2019')).toBe('10.0.17763.8880');
    expect(build('5094128', 'Windows Server 2022')).toBe('10.0.20348.5256');
    expect(build('5094125', 'Windows Server 2025')).toBe('10.0.26100.32995');
  });

  const empty = sharedPath('feeds', 'msrc', 'cvrf-2017-May-B.xml');
  testWith(empty)('a month without any patch is no error', async () => {
    const { patches } = normaliseCvrf(await parseCvrf([readFileSync(empty)], '2017-May-B'));
    expect(patches).toEqual([]);
  });
});
