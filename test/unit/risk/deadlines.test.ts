// A year of CISA's catalogue on a real month: the deadlines of exactly the patches whose CVEs were added move.

import { createReadStream, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createGunzip } from 'node:zlib';
import { expect } from '@jest/globals';
import { parseCvrf } from '../../../adapters/channels/msrc/parseCvrf.js';
import { parseKev } from '../../../adapters/channels/risk/kev.js';
import { parsePolicy } from '../../../adapters/policy/loadPolicy.js';
import { readBodTable } from '../../../domain/bodTable.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import { priorityOf } from '../../../domain/priority.js';
import type { KevFact } from '../../../domain/risk.js';
import { sharedPath, testWith } from '../../support/shared.js';

const file = join(import.meta.dirname, '../../../policy/demonstration.yaml');
const { bodTable: text, rules } = parsePolicy(readFileSync(file, 'utf8'), file).priority;
const bodTable = readBodTable(text);
if ('problem' in bodTable) throw new Error(bodTable.problem);

const unpacked = (...parts: string[]) => createReadStream(sharedPath('feeds', ...parts)).pipe(createGunzip());
const catalogue = async (name: string) =>
  new Map((await parseKev(unpacked('kev', name))).kev.map((fact) => [fact.cve, fact]));

testWith(sharedPath('feeds', 'kev'))('KEV of 2025 and of 2026 on October 2025', async () => {
  const { patches } = normaliseCvrf(await parseCvrf(unpacked('msrc', 'cvrf-2025-Oct.xml.gz'), null));
  const [earlier, later] = [await catalogue('kev-2025-08-25.json.gz'), await catalogue('kev-2026.08.07.json.gz')];
  const judge = (patch: (typeof patches)[number], known: Map<string, KevFact>) =>
    priorityOf(
      patch,
      patch.cves.map((cve) => ({
        cve,
        vendorExploited: false,
        kev: known.get(cve) ?? null,
        epss: null,
        ssvc: { cve, exploitation: 'none', automatable: true, technicalImpact: 'total', at: null },
        cvss: null,
      })),
      { value: false, estimated: false },
      { bodTable, rules },
      '2025-10-14T17:00:00.000Z',
    );
  let moved = 0;
  for (const patch of patches) {
    const added = patch.cves.filter((cve) => later.has(cve) && !earlier.has(cve));
    const [before, after] = [judge(patch, earlier), judge(patch, later)];
    expect(after.external.map((one) => one.cve)).toEqual(patch.cves.filter((cve) => later.has(cve)));
    if (added.length === 0) expect(after).toEqual(before);
    else {
      expect(after.forensics).toBe(true);
      expect(Date.parse(after.deadline ?? '')).toBeLessThanOrEqual(Date.parse(before.deadline ?? ''));
      if (after.deadline !== before.deadline) moved += 1;
    }
  }
  expect(moved).toBeGreaterThan(0);
});
