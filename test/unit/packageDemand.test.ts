// Which Linux machine needs which advisory, and what counts as there. Versions decide; what nobody told never counts as there.

import { describe, expect, test } from '@jest/globals';
import { needOf, neededPatches, presenceOf } from '../../domain/demand.js';
import type { LinuxKnowledge } from '../../domain/packageDemand.js';
import { chainsOf, currentPatches } from '../../domain/supersedence.js';
import { linuxSystemOf, systemOf } from '../../domain/system.js';
import { linuxGuest, now, someFix, someNotice, someUbuntu, someVm } from '../support/facts.js';

const openssl = someNotice('USN-7786-1', ['openssl 3.0.13-0ubuntu3.6', 'libssl3t64 3.0.13-0ubuntu3.6']);
const old = ['openssl 3.0.13-0ubuntu3.5 amd64', 'libssl3t64 3.0.13-0ubuntu3.5 amd64'];
const fixed = ['openssl 3.0.13-0ubuntu3.6 amd64', 'libssl3t64 3.0.13-0ubuntu3.6 amd64'];
const kernel = someNotice('USN-7800-1', ['linux-image-azure 6.8.0-1018.21'], { restart: 'yes' });

/** As the inventory knows it: whole, without architectures. */
function inventory(packages: string[], change: Partial<LinuxKnowledge> = {}): LinuxKnowledge {
  const { linux } = linuxGuest(packages);
  if (linux === undefined) throw new Error('no facts');
  const { packages: told, ...system } = linux;
  return { system, asked: null, packages: told.installed, ...change };
}

describe('the system of a machine', () => {
  test.each([
    ['ubuntu', '24.04', 'Ubuntu 24.04'],
    ['debian', '12.5', 'Debian 12'],
    ['rhel', '9.6', 'Red Hat Enterprise Linux 9'],
    ['redhat', '8.10', 'Red Hat Enterprise Linux 8'],
    ['sles', '15.5', 'SUSE Linux Enterprise 15.5'],
    ['ubuntu', '24', null],
    ['almalinux', '9.6', null],
    [null, '24.04', null],
    ['ubuntu', null, null],
  ])('%s %s is %s', (osName, osVersion, expected) => {
    expect(systemOf(someUbuntu([], { osName, osVersion, guest: null }))).toBe(expected);
  });

  test('is what the guest itself says, and Windows stays what it was', () => {
    const vm = someUbuntu([], { osName: 'debian', osVersion: '12' });
    expect(systemOf(vm)).toBe('Ubuntu 24.04');
    expect(systemOf(someVm())).toBe('Windows Server 2022');
    expect(linuxSystemOf(someVm({ osName: 'ubuntu' }), null)).toBeNull();
  });
});

