// Simulated Linux guests: what apt and dnf make of masks, versions, holds, restarts and errors; what their scripts and feeds answer.

import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { readAssessOutput, readInstallOutput, readLinuxFacts } from '../../../adapters/azure/outputs.js';
import { fnmatch } from '../../../simulator/linuxArchive.js';
import { installsOf } from '../../support/journal.js';
import { now } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';
import { ended, errorIn, openWire, outputOf, post, version, type Wire } from './wire.js';

let wire: Wire;

beforeAll(async () => {
  wire = await openWire();
});

afterAll(async () => {
  await wire.close();
  await removeTemporaryFolders();
});

async function install(vm: string, linuxParameters: Record<string, string[]>, rebootSetting = 'IfRequired') {
  const accepted = await post(wire, vm, 'installPatches', { rebootSetting, linuxParameters });
  expect(accepted.status).toBe(202);
  return outputOf(await ended(wire, accepted));
}

const include = (...masks: string[]) => ({ packageNameMasksToInclude: masks });

async function versionsOf(vm: string, name: string): Promise<string[]> {
  const { linux } = await wire.guest(vm);
  return linux?.packages.filter((one) => one.name === name).map((one) => one.version) ?? [];
}

/** `name version state` of everything that an installation was about. */
function rows(output: Record<string, unknown>, state: string): string[] {
  const { patches } = readInstallOutput(output);
  return patches.filter((one) => one.state === state).map((one) => `${one.name} ${one.version ?? ''}`);
}

async function offered(vm: string): Promise<string[]> {
  const output = outputOf(await ended(wire, await post(wire, vm, 'assessPatches')));
  const { missingKbs, missingPackages = [] } = readAssessOutput(output, now);
  expect(missingKbs).toEqual([]);
  return missingPackages.map(({ name, version: newest }) => `${name} ${newest}`).sort();
}

async function script(vm: string, verb: string, parameters: Record<string, string>): Promise<string> {
  const { id, location } = await wire.guest(vm);
  const path = `${id}/runCommands/r-${Math.random().toString(36).slice(2)}`;
  const properties = {
    source: { script: `# patchline-verb: ${verb}\n` },
    parameters: Object.entries(parameters).map(([name, value]) => ({ name, value })),
    asyncExecution: true,
  };
  await ended(wire, await wire.ask('PUT', `${path}?${version}`, { location, properties }));
  const { json } = await wire.ask('GET', `${path}?${version}&%24expand=instanceView`);
  const { instanceView: view } = json['properties'] as { instanceView: { output: string; error: string } };
  return view.output === '' ? view.error : view.output;
}

async function factsOf(vm: string, ...packages: string[]) {
  const page = await script(vm, 'linux-facts/1', { services: 'nginx', packages: packages.join(',') });
  const read = readLinuxFacts([page], packages, now);
  if (read.kind !== 'whole') throw new Error('few packages fit one page');
  return read.facts;
}

test('every system in production has a twin in staging', async () => {
  const guests = (await wire.ask('GET', '/_control/guests')).json as unknown as { name: string; osName: string }[];
  const linux = guests.filter(({ name }) => name.startsWith('linux'));
  expect(linux.map(({ name, osName }) => `${name} ${osName}`)).toEqual([
    'linux-stg-01 ubuntu',
    'linux-stg-02 rhel',
    'linux-prd-03 ubuntu',
    'linux-prd-04 rhel',
  ]);
});

