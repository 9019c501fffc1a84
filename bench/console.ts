// The console in Chromium over a real PostgreSQL: the first view of Today with 10,000 machines on a cold cache, what its scripts weigh, and a run of
// 2,000 machines as a grid while 20 machines a second change. The reference of the first view is the same shell on a page that reads nothing.

import { gzipSync } from 'node:zlib';
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Browser } from 'playwright-core';
import { look, openBrowser } from '../test/support/console.js';
import { openDesk, type Desk } from '../test/support/desk.js';
import { createPool } from '../adapters/postgres/openInventory.js';
import { minutesFrom, somePatch, someRequest, someVm } from '../test/support/facts.js';
import { postgresPrograms, startPostgres } from '../test/support/postgres.js';
import { removeTemporaryFolders } from '../test/support/temporary.js';
import type { Measured } from './main.js';
import { median } from './median.js';

const machines = 10_000;
const runMachines = 2_000;
const repeats = 5;
const eventsPerSecond = 20;
const watchedSeconds = 20;
const runKey = 'maintenance/production/web/broad/bench@1';

export async function console(): Promise<Measured> {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/console.ts', 'build'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the console could not be built: ${built.stderr}`);
  if (postgresPrograms === undefined) throw new Error("needs a real PostgreSQL: Debian's package postgresql");
  const server = await startPostgres(postgresPrograms);
  const pool = createPool(server);
  const desk = await openDesk({ pool, another: () => pool, close: () => pool.end() });
  const browser = await openBrowser();
  try {
    await fill(desk);
    const weight = firstLoadKilobytes();
    const shells = await repeated(() => firstView(browser, desk.api.url, '/today/nothing-here'));
    const views = await repeated(() => firstView(browser, desk.api.url, '/today'));
    const { worstFrame, changed } = await watchedRun(browser, desk);
    const ratio = views / shells;
    return {
      rows: [
        ['JavaScript of the first load, kB gzip', weight.toFixed(0), '≤ 250'],
        ['first view of Today, ms', views.toFixed(0), '< 1500'],
        ['the shell alone, ms', shells.toFixed(0), ''],
        ['times the shell', ratio.toFixed(2), ''],
        [`worst frame of ${runMachines} machines at ${eventsPerSecond} events/s, ms`, worstFrame.toFixed(0), '≤ 100'],
        ['machines that changed before the eyes', String(changed), ''],
      ],
      json: { machines, weight, todayMs: views, shellMs: shells, ratio, worstFrame, changed },
    };
  } finally {
    await browser.close();
    await desk.close();
    await pool.end();
    await server.close();
    await removeTemporaryFolders();
  }
}

async function repeated(measure: () => Promise<number>): Promise<number> {
  // The first is thrown away: it warms what no user waits for twice, the server's own code.
  await measure();
  const found: number[] = [];
  for (let count = 0; count < repeats; count += 1) found.push(await measure());
  return median(found);
}

/** Scripts that the document itself asks for. */
function firstLoadKilobytes(): number {
  const folder = join(process.cwd(), 'web', 'dist');
  const document = readFileSync(join(folder, 'index.html'), 'utf8');
  const scripts = [...document.matchAll(/(?:src|href)="\/([^"]+\.js)"/g)].map(([, path = '']) => path);
  return scripts.reduce((sum, path) => sum + gzipSync(readFileSync(join(folder, path))).length, 0) / 1000;
}

/** From nothing in the cache until the page has its heading and nothing of it loads any more, in ms. */
async function firstView(browser: Browser, url: string, path: string): Promise<number> {
  const { page, context } = await look(browser, { url, as: 'riley' });
  const began = performance.now();
  await page.goto(path, { waitUntil: 'commit' });
  await page.locator('main h1').first().waitFor();
  await page.locator('[aria-busy="true"]').first().waitFor({ state: 'detached' });
  const took = performance.now() - began;
  await context.close();
  return took;
}

