// A server that skips time, for a test file: started before its tests and stopped after them. Where it is missing, the suites are skipped aloud.

import { afterAll, beforeAll, describe } from '@jest/globals';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, bundleWorkflowCode, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import type { Activities } from '../../activities/index.js';
import { findTimeSkippingServer } from '../../scripts/timeSkippingServer.js';
import { workflowsPath } from '../../workers/worker.js';

const path = findTimeSkippingServer();
if (path === null) {
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error('the time-skipping server is missing: CI fetches it before the tests');
  console.warn('skipped: no time-skipping server (it needs Maven and Java)');
}

export const suite = path === null ? describe.skip : describe;
export let environment: TestWorkflowEnvironment;
export let workflowBundle: WorkflowBundleWithSourceMap;

/** Stand-ins for the activities that a test needs. */
export type Stub = Partial<{ [K in keyof Activities]: (...args: Parameters<Activities[K]>) => unknown }>;

beforeAll(async () => {
  if (path === null) return;
  Runtime.install({ logger: new DefaultLogger('ERROR') });
  const start = () =>
    TestWorkflowEnvironment.createTimeSkipping({ server: { executable: { type: 'existing-path', path } } });
  // The SDK gives the server five seconds; a busy machine needs a second try.
  [environment, workflowBundle] = await Promise.all([
    start().catch(start),
    bundleWorkflowCode({ workflowsPath, logger: new DefaultLogger('ERROR') }),
  ]);
  const keyword = 2;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    // oxlint-disable-next-line typescript/no-unsafe-enum-assignment -- the enumeration is not exported to us; 2 is its KEYWORD
    searchAttributes: { Stage: keyword, PatchId: keyword, Category: keyword },
  });
}, 120_000);

afterAll(async () => {
  await environment?.teardown();
});
