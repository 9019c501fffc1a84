// What became of packages, by the guest's evidence and Azure's report; and how Azure's answers of Linux are read.

import { readFileSync } from 'node:fs';
import { describe, expect, test } from '@jest/globals';
import { readAssessOutput, readInstallOutput } from '../../adapters/azure/outputs.js';
import { besides, patchOutcomes, type InstallReport, type ReportedPatch } from '../../domain/health.js';
import { linuxGuest, now, someNotice, someRow, someUbuntu } from '../support/facts.js';
import { sharedPath, testWith } from '../support/shared.js';

const notice = someNotice('USN-7786-1', ['openssl 3.0.13-0ubuntu3.6', 'libssl3t64 3.0.13-0ubuntu3.6']);
const row = (version: string | null) =>
  someRow({
    patchId: 'USN-7786-1',
    kb: null,
    packages: [
      { name: 'libssl3t64', version },
      { name: 'openssl', version },
    ],
  });
const having = (version: string, change: Parameters<typeof linuxGuest>[1] = {}) =>
  someUbuntu([], { guest: linuxGuest([`openssl ${version} amd64`, `libssl3t64 ${version} amd64`], change) });
const report = (state: ReportedPatch['state'], version = '3.0.13-0ubuntu3.7'): InstallReport => ({
  windowExceeded: false,
  patches: ['openssl', 'libssl3t64'].map((name) => ({ kb: null, name, version, state })),
});
const outcome = (vm: ReturnType<typeof having>, version: string | null, told: InstallReport | null) =>
  patchOutcomes(vm, [notice], [row(version)], told)[0];

describe('a patch of packages', () => {
  test('is installed when the guest shows it, with the versions that came', () => {
    expect(outcome(having('3.0.13-0ubuntu3.6'), null, report('Installed'))).toEqual({
      patchId: 'USN-7786-1',
      state: 'installed',
      reason: 'openssl 3.0.13-0ubuntu3.6, libssl3t64 3.0.13-0ubuntu3.6',
      arrived: [
        { name: 'libssl3t64', version: '3.0.13-0ubuntu3.6' },
        { name: 'openssl', version: '3.0.13-0ubuntu3.6' },
      ],
    });
  });

  test('failed when the guest does not show it, whatever Azure says', () => {
    const failed = outcome(having('3.0.13-0ubuntu3.5'), null, report('Installed'));
    expect(failed).toMatchObject({
      state: 'failed',
      reason: expect.stringContaining('Azure reported openssl Installed'),
    });
    expect(outcome(having('3.0.13-0ubuntu3.5'), null, null)).toMatchObject({ state: 'failed' });
    expect(outcome(someUbuntu([], { guest: null }), null, report('Installed'))).toMatchObject({ state: 'failed' });
  });

  test('failed while the machine waits for its restart', () => {
    const waiting = outcome(having('3.0.13-0ubuntu3.6', { pendingReboot: true }), null, report('Installed'));
    expect(waiting).toMatchObject({ state: 'failed', reason: expect.stringContaining('waits for its restart') });
  });

  test('is skipped where what was tested is no longer offered and nothing was touched', () => {
    const vm = having('3.0.13-0ubuntu3.5');
    expect(outcome(vm, '3.0.13-0ubuntu3.6', report('NotSelected'))).toMatchObject({
      state: 'skipped',
      reason: expect.stringContaining('openssl 3.0.13-0ubuntu3.7'),
    });
    // Something was touched, nothing was told, or it was not asked for by version.
    const half = {
      ...report('NotSelected'),
      patches: [...report('Installed').patches.slice(0, 1), ...report('NotSelected').patches.slice(1)],
    };
    expect(outcome(vm, '3.0.13-0ubuntu3.6', half)).toMatchObject({ state: 'failed' });
    expect(outcome(vm, '3.0.13-0ubuntu3.6', { windowExceeded: false, patches: [] })).toMatchObject({ state: 'failed' });
    expect(outcome(vm, null, report('NotSelected'))).toMatchObject({ state: 'failed' });
  });

  test('that came in another version than was asked for says so', () => {
    expect(outcome(having('3.0.13-0ubuntu3.7'), '3.0.13-0ubuntu3.6', report('Installed'))).toMatchObject({
      state: 'installed',
      reason: expect.stringContaining('openssl 3.0.13-0ubuntu3.6 was asked for, 3.0.13-0ubuntu3.7 is there'),
    });
  });

  test('what came along is told', () => {
    const told = report('Installed');
    told.patches.push({ kb: null, name: 'libfoo', version: '1.2', state: 'Installed' });
    told.patches.push({ kb: null, name: 'snapd', version: '2.65', state: 'NotSelected' });
    expect(besides([row(null)], told)).toEqual(['libfoo 1.2']);
    expect(besides([row(null)], null)).toEqual([]);
  });
});

describe('Azure’s answers of Linux', () => {
  const recording = sharedPath('azure', 'recordings', 'installPatches-2024-11-23.json');

  testWith(recording)('an installation tells packages by name and version', () => {
    const { exchanges } = JSON.parse(readFileSync(recording, 'utf8')) as {
      exchanges: { response: { body: unknown } }[];
    };
    const { status, patches } = readInstallOutput(exchanges.at(-1)?.response.body);
    expect(status).toBe('Succeeded');
    expect(patches).toContainEqual({
      kb: null,
      name: 'libpython3.10',
      version: '3.10.12-1~22.04.7',
      state: 'Installed',
    });
    expect(patches).toContainEqual({ kb: null, name: 'snapd', version: '2.65.3+22.04', state: 'NotSelected' });
  });

  test('an assessment tells what could be upgraded, without the architecture that yum adds', () => {
    const output = {
      status: 'Succeeded',
      rebootPending: false,
      availablePatches: [
        { patchId: 'x', name: 'openssl.x86_64', version: '1:3.2.2-6.el9_5.1', classifications: ['Security'] },
        { patchId: 'y', name: 'python3.9', version: '3.9.19-8.el9', kbId: null },
        { patchId: 'z', name: 'libc6:i386', version: '2.39' },
        { patchId: 'w', name: 'Security Intelligence Update (KB2267602)', version: '1', kbId: '2267602' },
        { patchId: 'v', name: 'nameless', version: '' },
      ],
    };
    expect(readAssessOutput(output, now)).toMatchObject({
      missingKbs: [],
      definitions: [{ kb: '2267602', title: 'Security Intelligence Update (KB2267602)' }],
      missingPackages: [
        { name: 'openssl', version: '1:3.2.2-6.el9_5.1' },
        { name: 'python3.9', version: '3.9.19-8.el9' },
      ],
      rebootPending: false,
      assessedAt: now,
    });
  });
});
