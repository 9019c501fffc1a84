// Facts of real Linux releases: what their archives hold, which notices announced it, and what a machine from an older image still has.
// Sources: https://ubuntu.com/security/notices, https://access.redhat.com/errata (ids, CVEs, packages, versions, instants; of long lists of CVEs a few).

export type ReleaseName = 'ubuntu' | 'rhel';

/** A package in an archive. */
export interface ArchivePackage {
  name: string;
  version: string;
  source: string;
  classification: 'Critical' | 'Security' | 'Other';
  /** Packages of this same version that come along, whether they are installed or not. */
  requires: string[];
  /** Whoever uses it goes on with the old one until the machine restarts. */
  restart: boolean;
  /** Kept beside its predecessors. */
  beside: boolean;
  /** The kernel that it brings, as `uname -r` names it. */
  kernel: string | null;
}

export interface Notice {
  id: string;
  title: string;
  published: string;
  cves: string[];
  severity: 'Important' | 'Moderate';
  restart: boolean;
  /** The vendor names the source alone. */
  sourceOnly: boolean;
  source: { name: string; version: string };
  packages: ArchivePackage[];
}

export interface Release {
  name: ReleaseName;
  /** As its `os-release` has it. */
  version: string;
  manager: 'dpkg' | 'rpm';
  architecture: string;
  /** What a machine from the image of the demonstration has. */
  image: ArchivePackage[];
  kernel: string;
  /** The oldest first. */
  notices: Notice[];
  /** What no notice announced. */
  others: ArchivePackage[];
}

export interface HeldPackage {
  name: string;
  version: string;
  source: string;
}

/** The Linux part of a guest; on its disk, so restore points bring it back. */
export interface LinuxState {
  release: ReleaseName;
  packages: HeldPackage[];
  /** Names that whoever runs the machine keeps as they are. */
  held: string[];
  /** What runs, and what the next start boots. */
  kernel: { running: string; next: string };
  /** Attached to Ubuntu Pro. */
  pro: boolean;
  /** What came when: `package=version`. */
  log: { id: string; at: string }[];
}

/** Later than everything in the table of facts. */
export interface PublishedPackage extends ArchivePackage {
  release: ReleaseName;
}

const plain = { classification: 'Security', restart: false, beside: false, kernel: null } as const;

function packageOf(name: string, version: string, change: Partial<ArchivePackage> = {}): ArchivePackage {
  return { ...plain, requires: [], name, version, source: name, ...change };
}

type NoticePart = Pick<Notice, 'id' | 'title' | 'published' | 'cves' | 'packages'> & Partial<Notice>;

/** Left out: the source is that of its first package, in its version. */
function notice(part: NoticePart): Notice {
  const [first] = part.packages;
  const source = { name: first?.source ?? '', version: first?.version ?? '' };
  return { severity: 'Important', restart: false, sourceOnly: false, source, ...part };
}

function openssl(version: string): ArchivePackage[] {
  return [packageOf('openssl', version), packageOf('libssl3t64', version, { source: 'openssl', restart: true })];
}

/** The package that brings each next kernel, and the kernel itself. */
function azureKernel(release: string, version: string): ArchivePackage[] {
  const image = `linux-image-${release}`;
  return [
    packageOf('linux-image-azure', version, { source: 'linux-meta-azure', requires: [image] }),
    packageOf(image, version, { source: 'linux-signed-azure', restart: true, kernel: release }),
  ];
}