describe('need', () => {
  test('a package that is installed below its fix', () => {
    expect(needOf(openssl, someUbuntu(old))).toMatchObject({
      kind: 'needed',
      reason: expect.stringContaining('openssl 3.0.13-0ubuntu3.5 is below 3.0.13-0ubuntu3.6'),
      packages: [
        { name: 'libssl3t64', fixed: '3.0.13-0ubuntu3.6', bySource: false },
        { name: 'openssl', fixed: '3.0.13-0ubuntu3.6', bySource: false },
      ],
    });
    expect(needOf(openssl, someUbuntu([fixed[0] ?? '', old[1] ?? '']))).toMatchObject({
      packages: [{ name: 'libssl3t64', fixed: '3.0.13-0ubuntu3.6', bySource: false }],
    });
  });

  test('not what is not installed, reached, for another release or for another distribution', () => {
    expect(needOf(openssl, someUbuntu(fixed)).kind).toBe('notNeeded');
    expect(needOf(openssl, someUbuntu([])).kind).toBe('notNeeded');
    const other = someNotice('USN-1-1', [], { packages: [someFix('openssl', '9', { release: '22.04' })] });
    expect(needOf(other, someUbuntu(old)).kind).toBe('notNeeded');
    const redHat = someNotice('RHSA-1', [], {
      packages: [someFix('openssl', '9', { distribution: 'rhel', release: '9' })],
    });
    expect(needOf(redHat, someUbuntu(old)).kind).toBe('notNeeded');
    expect(needOf(openssl, someVm()).kind).toBe('notNeeded');
  });

  test('unknown where the guest was never asked, was asked for something else, or tells what cannot be read', () => {
    expect(needOf(openssl, someUbuntu([], { guest: null })).kind).toBe('unknown');
    expect(needOf(openssl, someUbuntu([], { osName: 'gentoo', guest: null })).kind).toBe('unknown');
    const elsewhere = linuxGuest([], { packages: { manager: 'dpkg', asked: ['bash'], installed: [] } });
    expect(needOf(openssl, someUbuntu([], { guest: elsewhere })).kind).toBe('unknown');
    expect(needOf(openssl, someUbuntu(['openssl <none>'])).kind).toBe('unknown');
  });

  test('the whole inventory tells what is not there; names that were asked for tell it of themselves alone', () => {
    const bare = someUbuntu([], { guest: null });
    expect(needOf(openssl, bare, inventory(['bash 5.2'])).kind).toBe('notNeeded');
    expect(needOf(openssl, bare, inventory(old)).kind).toBe('needed');
  });

  test('Azure’s assessment says it where nobody told the version, and only of an offer that reaches the fix', () => {
    const assessed = (version: string) => ({
      missingKbs: [],
      missingPackages: [{ name: 'openssl', version }],
      rebootPending: false,
      assessedAt: now,
    });
    const bare = someUbuntu([], { guest: null });
    const need = needOf(openssl, { ...bare, assessment: assessed('3.0.13-0ubuntu3.7') });
    expect(need).toMatchObject({
      kind: 'needed',
      packages: [{ name: 'openssl', fixed: '3.0.13-0ubuntu3.6', bySource: false }],
    });
    expect(needOf(openssl, { ...bare, assessment: assessed('3.0.13-0ubuntu3.5') }).kind).toBe('unknown');
    expect(needOf(openssl, { ...bare, assessment: assessed('UA_ESM_REQUIRED') }).kind).toBe('unknown');
    // Something newer is offered than what is there and was asked for here.
    expect(needOf(openssl, someUbuntu(fixed, { assessment: assessed('3.0.13-0ubuntu3.7') })).kind).toBe('notNeeded');
    const nothing = { missingKbs: [], missingPackages: [], rebootPending: false, assessedAt: now };
    expect(needOf(openssl, { ...bare, assessment: nothing }).kind).toBe('unknown');
    expect(needOf(openssl, someUbuntu(old, { assessment: nothing })).kind).toBe('needed');
  });

  test('an architecture has its own fix', () => {
    const arm = someNotice('USN-2-1', [], { packages: [someFix('openssl', '3.1', { architecture: 'arm64' })] });
    expect(needOf(arm, someUbuntu(old)).kind).toBe('notNeeded');
    expect(needOf(arm, someUbuntu(['openssl 3.0 arm64'])).kind).toBe('needed');
    const both = someNotice('USN-2-2', ['libssl3t64 3.0.13-0ubuntu3.6']);
    const multi = someUbuntu(['libssl3t64 3.0.13-0ubuntu3.6 amd64', 'libssl3t64 3.0.13-0ubuntu3.5 i386']);
    expect(needOf(both, multi).kind).toBe('needed');
  });
});