describe('Ubuntu', () => {
  const ubuntu = 'linux-stg-01';

  test('is offered the newest of what it has, with its class', async () => {
    expect(await offered(ubuntu)).toEqual([
      'libssl3t64 3.0.13-0ubuntu3.6',
      'linux-image-azure 6.8.0-1014.16',
      'openssl 3.0.13-0ubuntu3.6',
      'sudo 1.9.15p5-3ubuntu5.24.04.1',
      'tzdata 2025b-0ubuntu0.24.04.1',
    ]);
  });

  test.each([
    ['no such package', include('no-such-package')],
    ['a version that the archive no longer has', include('openssl=3.0.13-0ubuntu3.5')],
    ['the form that Azure’s specification speaks of', include('openssl_3.0.13-0ubuntu3.6')],
    ['a class without any', { classificationsToInclude: ['Critical'] }],
  ])('%s: nothing is installed, and to Azure all is well', async (_, parameters) => {
    const output = await install(ubuntu, parameters);
    expect(output).toMatchObject({ status: 'Succeeded', installedPatchCount: 0, rebootStatus: 'NotNeeded' });
    expect(rows(output, 'NotSelected')).toHaveLength(5);
  });

  test('a mask with the version that is offered installs exactly that, and leaves the rest', async () => {
    const output = await install(ubuntu, include('sudo=1.9.15p5-3ubuntu5.24.04.1'));
    expect(rows(output, 'Installed')).toEqual(['sudo 1.9.15p5-3ubuntu5.24.04.1']);
    expect(output).toMatchObject({ rebootStatus: 'NotNeeded', notSelectedPatchCount: 4 });
    expect(installsOf(wire.simulator.journalFile, ubuntu).at(-1)?.masks).toEqual(['sudo=1.9.15p5-3ubuntu5.24.04.1']);
    const facts = await factsOf(ubuntu, 'sudo', 'openssl', 'no-such-package');
    expect(facts).toMatchObject({
      osVersion: '24.04',
      pendingReboot: false,
      services: [{ name: 'nginx', running: true }],
    });
    expect(facts.linux?.packages.installed.map((one) => `${one.name} ${one.version}`)).toEqual([
      'openssl 3.0.13-0ubuntu3.4',
      'sudo 1.9.15p5-3ubuntu5.24.04.1',
    ]);
  });

  test('a kernel runs only after a restart; until then one is pending', async () => {
    const output = await install(ubuntu, include('linux-image-azure'), 'Never');
    expect(rows(output, 'Installed')).toEqual([
      'linux-image-azure 6.8.0-1014.16',
      'linux-image-6.8.0-1014-azure 6.8.0-1014.16',
    ]);
    expect(output).toMatchObject({ rebootStatus: 'Required' });
    const before = await factsOf(ubuntu);
    expect(before).toMatchObject({ pendingReboot: true, linux: { kernel: { running: '6.8.0-1007-azure' } } });
    await ended(wire, await post(wire, ubuntu, 'restart'));
    const kernel = { running: '6.8.0-1014-azure', next: '6.8.0-1014-azure' };
    expect(await factsOf(ubuntu)).toMatchObject({ pendingReboot: false, linux: { kernel } });
  });

  test('what is held is not offered, and stops who needs it', async () => {
    await wire.control('hold-package', { vm: 'linux-prd-03', name: 'openssl', held: true });
    expect(await offered('linux-prd-03')).not.toContainEqual(expect.stringMatching(/^openssl /));
    const output = await install('linux-prd-03', include('openssl', 'libssl3t64'));
    expect(rows(output, 'Installed')).toEqual(['libssl3t64 3.0.13-0ubuntu3.6']);
    expect(output).toMatchObject({ rebootStatus: 'Completed' });
    await wire.control('hold-package', { vm: 'linux-prd-03', name: 'openssl', held: false });
    expect(await offered('linux-prd-03')).toContain('openssl 3.0.13-0ubuntu3.6');
  });

  test('once a newer version is out, the old one is not to be had', async () => {
    await wire.control('publish-package', { release: 'ubuntu', name: 'openssl', version: '3.0.13-0ubuntu3.7' });
    expect((await install('linux-prd-03', include('openssl=3.0.13-0ubuntu3.6')))['installedPatchCount']).toBe(0);
    expect(rows(await install('linux-prd-03', include('openssl')), 'Installed')).toEqual(['openssl 3.0.13-0ubuntu3.7']);
  });
});

