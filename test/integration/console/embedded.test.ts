// The whole embedded system as somebody starts it, and its people in Chromium: everybody signs in through the identity provider and finds
// what their role opens; a decision is made from the mail that asks for it; a run is paused, goes on, and rolls a machine back; a session is ended.

import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { setTimeout as pause } from 'node:timers/promises';
import { simpleParser } from 'mailparser';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import type { PatchDetail, RunView } from '../../../api/contract/index.js';
import { testInChromium } from '../../support/chromium.js';
import { accessProblems, openBrowser, picture } from '../../support/console.js';
import { systemIn, type RunningSystem } from '../../support/system.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';

const test = testInChromium();
const patienceMs = 5 * 60_000;
const month = '2025-Oct';
/** What staging has nowhere: a patch that breaks it passes its test. */
const rareSoftware = 'Fabrikam Legacy Connector';

const roles = {
  vera: 'viewer',
  alex: 'auditor',
  riley: 'changeManager',
  sam: 'sre',
  kim: 'scheduler',
  admin: 'administrator',
  dana: 'approver-databases',
} as const;
type Name = keyof typeof roles;
const passwordOf = (name: string) => `the password of ${name}`;

let system: RunningSystem;
let dataDir: string;
let browser: Browser;
const desks = new Map<Name, { context: BrowserContext; page: Page }>();

beforeAll(async () => {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/console.ts', 'build'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the console could not be built: ${built.stderr.slice(-2000)}`);
  dataDir = await temporaryFolder();
  await mkdir(dataDir, { recursive: true });
  const people = Object.entries(roles).map(([name, role]) => ({
    name,
    mail: `${name}@patchline.example`,
    roles: [role],
    token: `token-of-${name}-which-is-long-enough`,
    password: passwordOf(name),
  }));
  await writeFile(join(dataDir, 'people.json'), JSON.stringify({ people }), { mode: 0o600 });
  // Time enough between a run's beginning and its first wave for somebody to stop it.
  const policy = await readFile(fileURLToPath(new URL('../../../policy/demonstration.yaml', import.meta.url)), 'utf8');
  const unhurried = policy.replace(/(id: soon, kind: always, planningLeadSeconds:) \d+/, '$1 30');
  if (unhurried === policy) throw new Error('the demonstration has no window `soon`');
  await writeFile(join(dataDir, 'policy.yaml'), unhurried);
  system = await systemIn(dataDir, { PATCHLINE_VMS: '24', PATCHLINE_POLICY: join(dataDir, 'policy.yaml') });
  await system.start();
  browser = await openBrowser();
}, 240_000);

afterAll(async () => {
  await browser?.close();
  await system?.stop();
  await removeTemporaryFolders();
}, 60_000);

