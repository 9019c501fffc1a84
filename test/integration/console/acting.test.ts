// What people do on the console's pages, in Chromium.

import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { testInChromium } from '../../support/chromium.js';
import { accessProblems, picture } from '../../support/console.js';
import {
  ask,
  closeConsoleDesk,
  desk,
  hostile,
  joining,
  openConsoleDesk,
  runPath,
  settled,
  withLooker,
} from '../../support/consoleDesk.js';
import { minutesFrom } from '../../support/facts.js';

const test = testInChromium();

beforeAll(openConsoleDesk, 180_000);
afterAll(closeConsoleDesk);

describe('deciding', () => {
  test('asks for words, signs exactly what is shown, and shows the receipt to the Back button', async () => {
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/decide/web?patch=KB101');
      await settled(page);
      await page.getByLabel('Checks').getByText(joining).waitFor();
      await page.getByRole('button', { name: /Approve for/ }).click();
      await page.getByText('A justification is missing').waitFor();
      await page.getByLabel('Justification').fill('tested in staging, the impact is acceptable');
      await page.getByRole('button', { name: /Approve for/ }).click();
      const dialog = page.getByRole('dialog');
      await dialog.getByText('You can withdraw until a ring starts').waitFor();
      await dialog.getByText(joining).waitFor();
      // A double click is one decision.
      await dialog.getByRole('button', { name: 'Sign and approve' }).dblclick();
      await page.getByRole('heading', { name: /Signed by riley/ }).waitFor();
      const given = await desk.inventory.decisions.decisions({ patchId: 'KB101', category: 'web' });
      expect(given.map(({ verdict, accepted, by }) => ({ verdict, accepted, by }))).toEqual([
        { verdict: 'approve', accepted: true, by: 'riley' },
      ]);
      await page.goto('/decide/web?patch=KB101');
      await settled(page);
      await page.getByText('tested in staging, the impact is acceptable').waitFor();
      await page.getByText(joining).first().waitFor();
    });
  }, 120_000);

  test('what was signed is taken back where it is read, with a reason and its name typed', async () => {
    await ask('KB104');
    const digest = desk.ports.digests.sha256('KB1041');
    const body = { category: 'web', verdict: 'approve', justification: 'tested in staging', digest };
    expect((await desk.api.post('/v1/patches/KB104/decisions', body, 'riley')).status).toBe(200);
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/patches/KB104?tab=decisions');
      await settled(page);
      await page.getByRole('button', { name: 'Withdraw…' }).click();
      await page.getByLabel('Reason').fill('the application team found a fault');
      await page.getByRole('button', { name: 'Withdraw decision' }).click();
      await page.getByText('Type KB104 to go on').waitFor();
      await page.getByLabel('Type KB104').fill('KB104');
      await page.getByRole('button', { name: 'Withdraw decision' }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByText('the application team found a fault').waitFor();
      await page.getByText('Withdrawn').first().waitFor();
      await picture(page, 'patch-withdrawn');
    });
  }, 120_000);

  test('an emergency is signed by somebody else for exactly what it names, ended and reviewed', async () => {
    const wanted = { patchId: 'KB103', category: 'web', reason: 'it is exploited here', windowOverride: true };
    expect((await desk.api.post('/v1/emergencies', wanted, 'sam')).status).toBe(200);
    await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
      await page.goto('/patches/KB103?tab=decisions');
      await settled(page);
      await page.getByText('it is exploited here').waitFor();
      // Whoever asked for it does not sign it.
      expect(await page.getByRole('button', { name: 'Sign for it…' }).count()).toBe(0);
    });
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/patches/KB103?tab=decisions');
      await settled(page);
      await page.getByRole('button', { name: 'Sign for it…' }).click();
      await page.getByLabel('Reason').fill('the window is five days away');
      await page.getByRole('button', { name: 'Sign', exact: true }).click();
      await page.getByText('Signed by riley').waitFor();
      expect(await accessProblems(page)).toEqual([]);
      await picture(page, 'patch-emergency');
      await page.getByRole('button', { name: 'End it…' }).click();
      await page.getByLabel('Reason').fill('it is done');
      await page.getByRole('button', { name: 'End emergency' }).click();
      await page.getByText(/Ended .* by riley: it is done/).waitFor();
    });
  }, 120_000);

  test('signs nothing when the evidence has changed, and keeps the words', async () => {
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/decide/web?patch=KB102');
      await settled(page);
      await page.getByLabel('Justification').fill('words that took an hour to write');
      await ask('KB102', 'Another content', '2');
      await page.getByText('Changed since you looked').waitFor();
      // What was read stays until it is asked for anew.
      await page.getByRole('button', { name: /Approve for/ }).click();
      await page.getByRole('button', { name: 'Sign and approve' }).click();
      await page.getByText('Nothing was done').waitFor();
      expect(await desk.inventory.decisions.decisions({ patchId: 'KB102', category: 'web' })).toEqual([]);
      await page.getByRole('button', { name: 'Go back' }).click();
      await page.reload();
      await settled(page);
      expect(await page.getByLabel('Justification').inputValue()).toBe('words that took an hour to write');
    });
  }, 120_000);

  test('tells who may not decide why, and decides nothing', async () => {
    await withLooker({ url: desk.api.url, as: 'kim' }, async ({ page }) => {
      await page.goto('/decide/web?patch=KB103');
      await settled(page);
      await page.getByLabel('Justification').fill('I would like to');
      const button = page.getByRole('button', { name: 'Reject…' });
      await button.focus();
      await page.getByRole('tooltip').getByText('kim has the roles scheduler; this needs one of').waitFor();
      await page.keyboard.press('Enter');
      expect(await page.getByRole('dialog').count()).toBe(0);
      expect(await desk.inventory.decisions.decisions({ patchId: 'KB103', category: 'web' })).toEqual([]);
    });
  }, 120_000);
});

