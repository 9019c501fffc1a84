// Azure as the activities see it: facts of machines, and long operations that are started once and polled elsewhere.

import type { InstallReport } from '../domain/health.js';
import type { Installation } from '../domain/installation.js';
import type { Assessment, GuestFacts, ListedVm, PowerState } from '../domain/vm.js';
import type { RoleAssignment } from './access.js';
import type { ShownInstallation } from '../domain/operation.js';

/** Where a machine is: enough to address it, nothing that changes. `azureId` is the lower-case ARM id. */
export interface VmAddress {
  azureId: string;
  location: string;
}

export interface VmNow {
  power: PowerState;
  agentReady: boolean;
  osName: string | null;
  osVersion: string | null;
  shownInstallation: ShownInstallation;
  osDisk: { name: string; azureId: string };
  /** True when Azure's provisioning state says that another operation is under way. */
  busy: boolean;
}

export type OperationRequest =
  | { kind: 'restorePoint'; vm: VmAddress; collection: string; name: string }
  | {
      kind: 'install';
      vm: VmAddress;
      what: Installation;
      maximumDurationMinutes: number;
      clientRequestId: string;
    }
  | { kind: 'assess'; vm: VmAddress }
  | {
      kind: 'runCommand';
      vm: VmAddress;
      name: string;
      script: string;
      parameters: Record<string, string>;
      timeoutSeconds: number;
    }
  | { kind: 'deallocate'; vm: VmAddress }
  | { kind: 'start'; vm: VmAddress }
  | {
      kind: 'restoreDisk';
      vm: VmAddress;
      collection: string;
      restorePoint: string;
      diskName: string;
      zone: string | null;
    }
  | { kind: 'swapDisk'; vm: VmAddress; diskName: string }
  /** The other four: `vm` is the copy, in whose resource group everything is made and removed by its name. */
  | { kind: 'makeDisk'; vm: VmAddress; disk: DiskOfPoint; tags: Record<string, string> }
  | {
      kind: 'makeMachine';
      vm: VmAddress;
      name: string;
      from: RestorePointAddress;
      disks: DiskOfPoint[];
      size: string;
      subnet: string;
      tags: Record<string, string>;
    }
  | { kind: 'removeMachine'; vm: VmAddress }
  | { kind: 'removeDisk'; vm: VmAddress; diskName: string };

export interface RestorePointAddress {
  /** The machine that it is of. */
  vm: VmAddress;
  collection: string;
  name: string;
}

/** A disk that is to be made, or was, of what a restore point holds. `lun` null: of the system. */
export interface DiskOfPoint {
  name: string;
  lun: number | null;
  /** ARM id of the disk's own restore point. */
  source: string;
}

/** Tags of what is there; null and left out: there is none of that name. */
export interface TagsThere {
  machine: Record<string, string> | null;
  disks: { name: string; tags: Record<string, string> }[];
}

/** `url` is Azure's opaque polling address; null when Azure answered at once that it is done (`result` then holds the answer). */
export interface AcceptedOperation {
  url: string | null;
  result: unknown;
}

export type OperationStatus =
  | { kind: 'running'; retryAfterSeconds: number | null }
  | { kind: 'succeeded'; output: unknown }
  | { kind: 'failed'; code: string; message: string; output: unknown };

/** The output of installPatches, read raw: the SDK drops parts of it. Judge by `status`: a success carries an error object too. */
export interface InstallOutput extends InstallReport {
  status: 'Unknown' | 'InProgress' | 'Failed' | 'Succeeded' | 'CompletedWithWarnings';
  activityId: string | null;
  rebootStatus: string;
  message: string | null;
}

export type AzureFailureKind =
  | 'throttled'
  | 'conflict'
  | 'notFound'
  | 'forbidden'
  | 'invalidInput'
  | 'unavailable'
  | 'lostAnswer';

/** Expected failures of Azure, translated once. `retryAfterSeconds` from Retry-After. */
export class AzureFailure extends Error {
  constructor(
    readonly kind: AzureFailureKind,
    message: string,
    readonly code: string | null,
    readonly retryAfterSeconds: number | null,
  ) {
    super(message);
    this.name = 'AzureFailure';
  }
}

export interface AzurePort {
  /** Every machine of the configured subscriptions, through Resource Graph; eventually consistent: never for a verdict on one run. */
  listVms(): Promise<ListedVm[]>;
  /** Who may do what, of the configured subscriptions and of what is above and below them. */
  listAssignments(): Promise<RoleAssignment[]>;
  vmNow(vm: VmAddress): Promise<VmNow>;
  /**
   * Sends the request once and never retries it. `lostAnswer` or `unavailable` may mean that Azure accepted it.
   * A 409 is `conflict`, a 429 `throttled`: both mean that nothing was started.
   */
  start(request: OperationRequest): Promise<AcceptedOperation>;
  /** Disks that a restore point holds, the system's first. Throws `AzureFailure('notFound')` when it is gone. */
  restorePointDisks(point: RestorePointAddress): Promise<Omit<DiskOfPoint, 'name'>[]>;
  /** Of the machine and of these disks in its resource group. */
  tagsThere(vm: VmAddress, diskNames: string[]): Promise<TagsThere>;
  /** One poll. */
  poll(url: string): Promise<OperationStatus>;
  /** Reads the raw output of a finished installPatches or assessPatches operation. Throws `AzureFailure('invalidInput')` when it has not that shape. */
  readInstallOutput(output: unknown): InstallOutput;
  readAssessOutput(output: unknown, at: string): Assessment;
  /** Output of a Run Command v2 script: the JSON of its last line, still unvalidated. `pending` while it runs. */
  runCommandResult(
    vm: VmAddress,
    name: string,
  ): Promise<
    | { kind: 'pending' }
    | { kind: 'done'; exitCode: number; output: string; error: string }
    | { kind: 'failed'; message: string }
  >;
  /** Removes a run command that has ended; one that is gone already is no failure. */
  removeRunCommand(vm: VmAddress, name: string): Promise<void>;
  /** Validates what a guest-facts script printed. Throws when the guest answered garbage. */
  readGuestFacts(output: string, at: string): GuestFacts;
  /** The same of a Linux guest, whose packages may come in pages; `asked`: the names that it was asked for. */
  readLinuxFacts(pages: string[], asked: string[], at: string): LinuxFacts;
}

/** `more`: a further page is to be asked for, from this place on. */
export type LinuxFacts = { kind: 'more'; offset: number } | { kind: 'whole'; facts: GuestFacts };