describe('Ubuntu Pro', () => {
  const esm = someNotice('USN-3-1', [], { packages: [someFix('ffmpeg', '7:6.1.1-3ubuntu5+esm2', { pocket: 'pro' })] });
  const unmarked = someNotice('USN-3-2', ['ffmpeg 7:6.1.1-3ubuntu5+esm2']);
  const installed = 'ffmpeg 7:6.1.1-3ubuntu5 amd64';

  test.each([esm, unmarked])('is withheld from a machine without it, with the reason', (patch) => {
    expect(needOf(patch, someUbuntu([installed]))).toEqual({
      kind: 'withheld',
      reason: 'ffmpeg 7:6.1.1-3ubuntu5 stays below 7:6.1.1-3ubuntu5+esm2: it needs Ubuntu Pro',
    });
    expect(neededPatches([patch], someUbuntu([installed]))).toEqual([]);
  });

  test('is offered where the machine is attached, or has such a version already', () => {
    const attached = someUbuntu([], { guest: linuxGuest([installed], { pro: true }) });
    expect(needOf(esm, attached).kind).toBe('needed');
    expect(needOf(esm, someUbuntu(['ffmpeg 7:6.1.1-3ubuntu5+esm1 amd64'])).kind).toBe('needed');
    const unknown = someUbuntu([], { guest: linuxGuest([installed], { pro: null }) });
    expect(needOf(esm, unknown).kind).toBe('withheld');
  });

  test('what is reached without it is there partly: never wholly', () => {
    const mixed = someNotice('USN-3-3', ['openssl 3.0.13-0ubuntu3.6'], {
      packages: [...openssl.packages.slice(0, 1), ...esm.packages],
    });
    expect(presenceOf(mixed, someUbuntu([installed, ...fixed])).kind).toBe('partly');
    expect(needOf(mixed, someUbuntu([installed, ...fixed])).kind).toBe('withheld');
    expect(needOf(mixed, someUbuntu([installed, ...old]))).toMatchObject({
      kind: 'needed',
      packages: [{ name: 'openssl', fixed: '3.0.13-0ubuntu3.6', bySource: false }],
    });
  });

  test('another archive is not known to be used', () => {
    const eus = someNotice('RHSA-2', [], { packages: [someFix('openssl', '9', { pocket: 'eus' })] });
    expect(needOf(eus, someUbuntu(old))).toMatchObject({ kind: 'withheld', reason: expect.stringContaining('eus') });
  });
});

describe('presence', () => {
  test('every installed package has reached its fix', () => {
    expect(presenceOf(openssl, someUbuntu(fixed))).toEqual({
      kind: 'present',
      evidence: 'openssl 3.0.13-0ubuntu3.6, libssl3t64 3.0.13-0ubuntu3.6',
    });
    expect(presenceOf(openssl, someUbuntu([fixed[0] ?? '']))).toMatchObject({ kind: 'present' });
    expect(presenceOf(openssl, someUbuntu([fixed[0] ?? '', old[1] ?? '']))).toMatchObject({ kind: 'absent' });
  });

  test('a machine that has nothing of it does not have it', () => {
    expect(presenceOf(openssl, someUbuntu([])).kind).toBe('absent');
  });

  test.each([
    ['never asked', someUbuntu([], { guest: null })],
    [
      'asked for one of two',
      someUbuntu([], { guest: linuxGuest([], { packages: { manager: 'dpkg', asked: ['openssl'], installed: [] } }) }),
    ],
    ['told what cannot be read', someUbuntu(['openssl ?'])],
    [
      'of before, when packages were not asked for',
      someUbuntu([], { guest: { ...linuxGuest([]), linux: undefined } as never }),
    ],
  ])('unknown: %s', (_, vm) => {
    expect(presenceOf(openssl, vm).kind).toBe('unknown');
  });
});

