// Long-running operations: accepted with an end in the journal, ended by time, also when the simulator was down in between.

import { randomUUID } from 'node:crypto';
import type { Documents } from './documents.js';
import type { Journal } from './journal.js';
import { archiveOf, freshLinux, restarted } from './linuxArchive.js';
import type { LinuxState } from './linuxFacts.js';
import { assessLinux, installLinux, type LinuxWorld, type Patched } from './linuxPatching.js';
import { durations, installEffect, missingOf } from './needs.js';
import { runScript } from './scripts.js';
import {
  contentOf,
  type Change,
  type Guest,
  type Operation,
  type OperationKind,
  type RestorePoint,
  type Settings,
} from './world.js';

export interface Begin {
  kind: OperationKind;
  target: string;
  vm: string | null;
  subscriptionId: string;
  location: string;
  input?: Record<string, unknown>;
  clientRequestId: string | null;
}

interface Ending {
  status: 'Succeeded' | 'Failed';
  output: unknown;
  error: Operation['error'];
  changes: Change[];
}

const passingPower: Partial<Record<OperationKind, Guest['power']>> = {
  start: 'starting',
  restart: 'starting',
  deallocate: 'deallocating',
};

export class Cloud {
  readonly #timers = new Map<string, NodeJS.Timeout>();

  constructor(
    readonly journal: Journal,
    readonly documents: Documents,
  ) {}

  get settings(): Settings {
    const held = this.journal.tables.settings.get('settings');
    if (held === undefined) throw new Error('the world has no settings');
    return held;
  }

  /** Takes up what was under way when the simulator last stopped. */
  resume(): void {
    this.#addPackages();
    for (const operation of this.journal.tables.operations.values())
      if (operation.status === 'InProgress') this.#schedule(operation);
  }

