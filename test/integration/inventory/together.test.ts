// What arrives together is tested and installed together, on whichever side of a boundary between two occurrences of an ever open window.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { enrolIn } from '../../../activities/deploy.js';
import { openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

let database: TestDatabase;
let desk: Desk;

beforeAll(async () => {
  database = await openEmbeddedDatabase();
  // Time is cut into 20 seconds there; whoever comes in the second half of them gets the end of the next.
  desk = await openDesk(database, (policy) =>
    policy.replace(/(id: next, kind: always, planningLeadSeconds:) \d+/, '$1 20'),
  );
}, 120_000);

afterAll(async () => {
  await desk?.close();
  await database?.close();
  await removeTemporaryFolders();
});

async function enrolledAt(at: string, patchId: string, category = 'web') {
  const ports = { ...desk.ports, clock: { now: () => at } };
  const { runKey } = await enrolIn(ports, 'staging', category, 'staging', {
    patchId,
    category,
    digest: null,
    decisionId: null,
    vmIds: ['vm-1'],
    notifyWorkflowId: `patch/${patchId}`,
  });
  return (await desk.inventory.runs.run(runKey))?.planAt;
}

test('a later one joins the run that waits already, until that is planned', async () => {
  expect(await enrolledAt('2026-12-01T12:00:08.000Z', 'KB1')).toBe('2026-12-01T12:00:20.000Z');
  // By itself it would get 12:00:40.
  expect(await enrolledAt('2026-12-01T12:00:12.000Z', 'KB2')).toBe('2026-12-01T12:00:20.000Z');
  expect(await enrolledAt('2026-12-01T12:00:19.999Z', 'KB3')).toBe('2026-12-01T12:00:20.000Z');
  // Another category has a run of its own.
  expect(await enrolledAt('2026-12-01T12:00:12.000Z', 'KB2', 'app')).toBe('2026-12-01T12:00:40.000Z');
  expect(await enrolledAt('2026-12-01T12:00:20.000Z', 'KB4')).toBe('2026-12-01T12:00:40.000Z');
});

test('a run that somebody paused or halted is joined by nobody', async () => {
  const planAt = await enrolledAt('2026-12-01T13:00:08.000Z', 'KB1');
  expect(planAt).toBe('2026-12-01T13:00:20.000Z');
  const [open] = (await desk.inventory.runs.runs({ status: 'open' })).filter((run) => run.planAt === planAt);
  await desk.inventory.runs.setControl(open?.runKey ?? '', 'halted', 'sam', 'a drill');
  expect(await enrolledAt('2026-12-01T13:00:12.000Z', 'KB2')).toBe('2026-12-01T13:00:40.000Z');
});
