// The words of Linux vendors: releases, pockets, packages, restarts, scores by vector, ids that may become a patch's.

import { describe, expect, test } from '@jest/globals';
import { patchIdOf } from '../../../domain/advisoryId.js';
import { baseScore } from '../../../domain/cvss.js';
import {
  redHatRelease,
  releaseOfEcosystem,
  suseRelease,
  ubuntuPocket,
  ubuntuRelease,
} from '../../../domain/linuxRelease.js';
import { oneLine, webLink } from '../../../domain/plainText.js';
import { restartHint, restartOfCategory, restartOfPackage, restartOfProse } from '../../../domain/restartHint.js';
import { rpmPackageOf } from '../../../domain/rpmPackage.js';
import { severityOf } from '../../../domain/severity.js';

describe('releases', () => {
  test.each([
    ['Ubuntu:24.04:LTS', 'ubuntu 24.04 -'],
    ['Ubuntu:25.10', 'ubuntu 25.10 -'],
    ['Ubuntu:Pro:18.04:LTS', 'ubuntu 18.04 pro'],
    ['Ubuntu:Pro:FIPS-updates:20.04:LTS', 'ubuntu 20.04 fips-updates'],
    ['Ubuntu:Pro:Realtime:22.04:LTS', 'ubuntu 22.04 realtime'],
    ['Ubuntu:Touch:22.04', null],
    ['Ubuntu', null],
    ['Debian:12', 'debian 12 -'],
    ['Debian:6.0', 'debian 6.0 -'],
    ['Debian', null],
    ['Red Hat:enterprise_linux:9::baseos', 'rhel 9 -'],
    ['Red Hat:rhel_aus:8.2::appstream', 'rhel 8.2 aus'],
    ['SUSE:Linux Enterprise Server 15 SP5', 'suse 15.5 -'],
    ['SUSE:Linux Enterprise Server 15 SP4-LTSS', 'suse 15.4 ltss'],
    ['SUSE:Linux Enterprise Server LTSS Extended Security 12 SP5', 'suse 12.5 ltss-extended-security'],
    ['SUSE:Linux Enterprise Server for SAP Applications 15 SP5', 'suse 15.5 sap'],
    ['SUSE:Linux Enterprise Module for Basesystem 15 SP5', 'suse 15.5 -'],
    ['SUSE:Linux Enterprise Micro 5.1', 'suse micro-5.1 -'],
    ['openSUSE:Leap 15.5', 'suse leap-15.5 -'],
    ['SUSE:Manager Server 4.3', null],
    ['npm', null],
    ['', null],
  ])('of the ecosystem %s: %s', (ecosystem, expected) => {
    const found = releaseOfEcosystem(ecosystem);
    expect(found === null ? null : `${found.distribution} ${found.release} ${found.pocket ?? '-'}`).toBe(expected);
  });

  test.each([
    ['cpe:/o:redhat:enterprise_linux:9::baseos', '9 -'],
    ['cpe:/a:redhat:enterprise_linux:8::appstream', '8 -'],
    // The main stream of 10 is written with its minor release: it is one for all of them.
    ['cpe:/o:redhat:enterprise_linux:10.0', '10 -'],
    ['cpe:/o:redhat:enterprise_linux_eus:10.2', '10.2 eus'],
    ['cpe:/o:redhat:rhel_eus:8.8::baseos', '8.8 eus'],
    ['cpe:/o:redhat:rhel_els:6', '6 els'],
    ['cpe:/a:redhat:openstack:17.1::el9', '9 openstack-17.1'],
    ['cpe:/a:redhat:openshift:4', null],
    ['cpe:/o:suse:sles:15:sp5', null],
  ])('of Red Hat by %s: %s', (cpe, expected) => {
    const found = redHatRelease(cpe);
    expect(found === null ? null : `${found.release} ${found.pocket ?? '-'}`).toBe(expected);
  });

  test.each([
    ['cpe:/o:suse:sles:15:sp5', '15.5 -'],
    ['cpe:/o:suse:sles:12', '12 -'],
    ['cpe:/o:suse:suse_sles:11:sp2', '11.2 -'],
    ['cpe:/o:suse:suse_sles_ltss:11:sp1', '11.1 ltss'],
    ['cpe:/o:suse:sles-ltss-extended-security:12:sp5', '12.5 ltss-extended-security'],
    ['cpe:/o:suse:sles:11:sp1:teradata', '11.1 teradata'],
    ['cpe:/o:suse:sles_sap:15:sp3', '15.3 sap'],
    ['cpe:/o:suse:sle_hpc-ltss:15:sp4', '15.4 hpc-ltss'],
    ['cpe:/o:suse:sle-module-basesystem:15:sp5', '15.5 -'],
    ['cpe:/o:suse:sle-micro:5.1', 'micro-5.1 -'],
    ['cpe:/o:opensuse:leap:15.5', 'leap-15.5 -'],
    ['cpe:/o:suse:packagehub:12', '12 packagehub'],
    ['cpe:/o:suse:suse-manager-server:4.3', null],
    ['cpe:/o:redhat:enterprise_linux:9', null],
  ])('of SUSE by %s: %s', (cpe, expected) => {
    const found = suseRelease(cpe);
    expect(found === null ? null : `${found.release} ${found.pocket ?? '-'}`).toBe(expected);
  });

  test('of Ubuntu by code name, and its pockets', () => {
    expect([ubuntuRelease('jammy'), ubuntuRelease('warty'), ubuntuRelease('constructor')]).toEqual([
      '22.04',
      null,
      null,
    ]);
    expect(ubuntuPocket('security', '1.0')).toBeNull();
    expect(ubuntuPocket('esm-infra', '1.0')).toBe('pro');
    expect(ubuntuPocket('esm-apps', '1.0')).toBe('pro');
    expect(ubuntuPocket('fips-updates', '1.0')).toBe('fips-updates');
    // Where the notice does not say, the version does.
    expect(ubuntuPocket(null, '7.58.0-2ubuntu3.24+esm9')).toBe('pro');
    expect(ubuntuPocket(null, '8.5.0-2ubuntu10.7')).toBeNull();
  });
});

