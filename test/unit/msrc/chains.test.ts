// Chains of cumulative updates over real documents, by build: months that are missing leave no hole, hotpatches stand apart.

import { createReadStream } from 'node:fs';
import { createGunzip } from 'node:zlib';
import { describe, expect, test } from '@jest/globals';
import { parseCvrf } from '../../../adapters/channels/msrc/parseCvrf.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import type { Patch } from '../../../domain/patch.js';
import { chainsOf } from '../../../domain/supersedence.js';
import { somePatch } from '../../support/facts.js';
import { sharedPath, testWith } from '../../support/shared.js';

const months = ['2025-Oct', '2025-Nov', '2026-Jan', '2026-Feb', '2026-Mar', '2026-Apr', '2026-Jun'];

async function patchesOf(ids: string[]): Promise<Patch[]> {
  const held = new Map<string, Patch>();
  for (const id of ids) {
    const bytes = createReadStream(sharedPath('feeds', 'msrc', `cvrf-${id}.xml.gz`)).pipe(createGunzip());
    for (const patch of normaliseCvrf(await parseCvrf(bytes, null)).patches) held.set(patch.patchId, patch);
  }
  return [...held.values()];
}

const namesIn = (chains: ReturnType<typeof chainsOf>, product: string) =>
  chains.find((chain) => chain.product === product)?.links.map((link) => link.patchId) ?? [];

testWith(sharedPath('feeds', 'msrc'))('Server 2022, 2019 and 2025 over the months that are there', async () => {
  const patches = await patchesOf(months);
  for (const [kb, product] of [
    ['KB5094128', 'Windows Server 2022'],
    ['KB5094123', 'Windows Server 2019'],
    ['KB5094125', 'Windows Server 2025'],
  ] as const) {
    const newest = patches.find((patch) => patch.patchId === kb);
    if (newest === undefined) throw new Error(`${kb} is not in the documents`);
    const chain = namesIn(chainsOf(newest, patches), product);
    expect(chain.length).toBeGreaterThan(4);
    // From any link on the chain is the same.
    for (const patchId of chain) {
      const link = patches.find((patch) => patch.patchId === patchId) ?? newest;
      expect(link.kind).toBe('cumulative');
      expect(namesIn(chainsOf(link, patches), product)).toEqual(chain);
    }
    expect(chain.at(-1)).toBe(kb);
  }
  const server2022 = namesIn(
    chainsOf(patches.find((one) => one.patchId === 'KB5094128') ?? somePatch(), patches),
    'Windows Server 2022',
  );
  const published = ['5066782', '5068787', '5071547', '5073457', '5075906', '5078766', '5082142', '5087545', '5094128'];
  const known = new Set(server2022);
  const there = published.map((kb) => `KB${kb}`).filter((patchId) => known.has(patchId));
  expect(there.length).toBeGreaterThan(5);
  expect(server2022.filter((patchId) => there.includes(patchId))).toEqual(there);
  // The other branch installs without a restart and is no part of it.
  for (const hotpatch of ['KB5068840', 'KB5075943', 'KB5078737', 'KB5087424']) expect(known.has(hotpatch)).toBe(false);
});

describe('a chain by the vendor’s word', () => {
  const update = (kb: string, ...supersedes: string[]) =>
    somePatch({ patchId: `KB${kb}`, kb, kind: 'update', fixedBuilds: {}, supersedes });

  test('goes forwards and backwards, and ends where it bites its tail', () => {
    const patches = [update('1'), update('2', '1'), update('3', '2'), update('4', '3')];
    expect(chainsOf(update('2', '1'), patches)[0]?.links.map((link) => link.patchId)).toEqual([
      'KB1',
      'KB2',
      'KB3',
      'KB4',
    ]);
    const circle = [update('1', '2'), update('2', '1')];
    expect(chainsOf(update('1', '2'), circle)[0]?.links.map((link) => link.patchId)).toEqual(['KB2', 'KB1']);
  });
});