describe('a kernel', () => {
  const installed = ['linux-image-azure 6.8.0-1018.21 amd64'];
  const waiting = { kernel: { running: '6.8.0-1017-azure', next: '6.8.0-1018-azure' } };
  const running = { kernel: { running: '6.8.0-1018-azure', next: '6.8.0-1018-azure' } };

  test('protects nobody before it runs', () => {
    const before = someUbuntu([], { guest: linuxGuest(installed, waiting) });
    expect(presenceOf(kernel, before)).toMatchObject({ kind: 'absent', evidence: expect.stringContaining('restart') });
    expect(needOf(kernel, before)).toMatchObject({
      kind: 'needed',
      packages: [{ name: 'linux-image-azure', fixed: '6.8.0-1018.21', bySource: false }],
    });
    const after = someUbuntu([], { guest: linuxGuest(installed, running) });
    expect(presenceOf(kernel, after).kind).toBe('present');
    expect(needOf(kernel, after).kind).toBe('notNeeded');
  });

  test('of which nobody told whether it runs is not there', () => {
    const unknown = { kernel: { running: '6.8.0-1018-azure', next: null } };
    const vm = someUbuntu([], { guest: linuxGuest(installed, unknown) });
    expect(presenceOf(kernel, vm).kind).toBe('unknown');
    expect(needOf(kernel, vm).kind).toBe('unknown');
    expect(needOf(kernel, vm, inventory(installed, { system: null })).kind).toBe('unknown');
  });

  test('that a notice names by its number alone is not known to be there', () => {
    const numbered = someNotice('USN-7835-4', ['linux-image-6.8.0-1018-azure 6.8.0-1018.21'], { restart: 'yes' });
    const asked = (kernel: string) =>
      someUbuntu([], {
        guest: linuxGuest([], {
          kernel: { running: kernel, next: kernel },
          packages: { manager: 'dpkg', asked: ['linux-image-6.8.0-1018-azure'], installed: [] },
        }),
      });
    expect(needOf(numbered, asked('6.8.0-1017-azure'))).toMatchObject({
      kind: 'unknown',
      reason: expect.stringContaining('no installed package would bring linux-image-6.8.0-1018-azure'),
    });
    for (const other of ['6.8.0-1018-azure', '6.8.0-1019-azure', '6.8.0-31-generic', '6.11.0-1008-azure'])
      expect(needOf(numbered, asked(other)).kind).toBe('notNeeded');
  });

  test('is kept beside its predecessors: the newest counts', () => {
    const redHat = someNotice('RHSA-2025:1', [], {
      packages: [someFix('kernel-core', '5.14.0-570.12.1.el9_6', { distribution: 'rhel', release: '9' })],
    });
    const next = '5.14.0-570.12.1.el9_6.x86_64';
    const guest = linuxGuest(['kernel-core 5.14.0-503.11.1.el9_5 x86_64', 'kernel-core 5.14.0-570.12.1.el9_6 x86_64'], {
      id: 'rhel',
      version: '9.6',
      kernel: { running: next, next },
    });
    expect(presenceOf(redHat, someUbuntu([], { guest })).kind).toBe('present');
  });
});

describe('streams of a module', () => {
  const rhel8 = { distribution: 'rhel', release: '8' } as const;
  const stream = (version: string, module: string) => someFix('ruby', version, { ...rhel8, module });
  const ruby27 = someNotice('RHSA-2023:3821', [], {
    packages: [stream('2.7.8-139.module+el8.8.0+18745+f1bef313', 'ruby:2.7')],
  });
  const ruby31 = someNotice('RHSA-2024:1431', [], {
    packages: [stream('3.1.4-142.module+el8.9.0+21471+7d2e2f33', 'ruby:3.1')],
  });
  const redHat = (version: string, module: string | null, isTold = true) => {
    const source = isTold ? { name: 'ruby', version } : null;
    const installed = [{ name: 'ruby', version, architecture: 'x86_64', source, module }];
    const packages = { manager: 'rpm' as const, asked: ['ruby'], installed };
    return someUbuntu([], { guest: linuxGuest([], { id: 'rhel', version: '8.9', packages }) });
  };

  test('a machine needs what its own stream brings, and nothing of another', () => {
    const following27 = redHat('2.7.6-138.module+el8.6.0+16148+54a2ba8b', 'ruby:2.7');
    expect(neededPatches([ruby27, ruby31], following27).map(({ patch }) => patch.patchId)).toEqual(['RHSA-2023:3821']);
    expect(needOf(ruby27, redHat('2.5.9-111.module+el8.9.0+1+a', 'ruby:2.5')).kind).toBe('notNeeded');
    expect(presenceOf(ruby27, redHat('3.1.4-142.module+el8.9.0+21471+7d2e2f33', 'ruby:3.1')).kind).toBe('absent');
  });

  test('a package of no module concerns no stream, nor the other way round', () => {
    expect(needOf(ruby27, redHat('2.5.9-111.el8', null)).kind).toBe('notNeeded');
    const plain = someNotice('RHSA-2023:1', [], { packages: [someFix('ruby', '3.0', rhel8)] });
    expect(needOf(plain, redHat('2.7.6-138.module+el8.6.0+16148+54a2ba8b', 'ruby:2.7')).kind).toBe('notNeeded');
  });

  test('a guest that did not tell its streams leaves it unknown', () => {
    const vm = redHat('2.7.6-138.module+el8.6.0+16148+54a2ba8b', null, false);
    expect(needOf(ruby27, vm)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('stream') });
    expect(presenceOf(ruby27, vm).kind).toBe('unknown');
  });

  test('and one stream does not supersede another', () => {
    expect(currentPatches([ruby27, ruby31]).current).toHaveLength(2);
  });
});