describe('packages of rpm', () => {
  test.each([
    [
      'pkg:rpm/redhat/bind@9.8.2-0.68.rc1.el6_10.17?arch=x86_64&epoch=32',
      'bind-32:9.8.2-0.68.rc1.el6_10.17.x86_64',
      'bind 32:9.8.2-0.68.rc1.el6_10.17 x86_64 -',
    ],
    // The address lacks the epoch that the name has.
    ['pkg:rpm/redhat/bind@9.8.2-0.68.el6?arch=src', 'bind-32:9.8.2-0.68.el6.src', 'bind 32:9.8.2-0.68.el6 src -'],
    [
      'pkg:rpm/redhat/ruby@3.1.4-142.module%2Bel8.9.0%2B21471%2B7d1e4a35?arch=i686&rpmmod=ruby:3.1:8090020240311122605:a75119d5',
      'ruby-0:3.1.4-142.module+el8.9.0+21471+7d1e4a35.i686::ruby:3.1',
      'ruby 0:3.1.4-142.module+el8.9.0+21471+7d1e4a35 i686 ruby:3.1',
    ],
    [null, 'libopenssl0_9_8-32bit-0.9.8j-0.66.1.x86_64', 'libopenssl0_9_8-32bit 0:0.9.8j-0.66.1 x86_64 -'],
    [null, 'bind-9.9.4P2-0.6.1.i586', 'bind 0:9.9.4P2-0.6.1 i586 -'],
    [null, 'Windows Server 2022', null],
    [null, `${'a-'.repeat(100_000)}1.x86_64`, null],
    [null, '../../etc/passwd-1-2.x86_64', null],
    ['pkg:rpm/redhat/%00evil@1-1?arch=x86_64', 'evil', null],
    ['pkg:rpm/redhat/evil@%E0%A4%A?arch=x86_64', 'evil', null],
    ['pkg:rpm/redhat/evil@1-1?epoch=-1', 'evil', null],
    ['pkg:oci/ose-console@sha256:4a6e', 'ose-console', null],
  ])('%s, %s', (purl, written, expected) => {
    const found = rpmPackageOf(purl, written);
    expect(found === null ? null : `${found.name} ${found.version} ${found.architecture} ${found.module ?? '-'}`).toBe(
      expected,
    );
  });
});