const ubuntu: Release = {
  name: 'ubuntu',
  version: '24.04',
  manager: 'dpkg',
  architecture: 'amd64',
  kernel: '6.8.0-1007-azure',
  image: [
    ...openssl('3.0.13-0ubuntu3.4'),
    packageOf('sudo', '1.9.15p5-3ubuntu5'),
    ...azureKernel('6.8.0-1007-azure', '6.8.0-1007.7'),
    packageOf('nginx', '1.24.0-2ubuntu7'),
    packageOf('openssh-server', '1:9.6p1-3ubuntu13.13', { source: 'openssh' }),
    packageOf('tzdata', '2024a-2ubuntu1'),
  ],
  notices: [
    notice({
      id: 'USN-7004-1',
      title: 'Linux kernel vulnerabilities',
      published: '2024-09-12T00:00:00',
      cves: ['CVE-2024-36971'],
      restart: true,
      source: { name: 'linux-azure', version: '6.8.0-1014.16' },
      packages: azureKernel('6.8.0-1014-azure', '6.8.0-1014.16'),
    }),
    notice({
      id: 'USN-7278-1',
      title: 'OpenSSL vulnerabilities',
      published: '2025-02-20T17:40:04',
      cves: ['CVE-2024-13176', 'CVE-2024-9143'],
      restart: true,
      packages: openssl('3.0.13-0ubuntu3.5'),
    }),
    notice({
      id: 'USN-7604-1',
      title: 'Sudo vulnerabilities',
      published: '2025-06-30T14:47:26',
      cves: ['CVE-2025-32462', 'CVE-2025-32463'],
      packages: [packageOf('sudo', '1.9.15p5-3ubuntu5.24.04.1')],
    }),
    notice({
      id: 'USN-7786-1',
      title: 'OpenSSL vulnerability',
      published: '2025-09-30T14:44:07',
      cves: ['CVE-2025-9230'],
      restart: true,
      packages: openssl('3.0.13-0ubuntu3.6'),
    }),
  ],
  others: [packageOf('tzdata', '2025b-0ubuntu0.24.04.1', { classification: 'Other' })],
};

/** Two that are only ever of one version. */
function pair(tool: string, library: string, version: string, change: Partial<ArchivePackage>): ArchivePackage[] {
  return [
    packageOf(tool, version, { source: tool, requires: [library], ...change, restart: false }),
    packageOf(library, version, { source: tool, requires: [tool], ...change }),
  ];
}

const python = (version: string) => pair('python3', 'python3-libs', version, { source: 'python3.9' });

const opensslRpm = (version: string) => pair('openssl', 'openssl-libs', version, { restart: true });

function kernelRpm(version: string): ArchivePackage[] {
  const beside = { source: 'kernel', beside: true };
  return [
    packageOf('kernel', version, { ...beside, requires: ['kernel-core'] }),
    packageOf('kernel-core', version, { ...beside, restart: true, kernel: `${version}.x86_64` }),
  ];
}

const rhel: Release = {
  name: 'rhel',
  version: '9.5',
  manager: 'rpm',
  architecture: 'x86_64',
  kernel: '5.14.0-503.11.1.el9_5.x86_64',
  image: [
    ...opensslRpm('1:3.2.2-6.el9'),
    ...python('3.9.18-3.el9_4.1'),
    ...kernelRpm('5.14.0-503.11.1.el9_5'),
    packageOf('nginx', '1:1.20.1-20.el9'),
    packageOf('openssh-server', '8.7p1-43.el9', { source: 'openssh' }),
  ],
  notices: [
    notice({
      id: 'RHSA-2024:6163',
      title: 'Red Hat Security Advisory: python3.9 security update',
      published: '2024-09-03T17:57:24+00:00',
      cves: ['CVE-2024-6923', 'CVE-2024-8088'],
      packages: python('3.9.18-3.el9_4.5'),
    }),
    notice({
      id: 'RHSA-2024:9371',
      title: 'Red Hat Security Advisory: python3.9 security update',
      published: '2024-11-12T09:38:54+00:00',
      cves: ['CVE-2024-8088'],
      severity: 'Moderate',
      sourceOnly: true,
      packages: python('3.9.19-8.el9'),
    }),
    notice({
      id: 'RHSA-2025:1330',
      title: 'Red Hat Security Advisory: openssl security update',
      published: '2025-02-11T00:00:00+00:00',
      cves: ['CVE-2024-12797'],
      packages: opensslRpm('1:3.2.2-6.el9_5.1'),
    }),
    notice({
      id: 'RHSA-2025:1659',
      title: 'Red Hat Security Advisory: kernel security update',
      published: '2025-02-19T00:00:00+00:00',
      cves: ['CVE-2023-52490'],
      severity: 'Moderate',
      restart: true,
      packages: kernelRpm('5.14.0-503.26.1.el9_5'),
    }),
  ],
  others: [],
};

export const releases: Record<ReleaseName, Release> = { ubuntu, rhel };