describe('what names its source alone', () => {
  const debian12 = { distribution: 'debian', release: '12', sourceOnly: true } as const;
  const dsa = (name: string, version: string) =>
    someNotice('DSA-5764-1', [], { packages: [someFix(name, version, debian12)] });
  const fixes = dsa('openssl', '3.0.14-1~deb12u2');
  const debian = (packages: string[], change = {}) =>
    someUbuntu([], { osName: 'debian', guest: linuxGuest(packages, { id: 'debian', version: '12', ...change }) });

  test('is due for what is installed of it, under the names of the binaries', () => {
    const vm = debian([
      'libssl3 3.0.13-1~deb12u1 amd64 openssl 3.0.13-1~deb12u1',
      'bash 5.2.15-2+b7 amd64 bash 5.2.15-2',
    ]);
    expect(needOf(fixes, vm)).toMatchObject({
      kind: 'needed',
      packages: [{ name: 'libssl3', fixed: '3.0.14-1~deb12u2', bySource: true }],
    });
    expect(presenceOf(fixes, vm).kind).toBe('absent');
  });

  test('is judged by the version of the source, not of the binary', () => {
    const rebuilt = debian(['libssl3 1:9.9+b1 amd64 openssl 3.0.14-1~deb12u2']);
    expect(presenceOf(fixes, rebuilt).kind).toBe('present');
    expect(needOf(fixes, rebuilt).kind).toBe('notNeeded');
    expect(needOf(fixes, debian(['openssl 1:9.9 amd64 other 1'])).kind).not.toBe('needed');
  });

  test('is unknown where the inventory of the guest did not tell of sources', () => {
    expect(needOf(fixes, someUbuntu([], { osName: 'debian', osVersion: '12', guest: null })).kind).toBe('unknown');
    const old = inventory(['openssl 3.0.14-1 amd64'], { system: null });
    const vm = someUbuntu([], { osName: 'debian', osVersion: '12', guest: null });
    expect(needOf(fixes, vm, old)).toMatchObject({ kind: 'unknown', reason: expect.stringContaining('openssl') });
    expect(presenceOf(fixes, vm, old).kind).toBe('unknown');
  });

  test('a signed kernel is of the kernel’s source, and kernels kept beside it do not count', () => {
    const linux = dsa('linux', '6.1.106-3');
    const told = (meta: string, running: string) =>
      debian(
        [
          `linux-image-amd64 ${meta} amd64 linux-signed-amd64 ${meta.replace('-', '+')}`,
          'linux-image-6.1.0-20-amd64 6.1.85-1 amd64 linux-signed-amd64 6.1.85+1',
        ],
        { kernel: { running, next: running } },
      );
    expect(needOf(linux, told('6.1.99-1', '6.1.0-23-amd64'))).toMatchObject({
      kind: 'needed',
      packages: [{ name: 'linux-image-amd64' }],
    });
    expect(presenceOf(linux, told('6.1.106-3', '6.1.0-25-amd64')).kind).toBe('present');
  });
});

