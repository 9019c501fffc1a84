// What Patchline knows of one virtual machine. Facts carry when they were seen: stale facts close gates (I5).

export type Environment = 'production' | 'staging';
export type OsType = 'windows' | 'linux';
export type PowerState = 'running' | 'starting' | 'stopping' | 'stopped' | 'deallocating' | 'deallocated' | 'unknown';

/** A machine as Azure lists it. `vmId` is Azure's own stable GUID (`properties.vmId`, lower case): it survives a rename or a move. */
export interface ListedVm {
  vmId: string;
  name: string;
  /** ARM resource id, lower case: Azure returns its parts in changing case. */
  azureId: string;
  subscriptionId: string;
  resourceGroup: string;
  location: string;
  zone: string | null;
  availabilitySet: string | null;
  size: string | null;
  /** `publisher/offer/sku/version` that it was made from; null for a disk of its own. */
  image: string | null;
  osType: OsType;
  osName: string | null;
  /** As the guest agent reports it, e.g. `10.0.20348.2402`. */
  osVersion: string | null;
  power: PowerState;
  tags: Record<string, string>;
}

/** A service of the guest, as its own service manager tells. */
export interface ServiceState {
  name: string;
  running: boolean;
}

/** A package as the guest's own package manager tells it: rpm's versions with their epoch where they have one. */
export interface InstalledPackage {
  name: string;
  version: string;
  /** `amd64`, `x86_64`, `noarch`; null where it was not told. */
  architecture: string | null;
  /** What it is built of, with the source's own version; null where it was not told. */
  source: { name: string; version: string } | null;
  /** The stream of a module that it came in, `ruby:3.1`. Null: of none; not told where the source was not. */
  module: string | null;
}

/** What a Linux guest tells of its system. */
export interface LinuxSystemFacts {
  /** `ID` and `VERSION_ID` of os-release: `ubuntu` and `24.04`. */
  id: string;
  version: string;
  /** The kernel that runs, and the one that the next start brings; null where there is none to tell of, as in a container. */
  kernel: { running: string; next: string | null };
  /** Attached to Ubuntu Pro; null where that means nothing. */
  pro: boolean | null;
}

/** Packages that a guest was asked for, and of them those that are installed. */
export interface ToldPackages {
  /** Null where it has neither. */
  manager: 'dpkg' | 'rpm' | null;
  asked: string[];
  installed: InstalledPackage[];
}

/** What the guest itself told through Run Command. */
export interface GuestFacts {
  osVersion: string;
  installedKbs: string[];
  pendingReboot: boolean;
  services: ServiceState[];
  software: { name: string; version: string }[];
  /** Of a Linux guest. */
  linux?: LinuxSystemFacts & { packages: ToldPackages };
  /** ISO instant. */
  seenAt: string;
}

/** What Azure's assessment of the guest found missing. "Not in this list" never means installed. */
export interface Assessment {
  /** Bare KB numbers, without the prefix. */
  missingKbs: string[];
  /** Packages of Linux that could be upgraded, each with the version that is offered; left out by assessments of before. */
  missingPackages?: { name: string; version: string }[];
  rebootPending: boolean;
  /** ISO instant. */
  assessedAt: string;
  /** Definition updates that it offers: never among the missing ones. Left out where it was not read. */
  definitions?: { kb: string | null; title: string }[];
  /** What it calls the missing updates, by KB. */
  titles?: Record<string, string>;
}

/** A machine of the inventory: what Azure lists, and what policy makes of it. */
export interface Vm extends ListedVm {
  environment: Environment;
  environmentReason: string;
  /** Null when no category or more than one matched: such a machine is reported and never patched. */
  category: string | null;
  categoryReason: string;
  guest: GuestFacts | null;
  assessment: Assessment | null;
  /** ISO instant at which Azure first listed it. */
  firstSeenAt: string;
  /** ISO instant at which Azure last listed it. */
  seenAt: string;
  /**
   * ISO instant at which it joined its category's rings; null while it is new there and misses patches that others have: it then goes last,
   * alone, until it has caught up.
   */
  joinedAt: string | null;
  /**
   * ISO instant at which it came to the environment and category that it is in, or came back; null or left out: not known, of machines from
   * before it was kept.
   */
  placedAt?: string | null;
  /** ISO instant at which it was found gone, null while it exists. */
  goneAt: string | null;
}
