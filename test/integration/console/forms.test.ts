// What people write down on the console's pages, in Chromium: waivers, what an impact lacks, who decides in whose place.

import { afterAll, beforeAll, expect } from '@jest/globals';
import type { Page } from 'playwright-core';
import { testInChromium } from '../../support/chromium.js';
import { accessProblems, picture } from '../../support/console.js';
import { closeConsoleDesk, desk, hostile, openConsoleDesk, settled, withLooker } from '../../support/consoleDesk.js';
import { someImpact } from '../../support/impacts.js';

const test = testInChromium();

beforeAll(openConsoleDesk, 180_000);
afterAll(closeConsoleDesk);

/** As a field of the browser takes it, by the viewer's clock. */
function inDays(days: number): string {
  const time = new Date(Date.now() + days * 24 * 3600_000);
  return `${new Intl.DateTimeFormat('sv-SE', { timeZone: 'Europe/Zurich', dateStyle: 'short' }).format(time)}T12:00`;
}

async function closed(page: Page): Promise<void> {
  await page.getByRole('dialog').waitFor({ state: 'detached' });
}

test('a waiver is asked for, granted by somebody else, asked for longer, and revoked', async () => {
  await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
    await page.goto('/patches/KB102?tab=waivers');
    await settled(page);
    await page.getByRole('button', { name: 'Ask for a waiver…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await dialog.getByText('Machine: give its name').waitFor();
    await dialog.getByRole('textbox', { name: 'Machine' }).fill('web-prd-02');
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await dialog.getByText('Until: give a day and a time').waitFor();
    await dialog.getByLabel('Until').fill(inDays(20));
    await dialog.getByLabel('Reason').fill('no');
    await dialog.getByLabel('Compensating control').fill(`the spooler is switched off ${hostile}`);
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    // The API's own words; what was typed stays.
    await dialog.getByText(/at least/).waitFor();
    await dialog.getByLabel('Reason').fill('its driver breaks with this patch');
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'waiver-ask');
    await dialog.getByRole('button', { name: 'Ask', exact: true }).click();
    await closed(page);
    await page.getByText('its driver breaks with this patch').waitFor();
    expect(await page.getByRole('button', { name: 'Grant…' }).count()).toBe(0);
  });
  await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
    await page.goto('/patches/KB102?tab=waivers');
    await settled(page);
    await page.getByRole('button', { name: 'Grant…' }).click();
    await page.getByLabel('Justification').fill('the vendor mends it next month');
    await page.getByRole('button', { name: 'Grant', exact: true }).click();
    await closed(page);
    await page.getByRole('button', { name: 'Ask for longer…' }).click();
    await page.getByRole('dialog').getByLabel('Until').fill(inDays(25));
    await page.getByRole('dialog').getByLabel('Reason').fill('the vendor was late');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('the vendor was late').waitFor();
    await page.getByRole('button', { name: 'Revoke…' }).click();
    await page.getByRole('dialog').getByText('KB102 is due again for web-prd-02').waitFor();
    await page.getByLabel('Reason').fill('it was mended after all');
    await page.getByRole('button', { name: 'Revoke', exact: true }).click();
    await closed(page);
    await page.getByText('it was mended after all').waitFor();
    await picture(page, 'waiver-revoked');
  });
  const waivers = await desk.inventory.patchWaivers.waivers({ patchIds: ['KB102'], limit: 10 });
  expect(waivers.map(({ status, vmName, owner }) => ({ status, vmName, owner }))).toEqual(
    expect.arrayContaining([{ status: 'revoked', vmName: 'web-prd-02', owner: 'sam' }]),
  );
}, 120_000);

