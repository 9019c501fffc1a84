// The console's pages in Chromium over the API and a real database. Rollouts are stand-ins that take decisions by the real activity.

import { spawnSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { look, openBrowser, type Looker } from './console.js';
import { openEmbeddedDatabase, type TestDatabase } from './databases.js';
import { openDesk, type Desk } from './desk.js';
import { minutesFrom, somePatch, someRequest, someVm } from './facts.js';
import { removeTemporaryFolders } from './temporary.js';

export let desk: Desk;
let database: TestDatabase;
let browser: Browser;

/** Before all tests of a file: the console as people get it, three machines, three patches that wait, and a run under way. */
export async function openConsoleDesk(): Promise<void> {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/console.ts', 'build'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the console could not be built: ${built.stderr.slice(-2000)}`);
  database = await openEmbeddedDatabase();
  desk = await openDesk(database, farAway);
  await fill();
  browser = await openBrowser();
}

export async function closeConsoleDesk(): Promise<void> {
  await browser?.close();
  await desk?.close();
  await database?.close();
  await removeTemporaryFolders();
}

/** Web servers stand where it is another time. */
function farAway(policy: string): string {
  const window =
    "{ id: far, kind: weekly, zone: America/Phoenix, weekdays: [3], start: '14:00', durationMinutes: 240, planningLeadSeconds: 3600 }";
  return policy
    .replace('\nwindows:\n', `\nwindows:\n  - ${window}\n`)
    .replace(/(tags: \{ category: web \} \}\n\s+windows: \{ staging: next, production: )soon/, '$1far');
}

const came = { patchId: 'KB101', category: 'web', digest: 'd' };

/** Words that a page must never run. */
export const hostile = '<img src=x onerror="globalThis.stolen=1"><script>globalThis.stolen=1</script>';

async function fill(): Promise<void> {
  const at = new Date().toISOString();
  const machines = ['web-prd-01', 'web-prd-02', 'web-prd-03'].map((name, index) =>
    someVm({ vmId: `vm-${index + 1}`, name, azureId: `/subscriptions/s/vms/${name}` }),
  );
  const listed = machines.map(
    ({ guest: _guest, assessment: _assessment, firstSeenAt: _first, joinedAt: _joined, goneAt: _gone, ...vm }) => ({
      ...vm,
      tags: { note: hostile },
    }),
  );
  await desk.inventory.fleet.saveListed(listed, ['s'], at);
  for (const patchId of ['KB101', 'KB102', 'KB103']) await ask(patchId);
  const times = { planAt: minutesFrom(at, -2), opensAt: minutesFrom(at, -1), closesAt: minutesFrom(at, 60) };
  const identity = { environment: 'production' as const, category: 'web', ring: 'canary', occurrence: 'soon@page' };
  const { run } = await desk.inventory.runs.enrol(
    { ...identity, ...times },
    {
      patchId: 'KB101',
      category: 'web',
      digest: 'd',
      decisionId: 'one',
      vmIds: ['vm-1', 'vm-2', 'vm-3'],
      notifyWorkflowId: 'rollout/KB101/web',
    },
    minutesFrom(at, -10),
  );
  await desk.inventory.runs.plan(run.runKey, () => ({
    waves: 2,
    rows: machines.map(({ vmId, name }, position) => ({
      vmId,
      vmName: name,
      patchId: 'KB101',
      kb: '101',
      packages: [],
      wave: position < 2 ? 1 : 2,
      position,
    })),
    left: [],
    arrivals: [
      { ...came, vmId: 'vm-3', vmName: 'web-prd-03', joins: true, reasons: ['rule fresh was signed'], at },
      {
        ...came,
        vmId: 'vm-9',
        vmName: 'web-prd-09',
        joins: false,
        reasons: [`nobody knows what it misses ${hostile}`],
        at,
      },
    ],
  }));
  await desk.inventory.runs.setManifestState(run.runKey, 'vm-1', [
    { patchId: 'KB101', state: 'installed', reason: null },
  ]);
}

/** As the rule is signed. */
export const joining = 'Machines that join web later may join: 3 machines at most (rule fresh)';

export async function ask(patchId: string, title = `A patch ${hostile}`, occasion = '1'): Promise<void> {
  const at = new Date().toISOString();
  const { subject } = someRequest();
  await desk.inventory.patches.savePatches([somePatch({ patchId, kb: patchId.slice(2), title })], at);
  await desk.inventory.decisions.openRequest(
    someRequest({
      requestId: `${patchId}/web/${occasion}`,
      patchId,
      subject: { ...subject, patchId, arrivals: { ruleId: 'fresh', ring: 'canary', machinesMax: 3, words: joining } },
      digest: desk.ports.digests.sha256(`${patchId}${occasion}`),
      requestedAt: at,
      expiresAt: minutesFrom(at, 600),
    }),
  );
}

export const runPath = `/maintenance/run?key=${encodeURIComponent('maintenance/production/web/canary/soon@page')}`;

const settleMs = 20_000;

export async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  // Several parts load by themselves, and one may bring another.
  const end = Date.now() + settleMs;
  for (let quiet = 0; quiet < 3; ) {
    quiet = (await page.locator('[aria-busy="true"]').count()) === 0 ? quiet + 1 : 0;
    if (Date.now() > end) throw new Error(`${page.url()} still loads: ${await page.locator('main').innerText()}`);
    await page.waitForTimeout(100);
  }
}

export async function withLooker(
  looking: Parameters<typeof look>[1],
  act: (looker: Looker) => Promise<void>,
): Promise<void> {
  const looker = await look(browser, looking);
  try {
    await act(looker);
  } finally {
    await looker.context.close();
  }
}