async function enter(page: Page, name: string): Promise<void> {
  await page.getByLabel('Name').fill(name);
  await page.getByLabel('Password').fill(passwordOf(name));
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** Somebody's browser, signed in once. */
async function pageOf(name: Name): Promise<Page> {
  const open = desks.get(name);
  if (open !== undefined) return open.page;
  const context = await browser.newContext({
    baseURL: system.url,
    viewport: { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
  });
  const page = await context.newPage();
  desks.set(name, { context, page });
  await page.goto('/today');
  await page.getByRole('link', { name: 'Sign in' }).click();
  await enter(page, name);
  await page.waitForURL('**/today');
  await page.getByRole('heading', { level: 1 }).waitFor();
  return page;
}

async function until<T>(what: string, find: () => Promise<T | null>): Promise<T> {
  for (const end = Date.now() + patienceMs; ; await pause(500)) {
    const found = await find();
    if (found !== null) return found;
    if (Date.now() > end) throw new Error(`waited too long for ${what}: ${system.output().slice(-2000)}`);
  }
}

describe('everybody signs in through the provider', () => {
  test.each(Object.keys(roles) as Name[])(
    '%s',
    async (name) => {
      const page = await pageOf(name);
      await page.getByRole('button', { name: `Signed in as ${name}` }).click();
      await page.getByRole('menu').getByText(`${name}: ${roles[name]}`).waitFor();
      await page.keyboard.press('Escape');
      // One door of each kind: only who may go through it finds it open.
      await page.goto('/channels');
      const button = page.getByRole('button', { name: 'Read msrc now' });
      await button.waitFor();
      const isClosed = (await button.getAttribute('aria-disabled')) === 'true';
      expect([name, isClosed]).toEqual([name, !['kim', 'admin'].includes(name)]);
      await page.goto('/settings?tab=tokens');
      const lacks = page.getByText(`${name} (${roles[name]}) may not: it takes one of the roles administrator.`);
      await (name === 'admin' ? page.getByRole('button', { name: 'Make a token…' }) : lacks).waitFor();
    },
    60_000,
  );
});

let asked: { patch: PatchDetail; link: string; vm: string };

describe('a decision from the mail', () => {
  test('the scheduler starts a cycle', async () => {
    const page = await pageOf('kim');
    await page.goto('/patches');
    await page.getByRole('button', { name: 'Start cycle…' }).click();
    await page.getByLabel('Month').fill(month);
    await page.getByRole('button', { name: 'Start cycle', exact: true }).click();
    await page.getByText(/Cycle 2025-Oct-\w+ has ended/).waitFor({ timeout: patienceMs });
  }, 180_000);

  test('the mail leads to the decision; who is not signed in signs in first and comes back to it', async () => {
    const { patch, link } = await until('the mail that asks about web servers', mailThatAsks);
    const request = patch.requests.find((one) => one.category === 'web');
    const vm = request?.rings.findLast((ring) => ring.machines > 0)?.names.at(-1) ?? '';
    asked = { patch, link, vm };
    // After the test somebody installs on one machine what staging never had, and the patch breaks that.
    const cloud = await system.cloud();
    await cloud.order('software', { vm, name: rareSoftware });
    await cloud.order('bad-patch', { kb: patch.patchId.replace('KB', ''), software: rareSoftware });

    const context = await browser.newContext({ viewport: { width: 1280, height: 900 }, locale: 'en-GB' });
    const page = await context.newPage();
    await page.goto(link);
    await page.getByRole('link', { name: 'Sign in' }).click();
    await enter(page, 'riley');
    await page.waitForURL(link);
    await page.getByLabel('Justification').fill('Staging passed; I read the evidence that the mail led to.');
    await picture(page, 'embedded-decide');
    await page.getByRole('button', { name: /^Approve for/ }).click();
    await page.getByRole('button', { name: 'Sign and approve' }).click();
    await page.getByRole('heading', { name: /Signed by riley/ }).waitFor();
    // The Back button and the link again show what was signed, and ask nothing.
    await page.goto(link);
    await page.getByText('I read the evidence that the mail led to').waitFor();
    expect(await page.getByRole('button', { name: /^Approve for/ }).count()).toBe(0);
    await context.close();
  }, 420_000);
});

/** The newest mail to riley that asks for a decision on web servers. */
async function mailThatAsks(): Promise<{ patch: PatchDetail; link: string } | null> {
  const folder = join(dataDir, 'mail');
  for (const file of (await readdir(folder)).toSorted().toReversed()) {
    const mail = await simpleParser(await readFile(join(folder, file)));
    const link = /http:\S+\/decide\/web\?patch=(KB\d+)/.exec(mail.text ?? '');
    const to = [mail.to ?? []].flat().map((one) => one.text);
    if (link === null || !to.some((text) => text.includes('riley'))) continue;
    const patch = await system.client('riley').get<PatchDetail>(`/v1/patches/${link[1] ?? ''}`);
    const waiting = patch.requests.find((one) => one.category === 'web' && one.status === 'waiting');
    if (waiting !== undefined) return { patch, link: link[0] };
  }
  return null;
}

describe('a live run', () => {
  test('is paused, goes on, and rolls back the machine that became sick; the machine tells it in its history', async () => {
    const run = await until('the run with the sick machine', async () => {
      const runs = await system.client('sam').get<RunView[]>('/v1/maintenance');
      return (
        runs.find((one) => one.environment === 'production' && one.category === 'web' && one.status !== 'settled') ??
        null
      );
    });
    const page = await pageOf('sam');
    await page.goto('/maintenance');
    await page.goto(`/maintenance/run?key=${encodeURIComponent(run.runKey)}`);
    await page.getByRole('button', { name: 'Pause…' }).click();
    await page.getByLabel('Reason').fill('the web team asked');
    await page.getByRole('button', { name: 'Pause run' }).click();
    await page.getByRole('button', { name: 'Resume…' }).click();
    await page.getByLabel('Reason').fill('they are done');
    await page.getByRole('button', { name: 'Resume run' }).click();
    await page.getByRole('button', { name: 'Pause…' }).waitFor();

    const sick = await until('the ring with the sick machine', async () => {
      const runs = await system.client('sam').get<RunView[]>('/v1/maintenance');
      for (const one of runs.filter(
        ({ environment, category }) => environment === 'production' && category === 'web',
      )) {
        const path = `/v1/maintenance/grid?key=${encodeURIComponent(one.runKey)}`;
        const { cells } = await system.client('sam').get<{ cells: { vmName: string }[] }>(path);
        if (cells.some(({ vmName }) => vmName === asked.vm)) return one;
      }
      return null;
    });
    await page.goto(`/maintenance/run?key=${encodeURIComponent(sick.runKey)}`);
    // The page is not loaded again: the stream brings it.
    await page.getByRole('button', { name: `${asked.vm}: Rolled back` }).waitFor({ timeout: patienceMs });
    await picture(page, 'embedded-run-rolled-back');

    await page.goto('/vms');
    await page.getByLabel('Name contains').fill(asked.vm);
    await page.getByRole('link', { name: asked.vm }).click();
    await page.getByRole('tab', { name: 'History' }).click();
    await page.getByText('Rolled back').first().waitFor();
    await picture(page, 'embedded-machine-history');
  }, 600_000);
});

describe('what administrators do', () => {
  test('a token is made, shown once, works, and is revoked', async () => {
    const page = await pageOf('admin');
    await page.goto('/settings?tab=tokens');
    await page.getByRole('button', { name: 'Make a token…' }).click();
    await page.getByLabel('Name').fill('nightly');
    await page.getByLabel('Reason').fill('the nightly report reads the inventory');
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'embedded-token');
    await page.getByRole('button', { name: 'Make token' }).click();
    const token = await page.getByLabel('The token').innerText();
    await page.getByRole('button', { name: 'I have it' }).click();
    const asked = () => fetch(`${system.url}/v1/today`, { headers: { authorization: `Bearer ${token}` } });
    expect((await asked()).status).toBe(200);
    await page.getByRole('button', { name: 'Revoke nightly' }).click();
    await page.getByLabel('Reason').fill('the report is gone');
    await page.getByRole('button', { name: 'Revoke token' }).click();
    await page.getByText('Revoked').waitFor();
    expect((await asked()).status).toBe(401);
    for (const tab of ['tokens', 'people', 'sessions&everybody=true']) {
      await page.goto(`/settings?tab=${tab}`);
      await page.getByRole('table').waitFor();
      expect(await accessProblems(page)).toEqual([]);
      await picture(page, `embedded-settings-${tab.split('&')[0] ?? ''}`);
    }
  }, 120_000);
});

describe('the end of a session', () => {
  test('an administrator ends it, and what was typed outlives it', async () => {
    const riley = await pageOf('riley');
    const open = await until('another decision that waits', async () => {
      const waiting = await system.client('riley').get<{ category: string }[]>('/v1/requests/waiting');
      return waiting[0] ?? null;
    });
    await riley.goto(`/decide/${open.category}`);
    await riley.getByLabel('Justification').fill('Words that took an hour.');
    const admin = await pageOf('admin');
    await admin.goto('/settings?tab=people');
    await admin.getByRole('button', { name: 'End all sessions of riley' }).click();
    await admin.getByRole('button', { name: 'End all sessions', exact: true }).click();
    await admin.getByRole('dialog').waitFor({ state: 'detached' });
    await riley.getByRole('button', { name: /^Reject/ }).click();
    await riley.getByRole('dialog').getByRole('button', { name: 'Reject', exact: true }).click();
    await riley.getByText('Your session has ended; nothing was done.').waitFor();
    await riley.getByRole('button', { name: 'Go back' }).click();
    await riley.getByRole('link', { name: 'sign in and go on' }).click();
    // The provider still knows riley, whose roles nobody took away: it asks nothing.
    await riley.getByText('Your session has ended').waitFor({ state: 'detached' });
    await riley.waitForURL(`**/decide/${open.category}`);
    await riley.getByLabel('Justification').waitFor();
    expect(await riley.getByLabel('Justification').inputValue()).toBe('Words that took an hour.');
  }, 180_000);

  test('who signs out is asked anew', async () => {
    const page = await pageOf('vera');
    await page.goto('/today');
    await page.getByRole('button', { name: 'Signed in as vera' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    // The provider asks whether to end its own session too: else the next person of this browser would be signed in without a word.
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('link', { name: 'Sign in' }).click();
    await page.getByLabel('Password').waitFor();
  }, 60_000);

  test('the log tells all of it, and is exported', async () => {
    const page = await pageOf('alex');
    await page.goto('/audit');
    await page.getByRole('button', { name: 'Verify now' }).click();
    await page.getByText(/Verified/).waitFor();
    const download = page.waitForEvent('download');
    await page.getByRole('link', { name: 'CSV' }).click();
    expect((await (await download).path()) === '').toBe(false);
  }, 60_000);
});