test('what an impact lacks is said beside it, under a name, and the request is asked again', async () => {
  await desk.inventory.impacts.save({ ...someImpact(), patchId: 'KB103' });
  await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
    await page.goto('/patches/KB103?tab=impact');
    await settled(page);
    await page.getByRole('button', { name: 'Edit the impact on web' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByRole('button', { name: 'Record' }).click();
    await dialog.getByText('Give minutes, a note, or both').waitFor();
    await dialog.getByLabel('Minutes that it is away').fill('45');
    await dialog.getByLabel('Note').fill(`drain it first ${hostile}`);
    await dialog.getByLabel('Reason').fill('measured by hand');
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'impact-edit');
    await dialog.getByRole('button', { name: 'Record' }).click();
    await closed(page);
    await page.getByText('sam said of the category').waitFor();
    expect(await page.evaluate(() => 'stolen' in globalThis)).toBe(false);
  });
  expect(await desk.inventory.impacts.edits({ patchId: 'KB103' })).toMatchObject([
    { by: 'sam', category: 'web', vmName: null, downtimeMinutes: 45, reason: 'measured by hand' },
  ]);
  expect((await desk.inventory.decisions.request('KB103', 'web'))?.status).toBe('superseded');
}, 120_000);

test('a word is delegated for a span, seen by whoever gives it, and taken back', async () => {
  await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
    await page.goto('/settings?tab=delegations');
    await settled(page);
    await page.getByText('Nobody decides in the place of another.').waitFor();
    await page.getByRole('button', { name: 'Delegate…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To').fill('nobody');
    await dialog.getByLabel('Until').fill(inDays(5));
    await dialog.getByLabel('Reason').fill('on leave in the mountains');
    await dialog.getByRole('button', { name: 'Delegate', exact: true }).click();
    await dialog.getByText('Nothing was delegated').waitFor();
    await dialog.getByLabel('To').fill('both');
    await dialog.getByLabel('For').selectOption('web');
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'delegate');
    await dialog.getByRole('button', { name: 'Delegate', exact: true }).click();
    await closed(page);
    await page.getByRole('cell', { name: 'on leave in the mountains' }).waitFor();
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'settings-delegations');
  });
  await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
    await page.goto('/settings?tab=delegations');
    await settled(page);
    await page.getByRole('cell', { name: 'on leave in the mountains' }).waitFor();
    expect(await page.getByRole('button', { name: /End the delegation/ }).count()).toBe(0);
    await page.getByRole('button', { name: 'Delegate…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('To').fill('both');
    await dialog.getByLabel('Until').fill(inDays(5));
    await dialog.getByLabel('Reason').fill('a word that is not mine');
    await dialog.getByRole('button', { name: 'Delegate', exact: true }).click();
    await dialog.getByText('Nothing was delegated').waitFor();
  });
  await withLooker({ url: desk.api.url, as: 'both' }, async ({ page }) => {
    await page.goto('/settings?tab=delegations');
    await settled(page);
    await page.getByRole('button', { name: 'End the delegation of riley to both' }).click();
    await page.getByLabel('Reason').fill('riley is back');
    await page.getByRole('button', { name: 'End delegation', exact: true }).click();
    await closed(page);
    await page.getByText('Revoked').waitFor();
  });
  const [held] = await desk.inventory.delegations.delegations({});
  expect(held).toMatchObject({ delegator: 'riley', delegate: 'both', category: 'web', revokedBy: 'both' });
}, 120_000);

test('everything is stopped and lifted by whoever may, each with a reason', async () => {
  await withLooker({ url: desk.api.url, as: 'kim' }, async ({ page }) => {
    await page.goto('/maintenance');
    await settled(page);
    const stop = page.getByRole('button', { name: 'Stop everything…' });
    await stop.click({ force: true });
    expect(await page.getByRole('dialog').count()).toBe(0);
    expect(await stop.getAttribute('aria-description')).toContain('may not');
  });
  await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
    await page.goto('/maintenance');
    await settled(page);
    await page.getByRole('button', { name: 'Stop everything…' }).click();
    await page.getByLabel('Reason').fill('the vendor mails of crashes');
    await page.getByRole('button', { name: 'Stop everything', exact: true }).click();
    await page.getByText('Type stop to go on').waitFor();
    expect(await desk.inventory.stops.standingStop()).toBeNull();
    await page.getByLabel('Type stop').fill('stop');
    await picture(page, 'stop-everything');
    await page.getByRole('button', { name: 'Stop everything', exact: true }).click();
    await closed(page);
    await page.getByText('Everything is stopped by sam').waitFor();
    expect(await desk.inventory.stops.standingStop()).toMatchObject({
      by: 'sam',
      reason: 'the vendor mails of crashes',
    });
    // On every page.
    await page.goto('/today');
    await settled(page);
    await page.getByText('Everything is stopped by sam').waitFor();
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'stopped');
    await page.getByRole('button', { name: 'Lift…' }).click();
    await page.getByLabel('Reason').fill('it was another patch');
    await page.getByRole('button', { name: 'Lift the stop' }).click();
    await page.getByText('Everything is stopped by sam').waitFor({ state: 'detached' });
    expect(await desk.inventory.stops.standingStop()).toBeNull();
  });
}, 120_000);

