// What only the guest itself can tell: its software, the updates it remembers, its administrators.

import type { ProbeFacts, ProbeRequest } from '../domain/probe.js';
import type { GuestFacts, InstalledPackage, LinuxSystemFacts } from '../domain/vm.js';
import type { VmAddress } from './azure.js';
import type { GuestDefinitions } from './definitions.js';

export interface Program {
  name: string;
  version: string;
  /** Where the guest keeps the entry. */
  source: 'registry' | 'dpkg' | 'rpm';
  /** Of a package: the source that it is built of, and the stream of a module that it came in. */
  built?: InstalledPackage['source'];
  module?: InstalledPackage['module'];
}

export interface RememberedUpdate {
  /** `KB5065432`, or `openssl=3.0.13-0ubuntu3.6` of a package manager's log. */
  patchId: string;
  /** ISO instant; null where the guest remembers no date. */
  at: string | null;
}

export interface GuestInventory {
  software: Program[];
  updates: RememberedUpdate[];
  /** Accounts of the local administrators' group, or of sudo and wheel. */
  administrators: string[];
  /** Of Linux; null of Windows, and where the guest does not tell. */
  linux: LinuxSystemFacts | null;
  /** Of its scanner; left out where the guest does not tell. */
  definitions?: GuestDefinitions;
}

export interface GuestPort {
  /** Throws when the guest answers garbage, half of it, or not in time: what is known stays. */
  inventory(vm: VmAddress, osType: 'windows' | 'linux'): Promise<GuestInventory>;
  /**
   * What a built-in forensic script finds, as lines of text; it changes nothing but a file of its own, which it removes. Throws as above.
   * `capture`: twelve hexadecimal digits that name this capture in the guest while its pages are read.
   */
  evidence(vm: VmAddress, osType: 'windows' | 'linux', script: string, capture: string): Promise<string>;
  /** What policy asks of the machine, and nothing else; scripts of the team are run as its administrator. Throws as above. */
  probe(vm: VmAddress, osType: 'windows' | 'linux', request: ProbeRequest): Promise<ProbeFacts>;
  /** Whether these services run, and what the guest tells of itself besides. Throws as above. */
  services(vm: VmAddress, osType: 'windows' | 'linux', services: string[]): Promise<GuestFacts>;
}