async function watchedRun(browser: Browser, desk: Desk): Promise<{ worstFrame: number; changed: number }> {
  const { page, context } = await look(browser, { url: desk.api.url, as: 'riley' });
  await page.goto(`/maintenance/run?key=${encodeURIComponent(runKey)}`);
  await page.getByRole('button', { name: 'vm-00000: Waiting' }).waitFor();
  await pause(2000);
  await page.evaluate(`
    globalThis.worstFrame = 0;
    let last = performance.now();
    const frame = (now) => { globalThis.worstFrame = Math.max(globalThis.worstFrame, now - last); last = now; requestAnimationFrame(frame); };
    requestAnimationFrame(frame);
  `);
  for (let number = 0; number < watchedSeconds * eventsPerSecond; number += 1) {
    const [began, vmId] = [performance.now(), `vm-${number}`];
    await desk.inventory.runs.setManifestState(runKey, vmId, [{ patchId: 'KB1', state: 'installed', reason: null }]);
    await desk.inventory.events.append({
      key: `bench-${number}`,
      at: new Date().toISOString(),
      who: `vm-session/${vmId}`,
      what: `${nameOf(number)}: installed`,
      why: 'verified',
      patchId: 'KB1',
      vmId,
      runKey,
    });
    await pause(Math.max(0, 1000 / eventsPerSecond - (performance.now() - began)));
  }
  await pause(3000);
  const worstFrame = Number(await page.evaluate('globalThis.worstFrame'));
  const changed = await page.getByRole('button', { name: /^vm-\d+: Installed/ }).count();
  await context.close();
  if (changed !== watchedSeconds * eventsPerSecond) throw new Error(`the page shows ${changed} installed machines`);
  return { worstFrame, changed };
}

const nameOf = (index: number) => `vm-${String(index).padStart(5, '0')}`;

/** A fleet, 50 patches of which most are needed, requests that wait, and one run. */
async function fill(desk: Desk): Promise<void> {
  const at = new Date().toISOString();
  const { fleet, patches, decisions, runs } = desk.inventory;
  const categories = ['web', 'app', 'sql', 'file', 'infra'];
  const listed = Array.from({ length: machines }, (_, index) => {
    const name = nameOf(index);
    const {
      guest: _guest,
      assessment: _assessment,
      firstSeenAt: _first,
      joinedAt: _joined,
      goneAt: _gone,
      ...vm
    } = someVm({ vmId: `vm-${index}`, name, azureId: `/subscriptions/s/vms/${name}` });
    return { ...vm, category: categories[index % categories.length] ?? 'web' };
  });
  await fleet.saveListed(listed, ['s'], at);
  const patchIds = Array.from({ length: 50 }, (_, index) => `KB${index + 1}`);
  await patches.savePatches(
    patchIds.map((patchId) => somePatch({ patchId, kb: patchId.slice(2) })),
    at,
  );
  for (const patchId of patchIds) {
    const { subject } = someRequest();
    const waits = { requestedAt: at, expiresAt: minutesFrom(at, 600) };
    for (const category of categories) {
      const requestId = `${patchId}/${category}/1`;
      const digest = desk.ports.digests.sha256(requestId);
      await decisions.openRequest(
        someRequest({ requestId, patchId, category, digest, subject: { ...subject, patchId, category }, ...waits }),
      );
    }
  }
  const [, environment, category = '', ring = '', occurrence = ''] = runKey.split('/');
  if (environment !== 'production') throw new Error(`${runKey} is no run of production`);
  await runs.enrol(
    {
      environment,
      category,
      ring,
      occurrence,
      planAt: minutesFrom(at, -2),
      opensAt: minutesFrom(at, -1),
      closesAt: minutesFrom(at, 600),
    },
    {
      patchId: 'KB1',
      category,
      digest: 'd',
      decisionId: 'bench',
      vmIds: Array.from({ length: runMachines }, (_, index) => `vm-${index}`),
      notifyWorkflowId: 'rollout/KB1/web',
    },
    minutesFrom(at, -10),
  );
  await runs.plan(runKey, () => ({
    waves: 4,
    rows: Array.from({ length: runMachines }, (_, position) => ({
      vmId: `vm-${position}`,
      vmName: nameOf(position),
      patchId: 'KB1',
      kb: '1',
      packages: [],
      wave: 1 + Math.floor(position / 500),
      position,
    })),
    left: [],
  }));
}
