// What the simulated cloud is at this moment: tables of plain records, changed only through the journal.

import type { LinuxState, PublishedPackage } from './linuxFacts.js';

export interface Service {
  name: string;
  running: boolean;
}

export interface Installation {
  activityId: string;
  startedAt: string;
  endedAt: string | null;
  status: 'InProgress' | 'Succeeded' | 'Failed' | 'CompletedWithWarnings';
  installed: number;
  failed: number;
}

/** What a guest writes into its log, and what its counters show; missing: a quiet machine. */
export interface Probed {
  errors: { kind: string; sample: string }[];
  processorPercent?: number;
  memoryFreeMb?: number;
  diskFreePercent?: number;
  /** What scripts of the team end with, by their name; null: they hang. */
  scripts?: Record<string, number | null>;
}

/** One virtual machine and the guest in it. The key is the lower-case ARM id. */
export interface Guest {
  id: string;
  guid: string;
  name: string;
  subscriptionId: string;
  resourceGroup: string;
  location: string;
  zone: string | null;
  availabilitySet: string | null;
  size: string;
  osType: 'Windows' | 'Linux';
  osName: string;
  /** `Windows Server 2022`: the vendor's product of this guest; null for Linux. */
  product: string | null;
  /** Null: it was made of a disk that was there. */
  image: { publisher: string; offer: string; sku: string; version: string } | null;
  tags: Record<string, string>;
  power: 'running' | 'starting' | 'stopped' | 'deallocated' | 'deallocating';
  agentReady: boolean;
  /** `10.0.20348.4171`; a kernel's version on Linux. */
  build: string;
  installedKbs: string[];
  pendingReboot: boolean;
  services: Service[];
  software: { name: string; version: string }[];
  /** Its packages; missing on Windows. */
  linux?: LinuxState;
  /** KBs that the guest had before anybody looked. */
  remembered: { id: string; at: string }[];
  /** When each of `installedKbs` came; bare numbers. */
  installedAt: Record<string, string>;
  administrators: string[];
  /** Of its scanner: what it has, and whether a newer one is offered. Missing: it has no scanner. */
  definitions?: { version: string; updatedAt: string; offered: boolean };
  /** Printed instead of its inventory; null or missing: the truth. */
  garbage?: string | null;
  probed?: Probed;
  osDisk: string;
  /** Missing: it has none. */
  dataDisks?: { lun: number; id: string }[];
  /** Of a machine that was made by itself: its network interface, and that it takes its disks with it when it is deleted. */
  made?: { networkInterface: string; subnet: string; state: 'Creating' | 'Succeeded' | 'Failed' };
  installation: Installation | null;
  assessment: {
    activityId: string;
    at: string;
    missing: number;
    other: number;
    rebootPending: boolean;
  } | null;
}

/** What a disk holds of a guest, and a restore point keeps. */
export interface DiskContent {
  build: string;
  installedKbs: string[];
  pendingReboot: boolean;
  services: Service[];
  software: { name: string; version: string }[];
  linux?: LinuxState;
  probed?: Probed;
}

export interface Disk {
  id: string;
  name: string;
  location: string;
  zone: string | null;
  osType: 'Windows' | 'Linux';
  /** VM that it is attached to, its lower-case id. */
  managedBy: string | null;
  source: string | null;
  /** Null: no system starts from it. */
  content: DiskContent | null;
  /** Of a disk out of a restore point: the rest of the guest whose disk it was. */
  guest?: Pick<Guest, 'osName' | 'product' | 'remembered' | 'installedAt' | 'administrators' | 'definitions'>;
  tags?: Record<string, string>;
}

export interface Collection {
  id: string;
  name: string;
  location: string;
  vm: string;
}

export interface RestorePoint {
  id: string;
  name: string;
  collection: string;
  vm: string;
  createdAt: string;
  /** The disk that the machine ran on then, its lower-case id. */
  osDisk: string;
  dataDisks?: { lun: number; id: string }[];
  state: 'Creating' | 'Succeeded' | 'Failed';
  content: DiskContent;
}

export type OperationKind =
  | 'installPatches'
  | 'assessPatches'
  | 'deallocate'
  | 'start'
  | 'restart'
  | 'powerOff'
  | 'restorePoint'
  | 'disk'
  | 'deleteDisk'
  | 'createVm'
  | 'deleteVm'
  | 'updateVm'
  | 'runCommand';

