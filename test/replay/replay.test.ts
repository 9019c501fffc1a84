// Every history that was ever recorded replays on today's workflow code: running workflows survive an upgrade.

import { readFileSync, readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from '@jest/globals';
import protoJson from '@temporalio/common/lib/proto-utils.js';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { preparedWorkflows } from '../support/workflowBundle.js';

const folder = join(dirname(fileURLToPath(import.meta.url)), 'histories');
const files = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.json'))
  .toSorted();
let workflowBundle: { code: string };

beforeAll(async () => {
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  workflowBundle = await preparedWorkflows();
}, 60_000);

describe('recorded histories', () => {
  test('there are some of every workflow', () => {
    const kinds = new Set(files.map((file) => basename(file).split('-')[0]));
    expect(kinds).toEqual(
      new Set([
        'assessFleet',
        'baselineRestore',
        'changeDelivery',
        'channelSync',
        'complianceAudit',
        'culpritIsolation',
        'emergency',
        'inventorySync',
        'maintenanceRun',
        'noticeDelivery',
        'noticeTest',
        'noticeWatch',
        'page',
        'patchCycle',
        'patchLifecycle',
        'patchNews',
        'patchWaiver',
        'rollout',
        'soakRound',
        'trialReturn',
        'twinBuild',
        'twinRemoval',
        'twinSource',
        'urgencyAudit',
        'vmRestoration',
        'vmSession',
        'wave',
      ]),
    );
  });

  test.each(files)('%s replays', async (file) => {
    const history = protoJson.historyFromJSON(JSON.parse(readFileSync(join(folder, file), 'utf8')));
    await Worker.runReplayHistory({ workflowBundle }, history, workflowIdOf(history));
  });
});

/** Workflow ids are read by some of our workflows, so the replay needs the real one. */
function workflowIdOf(history: ReturnType<typeof protoJson.historyFromJSON>): string {
  const started = history.events?.[0]?.workflowExecutionStartedEventAttributes;
  const id = started?.workflowId;
  if (typeof id !== 'string' || id === '') throw new Error('the history does not tell its workflow id');
  return id;
}