describe('restarts', () => {
  test.each([
    ['linux-image-6.8.0-1017-azure', 'yes'],
    ['linux-image-unsigned-6.8.0-1017-nvidia', 'yes'],
    ['linux', 'yes'],
    ['linux-signed-azure', 'yes'],
    ['linux-hwe-6.8', 'yes'],
    ['kernel', 'yes'],
    ['kernel-core', 'yes'],
    ['kernel-rt-core', 'yes'],
    ['kernel-default', 'yes'],
    ['kernel-default-base', 'yes'],
    ['kernel-rt-modules-extra', 'yes'],
    [`kernel${'-rt-core'.repeat(15)}-x`, 'unknown'],
    ['kernel-headers', 'unknown'],
    ['kernel-tools', 'unknown'],
    ['linux-tools-common', 'unknown'],
    ['linux-libc-dev', 'unknown'],
    ['kpatch-patch-4_18_0-193_119_1', 'unknown'],
    ['kernel-livepatch-5_14_21-150500_55_7-default', 'unknown'],
    ['glibc', 'maybe'],
    ['libc6', 'maybe'],
    ['libc6-dev', 'maybe'],
    ['systemd', 'maybe'],
    ['dbus', 'maybe'],
    ['openssl-libs', 'maybe'],
    ['libssl3t64', 'maybe'],
    ['linux-firmware', 'maybe'],
    ['curl', 'unknown'],
  ])('%s: %s', (name, expected) => {
    expect(restartOfPackage(name)).toBe(expected);
  });

  test.each([
    ['After a standard system update you need to reboot your computer to make\nall the necessary changes.\n', 'yes'],
    ['The system must be rebooted for this update to take effect.', 'yes'],
    ['After a standard system update you need to restart the computer.', 'yes'],
    ['You may need to reboot your computer.', 'maybe'],
    ['After a standard system update you need to restart Firefox to make all the necessary changes.', 'maybe'],
    ['After a standard system update you need to restart your session to make all the necessary changes.', 'maybe'],
    ['You need to log out and log back in.', 'maybe'],
    ['In general, a standard system update will make all the necessary changes.', 'no'],
    ['This update does not require a reboot.', 'no'],
    ['', 'unknown'],
    [null, 'unknown'],
  ])('%j: %s', (prose, expected) => {
    expect(restartOfProse(prose)).toBe(expected);
  });

  test('the stronger word counts, the vendor’s or the package’s', () => {
    expect(restartHint(['curl', 'openssl-libs'], 'no')).toBe('maybe');
    expect(restartHint(['kernel'], 'no')).toBe('yes');
    expect(restartHint(['curl'], 'yes')).toBe('yes');
    expect(restartHint([], 'unknown')).toBe('unknown');
    expect(['machine', 'service', 'none', 'constructor', null].map(restartOfCategory)).toEqual([
      'yes',
      'maybe',
      'no',
      'unknown',
      'unknown',
    ]);
  });
});

describe('scores by vector, as the calculator of FIRST gives them', () => {
  test.each([
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H', 9.8],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:H/A:H', 10],
    ['CVSS:3.1/AV:N/AC:L/PR:L/UI:N/S:C/C:H/I:H/A:H/E:U/RL:O/RC:C', 9.9],
    ['CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:H/I:H/A:H', 7],
    ['CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:U/C:H/I:N/A:N', 6.5],
    ['CVSS:3.1/AV:L/AC:L/PR:N/UI:R/S:U/C:N/I:N/A:N', 0],
    ['CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:C/C:L/I:N/A:N', 1.8],
    ['CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H', null],
    ['CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N', null],
    ['AV:N/AC:L/Au:N/C:P/I:P/A:P', null],
    ['<script>', null],
  ])('%s: %s', (vector, expected) => {
    expect(baseScore(vector)).toBe(expected);
  });
});

describe('texts from outside', () => {
  test.each([
    ['RHSA-2023:7434', 'RHSA-2023:7434'],
    ['openSUSE-SU-2016:1623-1', 'openSUSE-SU-2016:1623-1'],
    ['DSA-135', 'DSA-135'],
    ['a/b', null],
    ['../x', null],
    ['RHSA 2023', null],
    ['RHSA\n2023', null],
    ['x'.repeat(81), null],
    ['', null],
    // Only Microsoft's channel may speak of KBs.
    ['KB5094128', null],
    ['kb5094128', null],
  ])('the id %j becomes %j', (id, expected) => {
    expect(patchIdOf(id)).toBe(expected);
  });

  test('one line, and links that may be followed', () => {
    expect(oneLine('  <script>\r\nBcc: x@y\u0000\u2028z  ', 100)).toBe('<script> Bcc: x@y z');
    expect(oneLine('😀'.repeat(10), 5)).toBe('😀😀😀😀…');
    expect(webLink('https://support.microsoft.com/help/5094128')).toBe('https://support.microsoft.com/help/5094128');
    for (const bad of ['javascript:alert(1)', 'https://a b', 'https://a"><script>', 'ftp://x', '', null])
      expect(webLink(bad)).toBeNull();
    expect(['High', ' critical ', 'negligible', 'constructor', null].map(severityOf)).toEqual([
      'important',
      'critical',
      'low',
      'unknown',
      'unknown',
    ]);
  });
});
