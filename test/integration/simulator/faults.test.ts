// Each fault that can be ordered: what the caller sees of it, and what the journal says really happened.

import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { installAction, installsOf, requestsOf } from '../../support/journal.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import { addressIn, ended, errorIn, openWire, outputOf, post, slowly, version, type Wire } from './wire.js';

const both = {
  rebootSetting: 'IfRequired',
  windowsParameters: { kbNumbersToInclude: ['KB5070883', 'KB5066738'] },
};

let wire: Wire;

beforeAll(async () => {
  wire = await openWire();
});

afterAll(async () => {
  await wire.close();
  await removeTemporaryFolders();
});

function order(kind: string, vm: string, more: Record<string, unknown> = {}): Promise<void> {
  return wire.control('fault', { kind, vm, action: 'installPatches', ...more });
}

function install(vm: string): ReturnType<typeof post> {
  return post(wire, vm, 'installPatches', both);
}

/** The line of the only installation that was asked of the machine. */
function lineOf(vm: string): ReturnType<typeof requestsOf>[number] | undefined {
  const lines = requestsOf(wire.simulator.journalFile).filter(
    (line) => line.action === installAction && line.vm === vm,
  );
  expect(lines).toHaveLength(1);
  return lines[0];
}

/** Waits for the end of what nobody was told of. */
async function installed(vm: string): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    if ((await wire.guest(vm)).installation?.status === 'Succeeded') return;
    await sleep(25);
  }
  throw new Error(`${vm} did not install`);
}

test('throttled: 429 with Retry-After, nothing begun', async () => {
  await order('throttled', 'web-stg-01');
  const answer = await install('web-stg-01');
  expect(answer).toMatchObject({ status: 429, json: { code: 'OperationNotAllowed' } });
  expect(answer.headers['retry-after']).toBe('1');
  expect(lineOf('web-stg-01')).toMatchObject({ status: 429, fault: 'throttled' });
  expect(installsOf(wire.simulator.journalFile, 'web-stg-01')).toEqual([]);
  expect((await wire.guest('web-stg-01')).installation).toBeNull();
});

test('serverError: 500, nothing begun', async () => {
  await order('serverError', 'web-prd-02');
  const answer = await install('web-prd-02');
  expect([answer.status, errorIn(answer).code]).toEqual([500, 'InternalServerError']);
  expect(lineOf('web-prd-02')).toMatchObject({ status: 500, fault: 'serverError' });
  expect(installsOf(wire.simulator.journalFile, 'web-prd-02')).toEqual([]);
});

test('unavailableButAccepted: 503 and no address, but the machine installs', async () => {
  await order('unavailableButAccepted', 'app-stg-01');
  const answer = await install('app-stg-01');
  expect(answer.status).toBe(503);
  expect(answer.headers).not.toHaveProperty('azure-asyncoperation');
  expect(lineOf('app-stg-01')).toMatchObject({ status: 503, operation: expect.any(String) });
  await installed('app-stg-01');
});

test('answerLost: the connection breaks, but the machine installs', async () => {
  await order('answerLost', 'app-prd-01');
  await expect(install('app-prd-01')).rejects.toThrow(/socket hang up|ECONNRESET/);
  expect(lineOf('app-prd-01')).toMatchObject({ status: 202, fault: 'answerLost', operation: expect.any(String) });
  await installed('app-prd-01');
});

test('answerHeld: no answer ever comes, but the machine installs', async () => {
  await order('answerHeld', 'file-stg-01');
  const held = install('file-stg-01').then(
    () => 'answered',
    () => 'broken off',
  );
  await installed('file-stg-01');
  expect(await Promise.race([held, sleep(200).then(() => 'still waiting')])).toBe('still waiting');
  expect(lineOf('file-stg-01')).toMatchObject({ status: 202, fault: 'answerHeld' });
});

test('lostLocation: accepted with one of the two addresses', async () => {
  await order('lostLocation', 'file-prd-01');
  const answer = await install('file-prd-01');
  expect(answer.status).toBe(202);
  expect(answer.headers).not.toHaveProperty('location');
  expect(outputOf(await ended(wire, answer))['status']).toBe('Succeeded');
});