describe('Red Hat', () => {
  const rhel = 'linux-stg-02';

  test('still has older versions; what belongs together comes together; kernels stay side by side', async () => {
    const output = await install(rhel, include('python3=3.9.18-3.el9_4.5', 'kernel.x86_64'), 'Never');
    expect(rows(output, 'Installed').sort()).toEqual([
      'kernel 5.14.0-503.26.1.el9_5',
      'kernel-core 5.14.0-503.26.1.el9_5',
      'python3 3.9.18-3.el9_4.5',
      'python3-libs 3.9.18-3.el9_4.5',
    ]);
    expect(await versionsOf(rhel, 'kernel-core')).toEqual(['5.14.0-503.11.1.el9_5', '5.14.0-503.26.1.el9_5']);
    expect(await versionsOf(rhel, 'python3-libs')).toEqual(['3.9.18-3.el9_4.5']);
    const { linux, pendingReboot } = await factsOf(rhel, 'openssl-libs', 'python3');
    expect(pendingReboot).toBe(true);
    expect(linux?.kernel).toEqual({
      running: '5.14.0-503.11.1.el9_5.x86_64',
      next: '5.14.0-503.26.1.el9_5.x86_64',
    });
    expect(linux?.packages.installed).toEqual([
      expect.objectContaining({ name: 'openssl-libs', source: { name: 'openssl', version: '1:3.2.2-6.el9' } }),
      expect.objectContaining({ name: 'python3', source: { name: 'python3.9', version: '3.9.18-3.el9_4.5' } }),
    ]);
  });

  test('a held package in between makes the package manager give up', async () => {
    await wire.control('hold-package', { vm: rhel, name: 'openssl-libs', held: true });
    const output = await install(rhel, include('openssl'));
    expect(output).toMatchObject({ status: 'Failed', failedPatchCount: 1, installedPatchCount: 0 });
    expect(output['error']).toMatchObject({ code: '1', details: [{ code: 'PACKAGE_MANAGER_FAILURE' }] });
    await wire.control('hold-package', { vm: rhel, name: 'openssl-libs', held: false });
  });

  test.each([
    ['installFailed', { status: 'Failed', failedPatchCount: 2, installedPatchCount: 0 }],
    ['windowExceeded', { status: 'Failed', pendingPatchCount: 2, maintenanceWindowExceeded: true }],
    ['partlyFailed', { status: 'CompletedWithWarnings', failedPatchCount: 1 }],
  ])('%s', async (kind, expected) => {
    await wire.control('fault', { kind, action: 'installPatches', vm: 'linux-prd-04' });
    expect(await install('linux-prd-04', include('openssl', 'kernel'))).toMatchObject(expected);
  });
});

test('a bad version takes the service of those who have its victim; the restore point brings everything back', async () => {
  const vm = 'linux-stg-01';
  const before = await wire.guest(vm);
  const point = `${before.id.replace(/virtualmachines\/.*/, 'restorepointcollections')}/c1`;
  const body = { location: before.location, properties: { source: { id: before.id } } };
  await wire.ask('PUT', `${point}?${version}`, body);
  await ended(wire, await wire.ask('PUT', `${point}/restorepoints/p1?${version}`, { properties: {} }));

  await wire.control('bad-package', {
    name: 'openssl',
    version: '3.0.13-0ubuntu3.7',
    software: 'nginx',
    service: 'nginx',
  });
  expect(await install(vm, include('openssl', 'libssl3t64'))).toMatchObject({ status: 'Succeeded' });
  expect((await factsOf(vm)).services).toEqual([{ name: 'nginx', running: false }]);

  const shown = (await wire.ask('GET', `${point}/restorepoints/p1?${version}`)).json as unknown as {
    properties: { sourceMetadata: { storageProfile: { osDisk: { diskRestorePoint: { id: string } } } } };
  };
  const source = shown.properties.sourceMetadata.storageProfile.osDisk.diskRestorePoint.id;
  const disk = before.osDisk.replace(/[^/]+$/, 'again');
  const creationData = { createOption: 'Restore', sourceResourceId: source };
  await ended(wire, await post(wire, vm, 'deallocate'));
  await ended(
    wire,
    await wire.ask('PUT', `${disk}?api-version=2026-03-02`, {
      location: before.location,
      properties: { creationData },
    }),
  );
  const osDisk = { managedDisk: { id: disk } };
  await ended(wire, await wire.ask('PATCH', `${before.id}?${version}`, { properties: { storageProfile: { osDisk } } }));
  await ended(wire, await post(wire, vm, 'start'));
  const after = await wire.guest(vm);
  expect(after.services).toEqual(before.services);
  expect(after.linux).toEqual(before.linux);
});

