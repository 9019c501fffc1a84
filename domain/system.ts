// Which operating system a machine has, as vendors name it: what decides which patches are for it, and which staging machine stands for it.

import type { Distribution } from './patch.js';
import type { LinuxSystemFacts, Vm } from './vm.js';

/** `Windows Server 2022` out of Azure's `Windows Server 2022 Datacenter`; null for anything else. */
export function serverProduct(osName: string | null): string | null {
  const match = /Windows Server \d{4}(?: R2)?/.exec(osName ?? '');
  return match === null ? null : match[0];
}

export interface LinuxSystem {
  distribution: Distribution;
  /** As advisories count: `24.04`, `12`, `9`, `15.5`, `leap-15.5`. */
  release: string;
}

type Described = Pick<Vm, 'osType' | 'osName' | 'osVersion' | 'guest'>;

/** By the guest's own word, else by Azure's; null where neither names a release of a distribution that channels speak of. */
export function linuxSystemOf(vm: Described, told: LinuxSystemFacts | null): LinuxSystem | null {
  if (vm.osType !== 'linux') return null;
  const facts = told ?? vm.guest?.linux ?? null;
  return facts === null ? systemNamed(vm.osName, vm.osVersion) : systemNamed(facts.id, facts.version);
}

/** `ID` of os-release, or what Azure's agent calls it. Rebuilds of a distribution have other versions and are none of it. */
const distributions: Record<string, Distribution> = {
  ubuntu: 'ubuntu',
  debian: 'debian',
  rhel: 'rhel',
  redhat: 'rhel',
  'red hat enterprise linux': 'rhel',
  sles: 'suse',
  sles_sap: 'suse',
  suse: 'suse',
  'opensuse-leap': 'suse',
  'sle-micro': 'suse',
  'sl-micro': 'suse',
};

/** Relatives of SUSE's server count apart from it. */
function relativeOf(name: string): string {
  return name === 'opensuse-leap' ? 'leap-' : name.endsWith('-micro') ? 'micro-' : '';
}

function systemNamed(name: string | null, version: string | null): LinuxSystem | null {
  const word = (name ?? '').trim().toLowerCase();
  const distribution = Object.hasOwn(distributions, word) ? distributions[word] : undefined;
  const [major, minor] = /^(\d+)(?:\.(\d+))?/.exec(version ?? '')?.slice(1) ?? [];
  if (distribution === undefined || major === undefined) return null;
  switch (distribution) {
    case 'ubuntu':
      return minor === undefined ? null : { distribution, release: `${major}.${minor}` };
    case 'suse':
      return { distribution, release: `${relativeOf(word)}${major}${minor === undefined ? '' : `.${minor}`}` };
    case 'debian':
    case 'rhel':
      // A minor release is the same one, updated.
      return { distribution, release: major };
  }
}

const spoken: Record<Distribution, string> = {
  ubuntu: 'Ubuntu',
  debian: 'Debian',
  rhel: 'Red Hat Enterprise Linux',
  suse: 'SUSE Linux Enterprise',
};

export function spokenSystem({ distribution, release }: LinuxSystem): string {
  return `${spoken[distribution]} ${release}`;
}

/** `Windows Server 2022`, `Ubuntu 24.04`; null where it is not known. */
export function systemOf(vm: Described): string | null {
  if (vm.osType === 'windows') return serverProduct(vm.osName);
  const system = linuxSystemOf(vm, null);
  return system === null ? null : spokenSystem(system);
}