  /** Journals of earlier versions know no packages. */
  #addPackages(): void {
    const changes = [...this.journal.tables.guests.values()].flatMap((guest): Change[] => {
      if (guest.osType !== 'Linux' || guest.linux !== undefined) return [];
      const linux = freshLinux(guest.osName === 'rhel' ? 'rhel' : 'ubuntu');
      return [{ table: 'guests', key: guest.id, set: { linux, software: [] } }];
    });
    if (changes.length > 0) this.journal.commit('packages for machines without', changes);
  }

  close(): void {
    for (const timer of this.#timers.values()) clearTimeout(timer);
    this.#timers.clear();
  }

  busyWith(vm: string): Operation | null {
    for (const operation of this.journal.tables.operations.values()) {
      // Run Command v2 works beside other operations.
      if (operation.vm === vm && operation.status === 'InProgress' && operation.kind !== 'runCommand') return operation;
    }
    return null;
  }

  begin(begin: Begin, changes: Change[] = []): Operation {
    const at = new Date();
    const seconds = this.#secondsOf(begin);
    const id = randomUUID();
    const operation: Operation = {
      id,
      ...begin,
      input: { ...begin.input, ...this.#powerBefore(begin) },
      startedAt: at.toISOString(),
      endsAt: new Date(at.getTime() + (seconds * 1000) / this.settings.speed).toISOString(),
      endedAt: null,
      status: 'InProgress',
      output: null,
      error: null,
    };
    this.journal.commit(`${begin.kind} accepted`, [
      { table: 'operations', key: id, set: { ...operation } },
      ...changes,
      ...this.#startChanges(operation),
    ]);
    this.#schedule(operation);
    return operation;
  }

  #secondsOf({ kind, vm, input }: Begin): number {
    const guest = vm === null ? undefined : this.journal.tables.guests.get(vm);
    if (guest !== undefined && needsAgent(kind) && !guest.agentReady) return this.settings.agentTimeoutMinutes * 60;
    if (kind === 'installPatches') {
      const reboots = input?.['rebootSetting'] !== 'Never';
      return durations.installPatches * this.settings.installFactor + (reboots ? durations.restart : 0);
    }
    return durations[kind];
  }

  /** Where a machine is left when starting or stopping it goes wrong. */
  #powerBefore({ kind, vm }: Begin): Record<string, unknown> {
    const guest = vm === null || passingPower[kind] === undefined ? undefined : this.journal.tables.guests.get(vm);
    return guest === undefined ? {} : { powerBefore: guest.power };
  }

  #startChanges({ id, kind, vm, startedAt }: Operation): Change[] {
    if (vm === null) return [];
    const power = passingPower[kind];
    if (power !== undefined) return [{ table: 'guests', key: vm, set: { power } }];
    if (kind !== 'installPatches') return [];
    const installation = { activityId: id, startedAt, endedAt: null, status: 'InProgress', installed: 0, failed: 0 };
    return [{ table: 'guests', key: vm, set: { installation } }];
  }

  #schedule(operation: Operation): void {
    const wait = Math.max(0, Date.parse(operation.endsAt) - Date.now());
    this.#timers.set(
      operation.id,
      setTimeout(() => this.#end(operation.id), wait),
    );
  }

  #end(id: string): void {
    this.#timers.delete(id);
    const operation = this.journal.tables.operations.get(id);
    if (operation === undefined || operation.status !== 'InProgress') return;
    const { status, output, error, changes } = this.#endingOf(operation);
    const set = { status, output, error, endedAt: new Date().toISOString() };
    this.journal.commit(`${operation.kind} ${status}`, [...changes, { table: 'operations', key: id, set }]);
  }

  #endingOf(operation: Operation): Ending {
    const guest = operation.vm === null ? null : (this.journal.tables.guests.get(operation.vm) ?? null);
    if (operation.vm !== null && guest === null) return failure('NotFound', 'The virtual machine was deleted.');
    if (guest !== null && needsAgent(operation.kind) && !guest.agentReady) return this.#agentDead(operation, guest);
    if (operation.input['outcome'] === 'failed') return this.#failed(operation, guest);
    switch (operation.kind) {
      case 'installPatches':
        return this.#install(operation, guest as Guest);
      case 'assessPatches':
        return this.#assess(operation, guest as Guest);
      case 'deallocate':
        return success([{ table: 'guests', key: operation.target, set: { power: 'deallocated', agentReady: false } }]);
      case 'powerOff':
        return success([{ table: 'guests', key: operation.target, set: { power: 'stopped', agentReady: false } }]);
      case 'start':
      case 'restart':
        return this.#started(operation, guest as Guest);
      case 'restorePoint':
        return this.#restorePoint(operation, guest as Guest);
      case 'runCommand':
        return this.#runCommand(operation, guest as Guest);
      case 'createVm':
        return success([{ table: 'guests', key: operation.target, set: madeState(guest as Guest, 'Succeeded') }]);
      case 'disk':
      case 'deleteDisk':
      case 'deleteVm':
      case 'updateVm':
        return success(operation.input['changes'] as Change[]);
    }
  }

  #agentDead(operation: Operation, guest: Guest): Ending {
    const message = `VM '${guest.name}' has not reported status for VM agent or extensions. Please verify the VM has a running VM agent, and can establish outbound connections to Azure storage.`;
    return { ...failure('VMAgentStatusCommunicationError', message), changes: this.#abandoned(operation, guest) };
  }

  #failed(operation: Operation, guest: Guest | null): Ending {
    return {
      ...failure('InternalOperationError', 'An internal execution error occurred. Please retry later.'),
      changes: this.#abandoned(operation, guest),
    };
  }

  #abandoned(operation: Operation, guest: Guest | null): Change[] {
    const endedAt = new Date().toISOString();
    if (operation.kind === 'installPatches' && guest?.installation) {
      return [
        { table: 'guests', key: guest.id, set: { installation: { ...guest.installation, status: 'Failed', endedAt } } },
      ];
    }
    const { powerBefore } = operation.input;
    if (powerBefore !== undefined && guest !== null)
      return [{ table: 'guests', key: guest.id, set: { power: powerBefore } }];
    if (operation.kind === 'runCommand')
      return [{ table: 'runCommands', key: operation.target, set: { state: 'Failed', endedAt } }];
    if (operation.kind === 'createVm' && guest !== null)
      return [{ table: 'guests', key: guest.id, set: madeState(guest, 'Failed') }];
    if (operation.kind === 'restorePoint')
      return [{ table: 'restorePoints', key: operation.target, set: { state: 'Failed' } }];
    return [];
  }

  #started({ target }: Operation, { linux }: Guest): Ending {
    const set = { power: 'running', agentReady: true, pendingReboot: false };
    const booted = linux === undefined ? {} : { linux: restarted(linux) };
    return success([{ table: 'guests', key: target, set: { ...set, ...booted } }]);
  }

  #linuxWorld(guest: Guest, state: LinuxState): LinuxWorld {
    const { published, badPatches } = this.journal.tables;
    return { guest, state, archive: archiveOf(state.release, published.values()), badPatches: badPatches.values() };
  }

  #install(operation: Operation, guest: Guest): Ending {
    if (guest.linux !== undefined) return patched(guest, installLinux(this.#linuxWorld(guest, guest.linux), operation));
    const asked = (operation.input['kbs'] as string[]).map((kb) => kb.replace(/^KB/i, ''));
    const outcome = operation.input['outcome'];
    const isNothing = outcome === 'windowExceeded' || outcome === 'installFailed';
    const kbs = isNothing ? [] : outcome === 'partlyFailed' ? asked.slice(0, 1) : asked;
    const mayReboot = operation.input['rebootSetting'] !== 'Never' && !isNothing;
    const { offers } = this.documents;
    const effect = installEffect(guest, kbs, offers, [...this.journal.tables.badPatches.values()], mayReboot);
    const wanted = offers.filter((offer) => offer.product === guest.product && asked.includes(offer.kb));
    const isFailing = outcome === 'partlyFailed' || outcome === 'installFailed';
    const failed = isFailing ? wanted.filter((offer) => !kbs.includes(offer.kb)) : [];
    const pending = outcome === 'windowExceeded' ? wanted : [];
    const rest = missingOf(guest, offers).filter((offer) => !asked.includes(offer.kb));
    const status = isNothing ? 'Failed' : failed.length > 0 ? 'CompletedWithWarnings' : 'Succeeded';
    const installation = {
      activityId: operation.id,
      startedAt: operation.startedAt,
      endedAt: new Date().toISOString(),
      status,
      installed: effect.installed.length,
      failed: failed.length,
    };
    const output = {
      status,
      installationActivityId: operation.id,
      rebootStatus: effect.rebooted ? 'Completed' : effect.guest.pendingReboot ? 'Required' : 'NotNeeded',
      maintenanceWindowExceeded: outcome === 'windowExceeded',
      excludedPatchCount: 0,
      notSelectedPatchCount: rest.length,
      pendingPatchCount: pending.length,
      installedPatchCount: effect.installed.length,
      failedPatchCount: failed.length,
      patches: [
        ...effect.installed.map((offer) => patchRow(offer, 'Installed')),
        ...failed.map((offer) => patchRow(offer, 'Failed')),
        ...pending.map((offer) => patchRow(offer, 'Pending')),
        ...rest.map((offer) => patchRow(offer, 'NotSelected')),
      ],
      startDateTime: operation.startedAt,
      maintenanceRunId: '',
      error: { details: [], code: '0', message: `${failed.length} error/s reported.` },
    };
    return { ...success([{ table: 'guests', key: guest.id, set: { ...effect.guest, installation } }]), output };
  }

  #assess(operation: Operation, guest: Guest): Ending {
    if (guest.linux !== undefined) return patched(guest, assessLinux(this.#linuxWorld(guest, guest.linux), operation));
    const missing = missingOf(guest, this.documents.offers);
    const critical = missing.filter((offer) => offer.build !== null).length;
    const assessment = {
      activityId: operation.id,
      at: new Date().toISOString(),
      missing: critical,
      other: missing.length - critical,
      rebootPending: guest.pendingReboot,
    };
    const output = {
      status: 'Succeeded',
      assessmentActivityId: operation.id,
      rebootPending: guest.pendingReboot,
      criticalAndSecurityPatchCount: critical,
      otherPatchCount: missing.length - critical,
      startDateTime: operation.startedAt,
      availablePatches: [
        ...missing.map((offer) => ({
          patchId: patchGuid(offer.kb),
          name: offer.title,
          version: '200',
          kbId: offer.kb,
          classifications: ['Security'],
          rebootBehavior: offer.restart === 'Yes' ? 'AlwaysRequiresReboot' : 'CanRequestReboot',
          activityId: operation.id,
          publishedDate: '2025-10-14T07:00:00+00:00',
          lastModifiedDateTime: '2025-10-14T07:00:00+00:00',
          assessmentState: 'Available',
        })),
        ...definitionOffer(guest, operation.id),
      ],
      error: { details: [], code: '0', message: '0 error/s reported.' },
    };
    return { ...success([{ table: 'guests', key: guest.id, set: { assessment } }]), output };
  }

  #restorePoint(operation: Operation, guest: Guest): Ending {
    const set: Partial<RestorePoint> = { state: 'Succeeded', content: contentOf(guest) };
    return success([{ table: 'restorePoints', key: operation.target, set }]);
  }

  #runCommand(operation: Operation, guest: Guest): Ending {
    const command = this.journal.tables.runCommands.get(operation.target);
    if (command === undefined) return failure('NotFound', 'The run command was deleted.');
    const answer = runScript(command.script, {
      guest,
      parameters: Object.fromEntries(command.parameters.map(({ name, value }) => [name, value])),
      offers: this.documents.offers,
      updates: this.journal.tables.updates,
      settings: this.settings,
      now: Date.now(),
    });
    const set = {
      state: answer.exitCode === 0 ? 'Succeeded' : 'Failed',
      exitCode: answer.exitCode,
      output: answer.output.slice(-4096),
      error: answer.error.slice(-4096),
      endedAt: new Date().toISOString(),
    };
    return success([...answer.changes, { table: 'runCommands', key: command.id, set }]);
  }
}