describe('a live run', () => {
  test('changes in place as rows change, and is paused and resumed with a reason', async () => {
    await withLooker({ url: desk.api.url, as: 'sam' }, async ({ page }) => {
      await page.goto(runPath);
      await settled(page);
      // The viewer sits in Zurich.
      await page
        .getByText(/\(\w{3}, \d\d:\d\d GMT-7 there\)/)
        .first()
        .waitFor();
      await page.getByRole('heading', { name: '1 of 2 machines that came later join' }).waitFor();
      const cell = page.getByRole('button', { name: /^web-prd-02/ });
      expect(await cell.getAttribute('aria-label')).toBe('web-prd-02: Waiting');
      const before = await cell.boundingBox();
      await desk.inventory.runs.setManifestState('maintenance/production/web/canary/soon@page', 'vm-2', [
        { patchId: 'KB101', state: 'rolledBack', reason: 'service W3SVC is down' },
      ]);
      await desk.inventory.events.append({
        key: 'page-test',
        at: new Date().toISOString(),
        who: 'vm-session/vm-2',
        what: 'web-prd-02: rolledBack',
        why: 'service W3SVC is down',
        patchId: 'KB101',
        vmId: 'vm-2',
        runKey: 'maintenance/production/web/canary/soon@page',
      });
      await page.getByRole('button', { name: 'web-prd-02: Rolled back' }).waitFor();
      const after = await page.getByRole('button', { name: /^web-prd-02/ }).boundingBox();
      expect(after?.x).toBe(before?.x);
      await page.getByText('1 problem').waitFor();
      await picture(page, 'run-rolled-back');

      await page.getByRole('button', { name: 'Pause…' }).click();
      await page.getByRole('button', { name: 'Pause run' }).click();
      await page.getByText('Reason is missing').waitFor();
      await page.getByLabel('Reason').fill('the web team asked');
      await page.getByRole('button', { name: 'Pause run' }).click();
      await page.getByRole('button', { name: 'Resume…' }).waitFor();
      expect((await desk.inventory.runs.run('maintenance/production/web/canary/soon@page'))?.control).toBe('paused');
      await page.getByRole('button', { name: 'Resume…' }).click();
      await page.getByLabel('Reason').fill('they are done');
      await page.getByRole('button', { name: 'Resume run' }).click();
      await page.getByRole('button', { name: 'Pause…' }).waitFor();

      await page.getByRole('button', { name: 'Halt…' }).click();
      await page.getByLabel('Reason').fill('enough');
      await page.getByRole('button', { name: 'Halt ring' }).click();
      await page.getByText('Type canary to go on').waitFor();
      await page.getByRole('button', { name: 'Keep running' }).click();
    });
  }, 120_000);
});