describe('supersedence of packages', () => {
  const newer = someNotice('USN-7900-1', [
    'openssl 3.0.13-0ubuntu3.7',
    'libssl3t64 3.0.13-0ubuntu3.7',
    'libssl-dev 3.0.13-0ubuntu3.7',
  ]);
  const part = someNotice('USN-7850-1', ['openssl 3.0.13-0ubuntu3.6.1']);
  const ids = (patches: { patch: { patchId: string } }[]) => patches.map(({ patch }) => patch.patchId);

  test('what another brings in higher versions, on every release, is superseded', () => {
    expect(currentPatches([openssl, newer, part]).supersededBy).toEqual({
      'USN-7786-1': 'USN-7900-1',
      'USN-7850-1': 'USN-7900-1',
    });
    const wide = someNotice('USN-7786-1', [], {
      packages: [...openssl.packages, someFix('openssl', '3.0.2-0ubuntu1.20', { release: '22.04' })],
    });
    expect(currentPatches([wide, newer]).current).toHaveLength(2);
    expect(currentPatches([openssl, part]).current).toHaveLength(2);
  });

  test('what only Ubuntu Pro brings supersedes nothing for those without it', () => {
    const pro = someNotice('USN-7950-1', ['openssl 3.0.13-0ubuntu3.6+esm1', 'libssl3t64 3.0.13-0ubuntu3.6+esm1']);
    expect(currentPatches([openssl, pro]).current).toHaveLength(2);
  });

  test('versions that cannot be compared supersede nothing', () => {
    const broken = someNotice('USN-7951-1', ['openssl <all>', 'libssl3t64 <all>']);
    expect(currentPatches([openssl, broken]).supersededBy).toEqual({});
  });

  test('on one machine only the newest of what contains each other is needed', () => {
    expect(ids(neededPatches([openssl, newer, part], someUbuntu(old)))).toEqual(['USN-7900-1']);
    // Of openssl alone, which this machine has, the later notice brings more than the first.
    expect(ids(neededPatches([openssl, part], someUbuntu([old[0] ?? ''])))).toEqual(['USN-7850-1']);
    expect(ids(neededPatches([openssl, part], someUbuntu(old)))).toEqual(['USN-7786-1', 'USN-7850-1']);
  });

  test('of two that bring the same, one is needed: the later', () => {
    const again = { ...openssl, patchId: 'USN-7786-2', released: '2025-10-02T00:00:00.000Z' };
    expect(ids(neededPatches([openssl, again], someUbuntu(old)))).toEqual(['USN-7786-2']);
    expect(ids(neededPatches([again, openssl], someUbuntu(old)))).toEqual(['USN-7786-2']);
  });

  test('the chain of each package, by version; packages with the same chain share it', () => {
    expect(
      chainsOf(openssl, [newer, part, openssl]).map(({ product, links }) => [
        product,
        links.map((link) => `${link.patchId} ${link.build ?? ''}`),
      ]),
    ).toEqual([
      [
        'openssl on Ubuntu 24.04',
        ['USN-7786-1 3.0.13-0ubuntu3.6', 'USN-7850-1 3.0.13-0ubuntu3.6.1', 'USN-7900-1 3.0.13-0ubuntu3.7'],
      ],
      ['libssl3t64 on Ubuntu 24.04', ['USN-7786-1 3.0.13-0ubuntu3.6', 'USN-7900-1 3.0.13-0ubuntu3.7']],
    ]);
    expect(chainsOf(openssl, [openssl]).map((chain) => chain.product)).toEqual(['openssl, libssl3t64 on Ubuntu 24.04']);
  });
});