test('a class that Linux does not know is refused with its target', async () => {
  const linuxParameters = { classificationsToInclude: ['UpdateRollup'] };
  const refused = await post(wire, 'linux-prd-04', 'installPatches', { rebootSetting: 'Never', linuxParameters });
  expect(refused.status).toBe(400);
  expect(errorIn(refused)).toEqual({
    code: 'InvalidParameter',
    target: 'linuxParameters.classificationsToInclude',
    message: expect.stringContaining('Critical, Security, Other'),
  });
});

test('scripts of the other system fail, as there', async () => {
  expect(await script('linux-prd-04', 'guest-facts/1', {})).toContain('command not found');
  expect(await script('web-stg-01', 'linux-facts/1', {})).toContain('not recognized');
});

test.each([
  ['*', 'openssl', true],
  ['open*', 'openssl', true],
  ['open', 'openssl', false],
  ['lib?sl', 'libssl', true],
  ['lib[st]sl', 'libssl', true],
  ['lib[!s]sl', 'libssl', false],
  ['g++', 'g++', true],
  ['a.b', 'axb', false],
])('fnmatch: %s and %s: %s', (mask, name, expected) => {
  expect(fnmatch(mask, name)).toBe(expected);
});

describe('feeds', () => {
  const get = (path: string, headers: Record<string, string> = {}) => wire.ask('GET', path, undefined, headers);

  test('Ubuntu’s notices come in pages, the newest first', async () => {
    const all = (await get('/ubuntu/security/notices.json?limit=20&offset=0')).json;
    const ids = (page: Record<string, unknown>) => (page['notices'] as { id: string }[]).map(({ id }) => id);
    expect(ids(all)).toEqual(['USN-7786-1', 'USN-7604-1', 'USN-7278-1', 'USN-7004-1']);
    const second = (await get('/ubuntu/security/notices.json?limit=3&offset=3&order=newest')).json;
    expect([ids(second), second['total_results']]).toEqual([['USN-7004-1'], 4]);
  });

  test('Red Hat’s directory names each file with its digest', async () => {
    const listed = (await get('/redhat/csaf/v2/advisories/index.txt')).text.trim().split('\n');
    const changed = (await get('/redhat/csaf/v2/advisories/changes.csv')).text.trim().split('\n');
    expect(changed.map((line) => line.split('"')[1])).toEqual(listed);
    for (const file of listed) {
      const { text, status } = await get(`/redhat/csaf/v2/advisories/${file}`);
      const { createHash } = await import('node:crypto');
      const digest = (await get(`/redhat/csaf/v2/advisories/${file}.sha256`)).text.split(' ')[0];
      expect([status, digest]).toEqual([200, createHash('sha256').update(text).digest('hex')]);
    }
    expect((await get('/redhat/csaf/v2/advisories/2024/none.json')).status).toBe(404);
  });

  test.each(['/ubuntu/security/notices.json?limit=20&offset=0', '/redhat/csaf/v2/advisories/2024/rhsa-2024_6163.json'])(
    '%s is sent again only when it changed',
    async (path) => {
      const { headers } = await get(path);
      const [etag, modified] = [String(headers.etag), String(headers['last-modified'])];
      expect((await get(path, { 'if-none-match': etag })).status).toBe(304);
      expect((await get(path, { 'if-modified-since': modified })).status).toBe(304);
      expect((await get(path, { 'if-none-match': '"another"', 'if-modified-since': modified })).status).toBe(200);
      expect((await get(path, { 'if-modified-since': 'Thu, 01 Jan 2015 00:00:00 GMT' })).status).toBe(200);
    },
  );
});
