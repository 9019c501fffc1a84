// The page at `/` in a real browser: it shows what is going on, escapes what came from outside, and changes nothing.

import { afterAll, beforeAll, expect } from '@jest/globals';
import { chromium, type Browser } from 'playwright-core';
import { openApi, type TestApi } from '../support/api.js';
import { chromiumPath, testInChromium } from '../support/chromium.js';
import { openLine, type Line } from '../support/line.js';
import { knowFleet } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

let line: Line;
let api: TestApi;
let browser: Browser | null = null;

beforeAll(async () => {
  line = await openLine({ vms: 12, worker: false });
  api = await openApi(line);
  await knowFleet(line);
  const nasty = {
    key: 'nasty',
    at: new Date().toISOString(),
    who: '<img src=x onerror=alert(1)>',
    what: 'a machine called <b>bold</b>',
    why: '&amp;',
    patchId: null,
    vmId: null,
    runKey: null,
  };
  await line.store.inventory.events.append(nasty);
  if (chromiumPath !== null) browser = await chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
}, 120_000);

afterAll(async () => {
  await browser?.close();
  await api.close();
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

testInChromium()(
  'shows patches, runs and events, and nothing that came from outside becomes markup',
  async () => {
    const page = await (browser as Browser).newPage({ viewport: { width: 1200, height: 800 } });
    const problems: string[] = [];
    page.on('console', (message) => void (message.type() === 'error' && problems.push(message.text())));
    page.on('dialog', (dialog) => void problems.push(dialog.message()));
    await page.goto(`${api.url}/`);
    expect(await page.title()).toBe('Patchline');
    expect(await page.getByRole('heading', { name: 'Patches' }).count()).toBe(1);
    expect(await page.getByRole('cell', { name: 'KB5070884', exact: true }).count()).toBe(1);
    expect(await page.getByText('a machine called <b>bold</b>').count()).toBe(1);
    expect(await page.locator('img, b, form, button, script').count()).toBe(0);
    const folder = process.env['PATCHLINE_SCREENSHOTS'];
    if (folder !== undefined) await page.screenshot({ path: `${folder}/page.png`, fullPage: true });
    expect(problems).toEqual([]);
  },
  60_000,
);
