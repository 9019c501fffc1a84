// What is kept of channels: documents as listed and read, visits, and patches as all documents together tell them.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { parseCvrf } from '../../../adapters/channels/msrc/parseCvrf.js';
import { parseIndex } from '../../../adapters/channels/msrc/parseIndex.js';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { versionVerdict } from '../../../domain/channel.js';
import { normaliseCvrf } from '../../../domain/msrc.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now, somePatch } from '../../support/facts.js';
import { sharedPath, testWith } from '../../support/shared.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders, 30_000);

const listing = (...documents: [string, string | null][]) => ({
  documents: documents.map(([id, changedAt]) => ({ id, title: id, changedAt })),
  skipped: [],
});
const outcome = { etag: '"1"', lastModified: null, weight: 21, patches: 3, skipped: [] };
const june = minutesFrom(now, -1000);
const july = minutesFrom(now, -500);

onEveryDatabase('channels', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;
  const pendingIds = async () => (await inventory.channels.pending('msrc', 10)).map((one) => one.id);

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  test('what is listed is pending until it was read, the newest first', async () => {
    const listed = await inventory.channels.listed('msrc', listing(['2026-Jun', june], ['2026-Jul', july]), now);
    expect(listed).toEqual({ pending: 2 });
    expect(await pendingIds()).toEqual(['2026-Jul', '2026-Jun']);
    await inventory.channels.read('msrc', '2026-Jul', outcome, now);
    await inventory.channels.read('msrc', '2026-Jun', outcome, now);
    expect(await pendingIds()).toEqual([]);
  });

  test('a document that a list leaves out is not gone; a changed one is pending again', async () => {
    await inventory.channels.listed('msrc', listing(['2026-Jul', now]), now);
    expect(await pendingIds()).toEqual(['2026-Jul']);
    expect(await inventory.channels.document('msrc', '2026-Jun')).toMatchObject({ weight: 21, pending: false });
    await inventory.channels.read('msrc', '2026-Jul', { ...outcome, weight: 375 }, now);
  });

  test('a document without a mark of change is asked for at each visit', async () => {
    await inventory.channels.listed('msrc', listing(['2026-Aug', null]), now);
    await inventory.channels.read('msrc', '2026-Aug', null, now);
    await inventory.channels.listed('msrc', listing(['2026-Aug', null]), now);
    expect(await pendingIds()).toEqual(['2026-Aug']);
    await inventory.channels.read('msrc', '2026-Aug', null, now);
  });

  test('one that could not be taken keeps what was held, and is read again when that may help', async () => {
    const same = listing(['2026-Jun', june], ['2026-Jul', now]);
    await inventory.channels.troubled('msrc', '2026-Jul', 'answered 503', { again: true, shrunkSince: null });
    await inventory.channels.troubled('msrc', '2026-Jun', 'is no XML', { again: false, shrunkSince: null });
    expect(await pendingIds()).toEqual([]);
    await inventory.channels.listed('msrc', same, now);
    expect(await pendingIds()).toEqual(['2026-Jul']);
    expect(await inventory.channels.document('msrc', '2026-Jul')).toMatchObject({
      problem: 'answered 503',
      weight: 375,
      etag: '"1"',
    });
    const troubled = await inventory.channels.documents('msrc', { limit: 10, troubled: true });
    expect(troubled.map((one) => one.id)).toEqual(['2026-Jul', '2026-Jun']);
  });

  test('one that shrank is read at each visit until it is taken', async () => {
    await inventory.channels.troubled('msrc', '2026-Jun', 'holds less', { again: true, shrunkSince: june });
    await inventory.channels.listed('msrc', listing(['2026-Jun', june]), now);
    expect(await inventory.channels.document('msrc', '2026-Jun')).toMatchObject({ pending: true, shrunkSince: june });
    await inventory.channels.read('msrc', '2026-Jun', outcome, now);
    expect(await inventory.channels.document('msrc', '2026-Jun')).toMatchObject({ problem: null, shrunkSince: null });
  });

  test('visits tell how the channel is, and the log only what changed of it', async () => {
    const visit = { at: now, problem: null, changed: true, skipped: [{ reason: 'old', count: 2, examples: ['a'] }] };
    expect(await inventory.channels.visited('msrc', visit)).toMatchObject({ succeededAt: now, changedAt: now });
    const later = minutesFrom(now, 60);
    const failed = { at: later, problem: 'answered 503', changed: false, skipped: [] };
    await inventory.channels.visited('msrc', failed);
    const again = await inventory.channels.visited('msrc', { ...failed, at: minutesFrom(now, 120) });
    expect(again).toMatchObject({ succeededAt: now, changedAt: now, failingSince: later, problem: 'answered 503' });
    await inventory.channels.visited('msrc', { ...failed, at: minutesFrom(now, 180), problem: null });
    const told = (await inventory.events.events({})).map((event) => event.what);
    expect(told).toEqual(['channel msrc could not be read', 'channel msrc is read again']);
    expect(await inventory.channels.channels()).toMatchObject([{ name: 'msrc', failingSince: null, documents: 3 }]);
  });

  test('a patch is what all documents say of it; reading one again writes nothing', async () => {
    const source = (document: string) => ({ channel: 'msrc', document, revision: '1' });
    const home = somePatch({ cves: ['CVE-2026-0001', 'CVE-2026-0002'], source: source('2026-Apr') });
    const other = somePatch({ cves: ['CVE-2025-0001'], source: source('2025-Nov') });
    expect(await inventory.patches.savePatches([home], now)).toMatchObject({ added: [home.patchId] });
    expect(await inventory.patches.savePatches([other], now)).toMatchObject({ revised: [home.patchId] });
    const before = (await inventory.events.events({})).length;
    expect(await inventory.patches.savePatches([home], now)).toEqual({ added: [], revised: [], unchanged: 1 });
    expect(await inventory.patches.savePatches([other], now)).toEqual({ added: [], revised: [], unchanged: 1 });
    expect((await inventory.events.events({})).length).toBe(before);
    const cves = ['CVE-2025-0001', 'CVE-2026-0001', 'CVE-2026-0002'];
    expect((await inventory.patches.patch(home.patchId))?.patch).toMatchObject({ cves, source: home.source });
    expect(await inventory.patches.cves({ needed: false })).toEqual(cves);
    expect(await inventory.patches.cves({ needed: true })).toEqual([]);
    await inventory.patches.replaceDemand([{ vmId: 'vm-1', patchId: home.patchId, reason: 'below' }], now);
    expect(await inventory.patches.cves({ needed: true })).toEqual(cves);
  });

  const msrc = sharedPath('feeds', 'msrc');
  const month = async (file: string) =>
    normaliseCvrf(await parseCvrf([gunzipSync(readFileSync(join(msrc, file)))], '2026-Jul'));

  testWith(msrc)(
    'the real month that grew from 21 to 375 vulnerabilities loses nothing, and half of it is not taken back',
    async () => {
      const early = await month('cvrf-2026-Jul.at-20260702T222331Z.xml.gz');
      const whole = await month('cvrf-2026-Jul.at-20260706T222806Z.xml.gz');
      expect([early.vulnerabilities, whole.vulnerabilities]).toEqual([21, 375]);
      await inventory.patches.savePatches(early.patches, now);
      await inventory.patches.savePatches(whole.patches, now);
      for (const { patchId, cves } of [...early.patches, ...whole.patches])
        expect((await inventory.patches.patch(patchId))?.patch.cves).toEqual(expect.arrayContaining(cves));
      const again = await inventory.patches.savePatches(whole.patches, now);
      expect(again).toEqual({ added: [], revised: [], unchanged: whole.patches.length });
      const held = { weight: whole.vulnerabilities, shrunkSince: null };
      expect(versionVerdict(held, { weight: early.vulnerabilities }, 6, now).kind).toBe('wait');
    },
  );

  testWith(msrc)('the real index that lost a month for ten hours deletes nothing', async () => {
    const moments = ['20260702T155644Z', '20260702T232507Z', '20260706T222806Z'];
    const indexes = moments.map((moment) =>
      parseIndex(readFileSync(join(msrc, `updates-index.at-${moment}.json`), 'utf8')),
    );
    expect(indexes.map((index) => index.documents.some((one) => one.id === '2026-Jun'))).toEqual([true, false, true]);
    const known = async () => (await inventory.channels.documents('index', { limit: 1000 })).map((one) => one.id);
    for (const index of indexes) {
      const before = await known();
      await inventory.channels.listed('index', index, now);
      expect(await known()).toEqual(expect.arrayContaining(before));
    }
    expect(await known()).toContain('2026-Jun');
    expect(await known()).toContain('2017-May-B');
  });
});