test('an incident is written down, noted, and closed with what mended it', async () => {
  await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
    await page.goto('/patches/KB101?tab=machines');
    await settled(page);
    await page.getByRole('button', { name: 'Write one down…' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Number').fill('2612010030001');
    await dialog.getByLabel('Title').fill(`print jobs hang ${hostile}`);
    await dialog.getByLabel('Machine').fill('web-prd-77');
    await dialog.getByRole('button', { name: 'Write it down' }).click();
    await dialog.getByText(/web-prd-77/).waitFor();
    await dialog.getByLabel('Machine').fill('web-prd-01');
    await dialog.getByRole('button', { name: 'Write it down' }).click();
    await closed(page);
    await page.getByRole('button', { name: 'Add a note…' }).click();
    await page.getByRole('textbox', { name: 'Note' }).fill('they reproduce it');
    await page.getByRole('button', { name: 'Add note' }).click();
    await page.getByText('they reproduce it').waitFor();
    await page.getByRole('button', { name: 'Close…' }).click();
    await page.getByLabel('Outcome').fill('the newer spooler does not hang');
    await page.getByLabel('What mended it').selectOption('newerPatch');
    expect(await accessProblems(page)).toEqual([]);
    await page.getByRole('button', { name: 'Close it' }).click();
    await closed(page);
    await page.getByText(/the newer spooler does not hang/).waitFor();
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'incident-closed');
    expect(await page.evaluate(() => 'stolen' in globalThis)).toBe(false);
  });
  expect(await desk.inventory.incidents.incidents({ patchId: 'KB101' })).toMatchObject([
    { number: '2612010030001', openedBy: 'sam', closedBy: 'sam', fix: 'newerPatch', vmId: 'vm-1' },
  ]);
}, 120_000);

test('what did not pass is tested again; what nobody can bring back says why', async () => {
  const at = new Date().toISOString();
  await desk.inventory.tests.saveTestResult({
    runKey: 'maintenance/staging/web/staging/next@page',
    patchId: 'KB101',
    category: 'web',
    testedSet: ['KB101'],
    verdict: 'failed',
    reasons: ['web-stg-01: the service W3SVC is down'],
    vmIds: ['vm-1'],
    downtimeMinutes: 4,
    reboots: 1,
    at,
  });
  await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
    await page.goto('/patches/KB101?tab=tests');
    await settled(page);
    await page.getByRole('button', { name: 'Test again…' }).click();
    await page.getByLabel('Reason').fill('the service was down for another reason');
    await picture(page, 'test-again');
    await page.getByRole('dialog').getByRole('button', { name: 'Test again' }).click();
    await closed(page);
    expect(desk.sent).toContainEqual({ workflowId: 'patch/KB101', name: 'patchLifecycle' });
  });
  await withLooker({ url: desk.api.url, as: 'kim' }, async ({ page }) => {
    await page.goto('/vms/web-prd-01?tab=restorations');
    await settled(page);
    await page.getByRole('button', { name: 'Bring it back…' }).click();
    await page.getByLabel('Reason').fill('it drifts');
    await page.getByRole('button', { name: 'Ask', exact: true }).click();
    await page.getByText('Nothing was asked').waitFor();
    expect(await page.getByLabel('Reason').inputValue()).toBe('it drifts');
    expect(await accessProblems(page)).toEqual([]);
    await picture(page, 'restoration-ask');
  });
}, 120_000);
