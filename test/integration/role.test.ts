// The least-privilege role equals what the simulated Azure saw us do: nothing is missing, nothing is there in advance.

import { readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createStepActivities } from '../../activities/steps.js';
import { openLine, type Line } from '../support/line.js';
import { requestsOf } from '../support/journal.js';
import { knowFleet, machine, planFor, runSession } from '../support/session.js';
import { removeTemporaryFolders } from '../support/temporary.js';

let line: Line;

beforeAll(async () => {
  line = await openLine({ vms: 24 });
  await knowFleet(line);
}, 120_000);

afterAll(async () => {
  await line.close();
  await removeTemporaryFolders();
}, 30_000);

test('role.json holds exactly the actions that are used', async () => {
  await line.ports.updateServer?.synchronise();
  await line.ports.updateServer?.approve(['5070883'], 'Staging');
  const healthy = await machine(line, 'web-stg-01');
  expect(await runSession(line, await planFor(line, healthy, ['5070883']), healthy)).toMatchObject({
    outcome: 'installed',
  });
  const sick = await machine(line, 'file-stg-01');
  await line.control('bad-patch', { kb: '5070883', software: 'Contoso Print Agent' });
  expect(await runSession(line, await planFor(line, sick, ['5070883']), sick)).toMatchObject({ outcome: 'rolledBack' });
  await assess(healthy.vmId);
  const used = new Set(requestsOf(line.simulator.journalFile).map((request) => request.action));
  const role = JSON.parse(readFileSync(new URL('../../deploy/azure/role.json', import.meta.url), 'utf8')) as {
    Actions: string[];
  };
  expect(role.Actions).toEqual([...used].toSorted((a, b) => (a < b ? -1 : 1)));
}, 90_000);

/** An assessment of the fleet, outside of any run. */
async function assess(vmId: string): Promise<void> {
  const steps = createStepActivities(line.ports);
  const input = { sessionId: `assess/test#${vmId}`, runKey: null, vmId, step: 'assess' as const };
  for (let tries = 0; tries < 50; tries += 1) {
    const done = await steps.performStep(input).catch((failure: unknown) => {
      if (!(failure instanceof Error && 'type' in failure && failure.type === 'NotReady')) throw failure;
      return null;
    });
    if (done !== null) return;
    await pause(50);
  }
  throw new Error('the assessment never ended');
}