/** A long-running operation. It ends by itself, also over a restart of the simulator. */
export interface Operation {
  id: string;
  kind: OperationKind;
  /** The resource that it works on, its lower-case id. */
  target: string;
  /** The VM that it keeps busy; null for disks. */
  vm: string | null;
  subscriptionId: string;
  location: string;
  startedAt: string;
  endsAt: string;
  endedAt: string | null;
  status: 'InProgress' | 'Succeeded' | 'Failed';
  input: Record<string, unknown>;
  output: unknown;
  error: { code: string; message: string } | null;
  clientRequestId: string | null;
}

export interface RunCommand {
  id: string;
  name: string;
  vm: string;
  location: string;
  script: string;
  parameters: { name: string; value: string }[];
  state: 'Running' | 'Succeeded' | 'Failed';
  exitCode: number | null;
  output: string;
  error: string;
  startedAt: string;
  endedAt: string | null;
}

/** What the WSUS host holds of one KB. */
export interface HostedUpdate {
  kb: string;
  title: string;
  approvals: string[];
  /** ISO instant at which its content is on the host; null while nobody approved it. */
  readyAt: string | null;
  failed: boolean;
}

export interface Settings {
  speed: number;
  /** Real seconds by which the installation summary of the instance view lags behind, divided by the speed. */
  summaryLagSeconds: number;
  /** Real minutes until an operation on a machine with a dead agent fails. */
  agentTimeoutMinutes: number;
  installFactor: number;
  wsusSynchronizedAt: string | null;
  wsusSynchronizingUntil: string | null;
  generation: number;
}

/** Software that a KB, or a package, breaks: guests that have it lose the service. */
export interface BadPatch {
  kb: string | null;
  package?: string | null;
  /** Of the package; null: any that comes. */
  version?: string | null;
  software: string;
  service: string | null;
  /** A kind of error that it brings into the log, instead of taking a service down. */
  error?: string | null;
}

export type FaultKind =
  | 'throttled'
  | 'serverError'
  | 'answerLost'
  | 'answerHeld'
  | 'unavailableButAccepted'
  | 'lostLocation'
  | 'operationFailed'
  /** The guest runs out of its maintenance window: nothing is installed. */
  | 'windowExceeded'
  /** The guest installs the first of what was asked, and fails with the rest. */
  | 'partlyFailed'
  /** The guest's installer gives up before it changes anything. */
  | 'installFailed';

export interface Fault {
  id: string;
  kind: FaultKind;
  /** Last word of the action, e.g. `installPatches`; `*` for any. */
  action: string;
  /** VM's name; `*` for any. */
  vm: string;
  times: number;
  /** The first so many matching requests pass unharmed. */
  after: number;
}

export interface Tables {
  guests: Map<string, Guest>;
  disks: Map<string, Disk>;
  collections: Map<string, Collection>;
  restorePoints: Map<string, RestorePoint>;
  operations: Map<string, Operation>;
  runCommands: Map<string, RunCommand>;
  updates: Map<string, HostedUpdate>;
  badPatches: Map<string, BadPatch>;
  faults: Map<string, Fault>;
  /** What Linux archives got since: `release/name/version`. */
  published: Map<string, PublishedPackage>;
  /** By id of the MSRC, or by path: what stands there instead of the vendor's document. */
  documents: Map<string, { id: string; text: string; status?: number; location?: string }>;
  settings: Map<'settings', Settings>;
}

/** Part of a record that changes; null removes the record. */
export interface Change {
  table: keyof Tables;
  key: string;
  set: Record<string, unknown> | null;
}

export function emptyTables(): Tables {
  return {
    guests: new Map(),
    disks: new Map(),
    collections: new Map(),
    restorePoints: new Map(),
    operations: new Map(),
    runCommands: new Map(),
    updates: new Map(),
    badPatches: new Map(),
    faults: new Map(),
    published: new Map(),
    documents: new Map(),
    settings: new Map(),
  };
}

export function applyChange(tables: Tables, { table, key, set }: Change): void {
  const records = tables[table] as Map<string, object>;
  if (set === null) records.delete(key);
  else records.set(key, { ...records.get(key), ...set });
}

export function contentOf(guest: Guest): DiskContent {
  const { build, installedKbs, pendingReboot, services, software, linux, probed = { errors: [] } } = guest;
  const packages = linux === undefined ? {} : { linux };
  return structuredClone({ build, installedKbs, pendingReboot, services, software, probed, ...packages });
}
