// The console in Chromium: pages opened as somebody, looked at, kept as pictures, and held against the accessibility rules.

import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { AxeBuilder } from '@axe-core/playwright';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { chromiumPath } from './chromiumPath.js';

/** Pictures of every page that was tested, for people to look at. */
const pictures = join(process.cwd(), 'test-output', 'console');

export async function openBrowser(): Promise<Browser> {
  if (chromiumPath === null) throw new Error('no Chromium');
  return chromium.launch({ executablePath: chromiumPath, args: ['--no-sandbox'] });
}

export interface Looker {
  page: Page;
  context: BrowserContext;
  /** What the browser complained of: scripts that failed, and whatever the content security policy refused. */
  complaints: string[];
}

export interface Looking {
  url: string;
  as: string;
  colorScheme?: 'light' | 'dark';
  viewport?: { width: number; height: number };
}

/** Somebody's browser. Requests carry a token of theirs. */
export async function look(browser: Browser, { url, as, colorScheme = 'light', viewport }: Looking): Promise<Looker> {
  const context = await browser.newContext({
    baseURL: url,
    colorScheme,
    viewport: viewport ?? { width: 1280, height: 900 },
    locale: 'en-GB',
    timezoneId: 'Europe/Zurich',
    extraHTTPHeaders: { authorization: `Bearer token-of-${as}` },
  });
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  return { page, context, complaints };
}

/** What breaks WCAG 2.2 AA on the page as it is, as sentences. `coloursAlone`: of a page whose structure was looked at already. */
export async function accessProblems(page: Page, coloursAlone = false): Promise<string[]> {
  const axe = new AxeBuilder({ page });
  const { violations } = await (coloursAlone
    ? axe.withRules(['color-contrast', 'link-in-text-block'])
    : axe.withTags(['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'])
  ).analyze();
  return violations.map(
    (one) => `${one.id}: ${one.help}: ${one.nodes.map((node) => node.html.slice(0, 200)).join(' | ')}`,
  );
}

export async function picture(page: Page, name: string): Promise<void> {
  await mkdir(pictures, { recursive: true });
  await page.screenshot({ path: join(pictures, `${name}.png`), fullPage: true });
}