describe('the policy', () => {
  test('a change is planned, then proposed with a reason; who wrote it cannot accept it', async () => {
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/policy');
      await settled(page);
      await page.getByRole('button', { name: 'Change it…' }).click();
      const text = page.getByRole('textbox', { name: /policy\.yaml/ });
      const before = await text.inputValue();
      await text.fill(before.replace('inFlightMax: 20', 'inFlightMax: many'));
      await page.getByRole('button', { name: 'See what it would change' }).click();
      await page.getByText(/It cannot be used: 1 problem/).waitFor();
      await text.fill(before.replace('inFlightMax: 20', 'inFlightMax: 40'));
      await page.getByRole('button', { name: 'See what it would change' }).click();
      await page.getByRole('cell', { name: 'limits.inFlightMax' }).waitFor();
      expect(await accessProblems(page)).toEqual([]);
      await picture(page, 'policy-change');
      // What was typed outlives the page.
      await page.reload();
      await settled(page);
      await page.getByRole('button', { name: 'Change it…' }).click();
      expect(await text.inputValue()).toContain('inFlightMax: 40');
      await page.getByRole('button', { name: 'See what it would change' }).click();
      await page.getByLabel('Reason').fill('the fleet has grown');
      await page.getByRole('button', { name: /Propose to a second person|Put into force/ }).click();
      await page.getByText(/Version \d+ (waits for a second person|is in force)/).waitFor();
    });
  }, 120_000);
});

describe('a twin', () => {
  test('waits on Today, and is decided beside the gap that it would close', async () => {
    const at = new Date().toISOString();
    await desk.inventory.twins.propose({
      twinId: 'twin-1',
      subject: {
        twinId: 'twin-1',
        category: 'web',
        source: { vmId: 'vm-1', name: 'web-prd-01', azureId: '/subscriptions/s/vms/web-prd-01' },
        restorePoint: null,
        name: 'web-twin-1',
        subscriptionId: 's',
        resourceGroup: 'rg-twins-staging',
        region: 'westeurope',
        subnet: '/subscriptions/s/subnets/closed',
        size: 'Standard_D2s_v5',
        tags: {},
        lifeDays: 30,
        standsFor: ['vm-1', 'vm-2'],
        expectedScore: 0.9,
        cautions: ['it has the secrets of web-prd-01'],
      },
      digest: 'e'.repeat(64),
      proposedBy: 'sam',
      reason: `nothing stands for it ${hostile}`,
      proposedAt: at,
      expiresAt: minutesFrom(at, 600),
    });
    await withLooker({ url: desk.api.url, as: 'riley' }, async ({ page }) => {
      await page.goto('/today');
      await page.locator('li', { hasText: 'Build web-twin-1' }).getByRole('link', { name: 'Decide' }).click();
      await page.waitForURL('**/categories');
      await settled(page);
      expect(await accessProblems(page)).toEqual([]);
      await picture(page, 'categories-twin');
      await page.getByRole('button', { name: 'Build it…' }).click();
      await page.getByRole('dialog').getByText('it has the secrets of web-prd-01').waitFor();
      await page.getByRole('button', { name: 'Go back' }).click();
      await page.getByRole('button', { name: 'Refuse…' }).click();
      await page.getByLabel('Justification').fill('a copy would hold customer data');
      await page.getByRole('button', { name: 'Refuse', exact: true }).click();
      await page.getByRole('dialog').waitFor({ state: 'detached' });
      await page.getByText('a copy would hold customer data').waitFor();
      expect((await desk.inventory.twins.twin('twin-1'))?.status).toBe('refused');
    });
  }, 120_000);
});