test('operationFailed: accepted, then the operation fails and the guest has nothing new', async () => {
  await order('operationFailed', 'sql-stg-01');
  const before = await wire.guest('sql-stg-01');
  const poll = await ended(wire, await install('sql-stg-01'));
  expect(poll).toMatchObject({ status: 200, json: { status: 'Failed' } });
  expect(errorIn(poll).code).toBe('InternalOperationError');
  const after = await wire.guest('sql-stg-01');
  expect(after.installation).toMatchObject({ status: 'Failed', installed: 0 });
  expect({ ...after, installation: null }).toEqual(before);
});

test('operationFailed: a machine that could not be stopped is left as it was', async () => {
  await wire.control('fault', { kind: 'operationFailed', vm: 'dc-stg-01', action: 'deallocate' });
  const accepted = await slowly(wire, () => post(wire, 'dc-stg-01', 'deallocate'));
  expect((await wire.guest('dc-stg-01')).power).toBe('deallocating');
  expect((await ended(wire, accepted)).json['status']).toBe('Failed');
  expect((await wire.guest('dc-stg-01')).power).toBe('running');
});

test('windowExceeded: the operation succeeds, its output tells of the failure', async () => {
  await order('windowExceeded', 'sql-prd-01');
  const before = await wire.guest('sql-prd-01');
  const poll = await ended(wire, await install('sql-prd-01'));
  expect(poll.json['status']).toBe('Succeeded');
  expect(outputOf(poll)).toMatchObject({
    status: 'Failed',
    maintenanceWindowExceeded: true,
    rebootStatus: 'NotNeeded',
    installedPatchCount: 0,
    pendingPatchCount: 2,
  });
  const after = await wire.guest('sql-prd-01');
  expect({ ...after, installation: null }).toEqual(before);
});

test('partlyFailed: the first patch is there, the other failed', async () => {
  await order('partlyFailed', 'web-stg-02');
  const two = { ...both, windowsParameters: { kbNumbersToInclude: ['KB5070884', 'KB5066743'] } };
  const poll = await ended(wire, await post(wire, 'web-stg-02', 'installPatches', two));
  expect(outputOf(poll)).toMatchObject({
    status: 'CompletedWithWarnings',
    installedPatchCount: 1,
    failedPatchCount: 1,
    error: { message: '1 error/s reported.' },
  });
  const patches = outputOf(poll)['patches'] as { kbId: string; installationState: string }[];
  expect(Object.fromEntries(patches.map((patch) => [patch.kbId, patch.installationState]))).toMatchObject({
    '5070884': 'Installed',
    '5066743': 'Failed',
  });
  expect((await wire.guest('web-stg-02')).installedKbs).toEqual(['5070884']);
});

test('a fault strikes after so many requests, so many times, on what it names only', async () => {
  await wire.control('fault', { kind: 'serverError', vm: 'dc-prd-01', action: 'virtualMachines', after: 1, times: 2 });
  const other = await wire.guest('web-prd-01');
  const { id } = await wire.guest('dc-prd-01');
  const statuses: number[] = [];
  for (let count = 0; count < 4; count += 1) {
    statuses.push((await wire.ask('GET', `${id}?${version}`)).status);
    expect((await wire.ask('GET', `${other.id}?${version}`)).status).toBe(200);
    expect((await wire.ask('GET', `${id}/instanceView?${version}`)).status).toBe(200);
  }
  expect(statuses).toEqual([200, 500, 500, 200]);
});

test('a poll can fail as well, and the operation goes on', async () => {
  await wire.control('fault', { kind: 'serverError', vm: 'app-prd-02', action: 'operations' });
  const two = { ...both, windowsParameters: { kbNumbersToInclude: ['KB5070884'] } };
  const accepted = await post(wire, 'app-prd-02', 'installPatches', two);
  expect((await wire.ask('GET', addressIn(accepted, 'azure-asyncoperation'))).status).toBe(500);
  expect((await ended(wire, accepted)).json['status']).toBe('Succeeded');
});

test('an order that is not understood is refused', async () => {
  await expect(order('unheardOf', 'web-stg-01')).rejects.toThrow(/kind: one of throttled/);
  await expect(wire.control('bad-patch', { kb: 'KB5070883', software: 'x' })).rejects.toThrow(/bare digits/);
  await expect(wire.control('agent', { vm: 'nobody', ready: false })).rejects.toThrow(/no machine is called nobody/);
  await expect(wire.control('unheard-of', {})).rejects.toThrow(/there is no order/);
});
