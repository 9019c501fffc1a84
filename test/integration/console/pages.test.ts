// The console's pages in Chromium over the API and a real database: what people see and do on them. Rollouts are stand-ins that take
// decisions by the real activity.

import { afterAll, beforeAll, describe, expect } from '@jest/globals';
import { spawnSync } from 'node:child_process';
import type { Browser, Page } from 'playwright-core';
import { testInChromium } from '../../support/chromium.js';
import { accessProblems, look, openBrowser, picture, type Looker } from '../../support/console.js';
import { openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { minutesFrom, somePatch, someRequest, someVm } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

const test = testInChromium();
let database: TestDatabase;
let desk: Desk;
let browser: Browser;

beforeAll(async () => {
  const built = spawnSync(process.execPath, ['--import', 'tsx', 'scripts/console.ts', 'build'], { encoding: 'utf8' });
  if (built.status !== 0) throw new Error(`the console could not be built: ${built.stderr.slice(-2000)}`);
  database = await openEmbeddedDatabase();
  desk = await openDesk(database, farAway);
  await fill();
  browser = await openBrowser();
}, 180_000);

afterAll(async () => {
  await browser?.close();
  await desk?.close();
  await database?.close();
  await removeTemporaryFolders();
});

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
const hostile = '<img src=x onerror="globalThis.stolen=1"><script>globalThis.stolen=1</script>';

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
const joining = 'Machines that join web later may join: 3 machines at most (rule fresh)';

async function ask(patchId: string, title = `A patch ${hostile}`, occasion = '1'): Promise<void> {
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

const runPath = `/maintenance/run?key=${encodeURIComponent('maintenance/production/web/canary/soon@page')}`;

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
  'settings-notices': '/settings?tab=notices',
  'settings-people': '/settings?tab=people',
  'settings-tokens': '/settings?tab=tokens',
  audit: '/audit',
  nowhere: '/today/nothing-here',
};

const settleMs = 20_000;

async function settled(page: Page): Promise<void> {
  await page.locator('main h1').first().waitFor();
  // Several parts load by themselves, and one may bring another.
  const end = Date.now() + settleMs;
  for (let quiet = 0; quiet < 3; ) {
    quiet = (await page.locator('[aria-busy="true"]').count()) === 0 ? quiet + 1 : 0;
    if (Date.now() > end) throw new Error(`${page.url()} still loads: ${await page.locator('main').innerText()}`);
    await page.waitForTimeout(100);
  }
}

async function withLooker(looking: Parameters<typeof look>[1], act: (looker: Looker) => Promise<void>): Promise<void> {
  const looker = await look(browser, looking);
  try {
    await act(looker);
  } finally {
    await looker.context.close();
  }
}

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
