// Facts of risk move deadlines, each told with its source and its clock (I5).

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import type { PriorityView } from '../../../api/contract/index.js';
import { acting } from '../../../composition/acting.js';
import type { Inventory } from '../../../ports/inventory.js';
import { openApi, type TestApi } from '../../support/api.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { minutesFrom, now } from '../../support/facts.js';
import { openLine, type Line } from '../../support/line.js';
import { knowFleet } from '../../support/session.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders, 30_000);

const kev = { cve: 'CVE-2025-59287', name: 'WSUS', addedOn: '2025-10-24', dueOn: '2025-11-14', ransomware: false };
const document = { channel: 'kev' as const, document: '2025.10.24', kev: [kev], epss: [], ssvc: [], cvss: [] };

onEveryDatabase('facts of risk', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
  }, 60_000);

  afterAll(() => database.close());

  test('are written once, kept beside those of other channels, and told', async () => {
    expect(await inventory.risks.save(document, now)).toEqual({ changed: 1 });
    expect(await inventory.risks.save(document, minutesFrom(now, 1))).toEqual({ changed: 0 });
    const epss = { cve: kev.cve, score: 0.7, percentile: null, scoredAt: null };
    await inventory.risks.save({ ...document, channel: 'epss', kev: [], epss: [epss] }, minutesFrom(now, 2));
    expect(await inventory.risks.risks([kev.cve, 'CVE-1999-0001'])).toEqual([
      { cve: kev.cve, vendorExploited: false, kev, epss, ssvc: null, cvss: null },
    ]);
    const told = (await inventory.events.events({})).map((event) => event.what);
    expect(told).toEqual(['kev 2025.10.24: facts of 1 CVEs changed', 'epss 2025.10.24: facts of 1 CVEs changed']);
  });
});

describe('the priority of a patch', () => {
  let line: Line;
  let api: TestApi;

  beforeAll(async () => {
    line = await openLine({ vms: 24, worker: false });
    api = await openApi(line);
    await knowFleet(line);
  }, 120_000);

  afterAll(async () => {
    await api.close();
    await line.close();
  }, 30_000);

  const priorities = async (query = '') =>
    (await api.get(`/v1/patches/KB5070884/priority${query}`, 'kim')).body as PriorityView[];

  test('moves when CISA adds the vulnerability, and says so', async () => {
    const [before] = await priorities();
    expect(before).toMatchObject({ exposed: true, external: [] });
    expect(before?.estimated).toContain('exposure');
    expect((await api.post('/v1/risk', document, 'kim')).body).toEqual({ changed: 1 });
    const name = before?.vmName ?? '';
    const [after] = await priorities(`?vm=${name}`);
    expect(after).toMatchObject({
      vmName: name,
      tier: 'P0',
      overdue: true,
      forensics: true,
      external: [{ cve: kev.cve, dueOn: kev.dueOn }],
    });
    expect(after?.reasons.map((reason) => reason.rule)).toEqual(
      expect.arrayContaining(['BOD 26-04', 'bod-urgent', 'exploited-or-critical']),
    );
  });

  test.each([
    ['an unknown patch', '/v1/patches/KB1/priority', 404],
    ['an unknown machine', '/v1/patches/KB5070884/priority?vm=nowhere', 404],
  ])('%s is answered with what to do', async (_, path, status) => {
    expect((await api.get(path, 'kim')).status).toBe(status);
  });

  test.each([
    ['a CVE that is none', { kev: [{ ...kev, cve: 'CWE-79' }] }],
    ['a negative score', { epss: [{ cve: kev.cve, score: -1, percentile: null, scoredAt: null }] }],
    ['a day that is none', { kev: [{ ...kev, addedOn: 'yesterday' }] }],
    ['another channel', { channel: 'rumours' }],
  ])('%s is refused', async (_, change) => {
    expect((await api.post('/v1/risk', { ...document, ...change }, 'kim')).status).toBe(400);
    expect((await api.post('/v1/risk', document, 'riley')).status).toBe(403);
  });
});