function needsAgent(kind: OperationKind): boolean {
  return kind === 'installPatches' || kind === 'assessPatches' || kind === 'runCommand' || kind === 'restorePoint';
}

function success(changes: Change[]): Ending {
  return { status: 'Succeeded', output: null, error: null, changes };
}

function patched({ id }: Guest, { guest, output }: Patched): Ending {
  return { ...success([{ table: 'guests', key: id, set: guest }]), output };
}

/** One that could not be made is there nevertheless, and does not run. */
function madeState({ made }: Guest, state: 'Succeeded' | 'Failed'): Record<string, unknown> {
  const running = state === 'Succeeded' ? { power: 'running', agentReady: true, pendingReboot: false } : {};
  return { ...running, made: { ...made, state } };
}

function failure(code: string, message: string): Ending {
  return { status: 'Failed', output: null, error: { code, message }, changes: [] };
}

function patchRow(offer: { kb: string; title: string }, installationState: string) {
  return {
    patchId: patchGuid(offer.kb),
    name: offer.title,
    version: '',
    kbId: offer.kb,
    classifications: ['Security'],
    installationState,
  };
}

/** As Azure tells it: https://learn.microsoft.com/rest/api/compute/virtual-machines/assess-patches */
function definitionOffer({ definitions }: Guest, activityId: string) {
  if (definitions?.offered !== true) return [];
  return [
    {
      patchId: patchGuid('2267602'),
      name: `Security Intelligence Update for Microsoft Defender Antivirus - KB2267602 (Version ${definitions.version})`,
      version: '200',
      kbId: '2267602',
      classifications: ['Definition'],
      rebootBehavior: 'NeverReboots',
      activityId,
      publishedDate: definitions.updatedAt,
      lastModifiedDateTime: definitions.updatedAt,
      assessmentState: 'Available',
    },
  ];
}

/** Windows Update's ids are GUIDs; one per KB is enough here. */
function patchGuid(kb: string): string {
  return `00000000-0000-4000-8000-${kb.padStart(12, '0')}`;
}
