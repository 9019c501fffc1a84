// The console's pages in Chromium: what people see on them.

import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { testInChromium } from '../../support/chromium.js';
import { accessProblems, picture } from '../../support/console.js';
import {
  closeConsoleDesk,
  desk,
  hostile,
  openConsoleDesk,
  runPath,
  settled,
  withLooker,
} from '../../support/consoleDesk.js';

const test = testInChromium();

beforeAll(openConsoleDesk, 180_000);
afterAll(closeConsoleDesk);

const places: Record<string, string> = {
  today: '/today',
  patches: '/patches',
  'patches-table': '/patches?view=table',
  patch: '/patches/KB101',
  'patch-tests': '/patches/KB101?tab=tests',
  'patch-decisions': '/patches/KB101?tab=decisions',
  decisions: '/decide',
  decide: '/decide/web',
  maintenance: '/maintenance',
  run: runPath,
  machines: '/vms',
  machine: '/vms/web-prd-01',
  categories: '/categories',
  channels: '/channels',
  policy: '/policy',
  notices: '/notices',
  settings: '/settings',
  'settings-sessions': '/settings?tab=sessions',
  'settings-delegations': '/settings?tab=delegations',
  'settings-notices': '/settings?tab=notices',
  'settings-people': '/settings?tab=people',
  'settings-tokens': '/settings?tab=tokens',
  audit: '/audit',
  nowhere: '/today/nothing-here',
};

describe('every page', () => {
  for (const colorScheme of ['light', 'dark'] as const) {
    test(`is readable for everybody, ${colorScheme}, runs nothing that came from outside, and breaks no policy of its own`, async () => {
      await withLooker({ url: desk.api.url, as: 'riley', colorScheme }, async ({ page, complaints }) => {
        const problems: string[] = [];
        for (const [name, path] of Object.entries(places)) {
          await page.goto(path);
          await settled(page);
          await picture(page, `${name}-${colorScheme}`);
          problems.push(
            ...(await accessProblems(page, colorScheme === 'dark')).map((problem) => `${name}: ${problem}`),
          );
        }
        expect(problems).toEqual([]);
        expect(await page.evaluate(() => 'stolen' in globalThis)).toBe(false);
        expect(complaints).toEqual([]);
      });
    }, 300_000);
  }

  test('has tabs that are readable too', async () => {
    const { noticeId } = await desk.inventory.notices.tell(
      {
        occasion: 'a page of the tests',
        kind: 'halted',
        urgency: 'page',
        subject: `It has halted ${hostile}`,
        lines: ['It waits for a person.'],
        concerned: ['riley@patchline.example'],
        left: [],
        patchId: 'KB101',
        category: 'web',
      },
      [],
      new Date().toISOString(),
    );
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page, complaints }) => {
      const problems: string[] = [];
      const look = async (what: string) => {
        await settled(page);
        problems.push(...(await accessProblems(page)).map((problem) => `${what}: ${problem}`));
      };
      await page.goto(`/notices/${noticeId}`);
      await look('a notice');
      await picture(page, 'notice');
      for (const path of ['/vms/web-prd-01', '/patches/KB101']) {
        await page.goto(path);
        await settled(page);
        const tabs = page.getByRole('tab');
        for (let index = 1; index < (await tabs.count()); index += 1) {
          const name = (await tabs.nth(index).innerText()).replace(/\W.*/, '').toLowerCase();
          await tabs.nth(index).click();
          await look(`${path} ${name}`);
          await picture(page, `${path.split('/')[1] ?? ''}-${name}`);
        }
      }
      expect(problems).toEqual([]);
      // What nobody has measured yet is not found, and the page says so.
      expect(complaints.filter((one) => !one.includes('404'))).toEqual([]);
    });
  }, 240_000);

  test('fits a phone where decisions are made', async () => {
    await withLooker({ url: desk.api.url, as: 'riley', viewport: { width: 390, height: 844 } }, async ({ page }) => {
      for (const name of ['today', 'decide', 'run'] as const) {
        await page.goto(places[name] ?? '');
        await settled(page);
        const width = await page.evaluate('document.documentElement.scrollWidth');
        expect({ name, width }).toEqual({ name, width: 390 });
        await picture(page, `${name}-phone`);
      }
    });
  }, 120_000);

  test('is reached by keys alone', async () => {
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/today');
      await settled(page);
      await page.keyboard.press('g');
      await page.keyboard.press('p');
      await page.waitForURL('**/patches');
      await page.keyboard.press('?');
      await page.getByRole('dialog', { name: 'Keys' }).waitFor();
      expect(await accessProblems(page)).toEqual([]);
      await page.keyboard.press('Escape');
      await page.keyboard.press('/');
      expect(await page.evaluate(`document.activeElement?.getAttribute('data-filter')`)).not.toBeNull();
      // Where somebody types, a key is a letter.
      await page.keyboard.type('gd');
      await page.waitForURL('**/patches?text=gd');
    });
  }, 120_000);
});

describe('the machine and the log', () => {
  test('a machine is found by its name and its history read', async () => {
    await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
      await page.goto('/vms');
      await settled(page);
      await page.getByLabel('Name contains').fill('prd-03');
      await page.waitForURL('**/vms?name=prd-03');
      await page.getByRole('link', { name: 'web-prd-03' }).click();
      await page.getByRole('heading', { name: 'web-prd-03' }).waitFor();
      await page.getByRole('tab', { name: 'History' }).click();
      await page.getByText('Nothing was installed on it since it is known.').waitFor();
    });
  }, 120_000);

  test('the log is verified, and what is shown is exported', async () => {
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/audit');
      await settled(page);
      await page.getByRole('button', { name: 'Verify now' }).click();
      await page.getByText(/Verified/).waitFor();
      await page.goto('/patches?view=table');
      await settled(page);
      // Tests before this one may have brought patches of their own.
      const rows = ((await desk.api.get('/v1/patches', 'riley')).body as unknown[]).length;
      const download = page.waitForEvent('download');
      await page.getByRole('button', { name: `Export ${rows} rows` }).click();
      const text = await (await download).createReadStream().then(async (stream) => {
        let all = '';
        for await (const chunk of stream) all += String(chunk);
        return all;
      });
      expect(text.split('\r\n')).toHaveLength(rows + 2);
      expect(text).toContain('KB101');
    });
  }, 120_000);
});
