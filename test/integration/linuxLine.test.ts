// Linux machines through the whole line: notices by channels, versions by guests, staging, a decision, production in the versions that were tested.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { taskQueue } from '../../adapters/temporal/engine.js';
import type { ManifestRow } from '../../domain/run.js';
import type { PatchRecord } from '../../ports/patches.js';
import type { Guest } from '../../simulator/world.js';
import { installsOf } from '../support/journal.js';
import { openLine, testedTogether, type Line } from '../support/line.js';
import { runToEnd, startCycle, waitingFor } from '../support/story.js';
import { removeTemporaryFolders } from '../support/temporary.js';

const sudo = 'sudo=1.9.15p5-3ubuntu5.24.04.1';
const kernel = 'linux-image-azure=6.8.0-1014.16';

let line: Line;
let before: Map<string, Guest>;
let after: Map<string, Guest>;
let needed: string[];
let ended: PatchRecord[];
let rows: ManifestRow[];

beforeAll(async () => {
  line = await openLine({ policy: together });
  before = await guests();
  // Python of Red Hat takes the web server with it; Ubuntu's machines have no package of that name.
  await line.control('bad-package', { name: 'python3-libs', software: 'nginx', service: 'nginx' });
  for (const channel of ['ubuntu', 'redhat']) await visit(channel);
  needed = await startCycle(line, null);
  await waitingFor(line, 'USN-7786-1', 'linux');
  // After the test, before production: what was tested is no longer to be had.
  await line.control('publish-package', { release: 'ubuntu', name: 'openssl', version: '3.0.13-0ubuntu3.7' });
  ended = await runToEnd(line, needed, () => 'approve');
  rows = await line.store.inventory.runs.manifest({});
  after = await guests();
}, 400_000);

afterAll(async () => {
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

/** Production waits for everything that is approved too. */
function together(text: string): string {
  return testedTogether(text).replace(/(id: soon, .*planningLeadSeconds: )2/, (_, before: string) => `${before}15`);
}

async function visit(channel: string): Promise<void> {
  const args = [{ channel, begun: null }];
  await line.engine.client.workflow.execute('channelSync', { taskQueue, workflowId: `channel/${channel}`, args });
}

async function guests(): Promise<Map<string, Guest>> {
  return new Map((await line.control<Guest[]>('guests')).map((guest) => [guest.name, guest]));
}

function masksOf(vmName: string): (string[] | undefined)[] {
  return installsOf(line.simulator.journalFile, vmName).map(({ masks }) => masks);
}

function statesOf(vmName: string): Record<string, string> {
  return Object.fromEntries(rows.filter((row) => row.vmName === vmName).map((row) => [row.patchId, row.state]));
}

function stageOf(patchId: string): string | undefined {
  return ended.find(({ patch }) => patch.patchId === patchId)?.stage;
}

/** Versions that a machine has of these packages. */
function versionsOf(guest: Guest | undefined, names: string[]): string[] {
  const held = guest?.linux?.packages ?? [];
  return held.filter(({ name }) => names.includes(name)).map(({ name, version }) => `${name} ${version}`);
}

test('what both vendors announced is needed where it is not installed; what a newer notice replaces starts nothing', () => {
  // USN-7278-1 fixes an older openssl than USN-7786-1, RHSA-2024:6163 an older python than RHSA-2024:9371.
  expect(needed.toSorted()).toEqual([
    'RHSA-2024:9371',
    'RHSA-2025:1330',
    'RHSA-2025:1659',
    'USN-7004-1',
    'USN-7604-1',
    'USN-7786-1',
  ]);
});

test('staging takes the newest, production exactly the versions that were tested there', () => {
  expect(masksOf('linux-stg-01')[0]).toEqual(['libssl3t64', 'linux-image-azure', 'openssl', 'sudo']);
  expect(masksOf('linux-prd-03')[0]).toEqual([
    'libssl3t64=3.0.13-0ubuntu3.6',
    kernel,
    'openssl=3.0.13-0ubuntu3.6',
    sudo,
  ]);
  expect(stageOf('USN-7604-1')).toBe('verified');
  expect(stageOf('USN-7004-1')).toBe('verified');
  expect(statesOf('linux-prd-03')).toMatchObject({ 'USN-7604-1': 'installed', 'USN-7004-1': 'installed' });
});

test('a kernel counts as installed once it runs', () => {
  const running = '6.8.0-1014-azure';
  expect(after.get('linux-prd-03')?.linux?.kernel).toEqual({ running, next: running });
});

test('a version that was not tested never comes, though it is newer and the old one is gone', () => {
  expect(stageOf('USN-7786-1')).toBe('incomplete');
  expect(statesOf('linux-prd-03')['USN-7786-1']).toBe('skipped');
  const reasons = rows.filter((row) => row.vmName === 'linux-prd-03' && row.patchId === 'USN-7786-1');
  expect(reasons.map(({ reason }) => reason).join()).toContain('no longer offered');
  const names = ['openssl', 'libssl3t64'];
  expect(versionsOf(after.get('linux-prd-03'), names)).toEqual(versionsOf(before.get('linux-prd-03'), names));
});

test('of a set that made its staging machine sick the culprit is named among three, and the others go on as a set that passed (I1)', async () => {
  const [isolation] = await line.store.inventory.isolations.isolations({ patchId: 'RHSA-2024:9371', limit: 1 });
  expect(isolation).toMatchObject({
    status: 'named',
    patchIds: ['RHSA-2024:9371', 'RHSA-2025:1330', 'RHSA-2025:1659'],
    trials: [
      { number: 1, patchIds: ['RHSA-2024:9371'], verdict: 'failed' },
      { number: 2, patchIds: ['RHSA-2025:1330', 'RHSA-2025:1659'], verdict: 'passed' },
    ],
  });
  // Each trial is a run like any other, with its restore point; the set, the culprit alone, the others together.
  expect(masksOf('linux-stg-02')).toHaveLength(3);
  expect(stageOf('RHSA-2024:9371')).toBe('failedTest');
  expect(stageOf('RHSA-2025:1330')).toBe('verified');
  const states = statesOf('linux-prd-04');
  expect(states).toEqual({ 'RHSA-2025:1330': 'installed', 'RHSA-2025:1659': 'installed' });
  const tests = await line.store.inventory.tests.testResults({ patchId: 'RHSA-2024:9371', category: 'linux' });
  expect(tests[0]).toMatchObject({ verdict: 'failed', reasons: ['named by isolation: it fails alone (trial 1)'] });
});

test('the staging machine keeps what passed together, and nothing of the culprit', () => {
  const python = ['python3-libs', 'python3'];
  expect(versionsOf(after.get('linux-stg-02'), python)).toEqual(versionsOf(before.get('linux-stg-02'), python));
  expect(versionsOf(after.get('linux-stg-02'), ['openssl'])).not.toEqual(
    versionsOf(before.get('linux-stg-02'), ['openssl']),
  );
  expect(after.get('linux-stg-02')?.services).toEqual(before.get('linux-stg-02')?.services);
});
