// One Azure operation of a twin: made and removed by its name, so that asking twice is asking once. Nothing is touched that does not carry its tag.

import type { Operation, TwinStep } from '../domain/operation.js';
import { isTaggedFor, twinAddress, type Twin, type TwinDisk } from '../domain/twin.js';
import { AzureFailure, type OperationRequest } from '../ports/azure.js';
import { givenUp, laterWhenAzureAllows, notReady } from './failures.js';
import type { Ports } from './ports.js';
import type { StepResult } from './stepContext.js';
import { restorePointOf, twinProblems } from './twinBuild.js';
import { requiredTwin, type TwinInput } from './twins.js';

export interface TwinStepInput extends TwinInput {
  /** Under which the operation is kept: each attempt to remove has its own. */
  sessionId: string;
  step: TwinStep;
}

/** What of a twin is at Azure. `foreign`: names that others have taken; they are left alone. */
export interface TwinRemains {
  machine: boolean;
  /** Places in its list of disks. */
  disks: number[];
  foreign: string[];
}

export function createTwinStepActivities(ports: Ports) {
  const { operations } = ports.inventory;

  return {
    /** Starts the step or goes on with it; fails as not ready until it is finished. */
    async performTwinStep(input: TwinStepInput): Promise<StepResult> {
      const twin = await requiredTwin(ports, input.twinId);
      const row = await operations.operation(input.sessionId, input.step);
      if (row === null || row.state === 'intent') return start(twin, input, row);
      if (row.state === 'accepted') return poll(input, row);
      if (row.state === 'succeeded') return { kind: 'succeeded' };
      return { kind: 'failed', message: row.error ?? 'no reason given' };
    },

    async twinRemains({ twinId }: TwinInput): Promise<TwinRemains> {
      const twin = await requiredTwin(ports, twinId);
      const disks = twin.disks ?? [];
      const { floorSeconds } = (await ports.policy.current()).polls;
      const there = await tagsOf(twin, disks, floorSeconds);
      const isOurs = (tags: Record<string, string>) => isTaggedFor(twinId, tags);
      return {
        machine: there.machine !== null && isOurs(there.machine),
        disks: disks.flatMap((disk, place) =>
          there.disks.some((one) => one.name === disk.name && isOurs(one.tags)) ? [place] : [],
        ),
        foreign: [
          ...(there.machine !== null && !isOurs(there.machine) ? [twin.subject.name] : []),
          ...there.disks.filter((one) => !isOurs(one.tags)).map((one) => one.name),
        ],
      };
    },
  };

  async function start(twin: Twin, input: TwinStepInput, row: Operation | null): Promise<StepResult> {
    const { sessionId, step } = input;
    const { polls } = await ports.policy.current();
    const refusal = await refusalOf(twin, step, polls.floorSeconds);
    if (refusal !== null) return refusal;
    if (row === null) await operations.intend(sessionId, step, twin.vmId ?? sessionId, ports.clock.now());
    else await operations.renewIntent(sessionId, step, ports.clock.now());
    try {
      const { url } = await ports.azure.start(requestFor(twin, step));
      await operations.accepted(sessionId, step, url);
      if (url === null) return await finish(input, 'succeeded', null);
    } catch (failure) {
      if (!(failure instanceof AzureFailure)) throw failure;
      if (failure.kind === 'conflict' || failure.kind === 'throttled') await operations.forget(sessionId, step);
      else if (failure.kind !== 'lostAnswer' && failure.kind !== 'unavailable')
        return finish(input, 'failed', failure.message);
      throw laterWhenAzureAllows(failure, polls.floorSeconds);
    }
    throw notReady(`${step} accepted`, Math.max(polls.floorSeconds, polls.forecastSeconds.disk));
  }

  /** Making is judged anew before Azure hears of it (I9); removing is always allowed, of what is ours. */
  async function refusalOf(twin: Twin, step: TwinStep, floorSeconds: number): Promise<StepResult | null> {
    const disk = diskOf(twin, step);
    const there = await tagsOf(twin, disk === null ? [] : [disk], floorSeconds);
    const tags = disk === null ? there.machine : (there.disks[0]?.tags ?? null);
    const name = disk?.name ?? twin.subject.name;
    if (tags !== null && !isTaggedFor(twin.twinId, tags))
      return { kind: 'failed', message: `${name} is there and is not of this twin: it is left alone` };
    if (step.startsWith('remove')) return tags === null ? { kind: 'succeeded' } : null;
    const reasons = await twinProblems(ports, twin);
    return reasons.length === 0 ? null : { kind: 'failed', message: reasons.join('; ') };
  }

  async function tagsOf(twin: Twin, disks: TwinDisk[], floorSeconds: number) {
    const names = disks.map((disk) => disk.name);
    return ports.azure.tagsThere(twinAddress(twin.subject), names).catch((failure: unknown) => {
      throw laterWhenAzureAllows(failure, floorSeconds);
    });
  }

  function requestFor(twin: Twin, step: TwinStep): OperationRequest {
    const { subject } = twin;
    const vm = twinAddress(subject);
    const disk = diskOf(twin, step);
    if (disk !== null)
      return step.startsWith('make')
        ? { kind: 'makeDisk', vm, disk, tags: subject.tags }
        : { kind: 'removeDisk', vm, diskName: disk.name };
    if (step === 'removeMachine') return { kind: 'removeMachine', vm };
    const { name, size, subnet, tags } = subject;
    return {
      kind: 'makeMachine',
      vm,
      name,
      from: restorePointOf(ports, twin),
      disks: twin.disks ?? [],
      size,
      subnet,
      tags,
    };
  }

  async function poll(input: TwinStepInput, row: Operation): Promise<StepResult> {
    const { polls } = await ports.policy.current();
    try {
      // Answered at once as done.
      if (row.operationUrl === null) return await finish(input, 'succeeded', null);
      const status = await ports.azure.poll(row.operationUrl);
      if (status.kind === 'running')
        throw notReady(`${input.step} is running`, Math.max(status.retryAfterSeconds ?? 0, polls.floorSeconds));
      if (status.kind === 'failed') return await finish(input, 'failed', `${status.code}: ${status.message}`);
      return await finish(input, 'succeeded', null);
    } catch (failure) {
      if (failure instanceof AzureFailure && failure.kind === 'notFound')
        return finish(input, 'failed', `Azure no longer knows the operation: ${failure.message}`);
      throw laterWhenAzureAllows(failure, polls.floorSeconds);
    }
  }

  async function finish(
    { sessionId, step }: TwinStepInput,
    state: 'succeeded' | 'failed',
    error: string | null,
  ): Promise<StepResult> {
    await operations.finished(sessionId, step, state, null, error);
    return state === 'succeeded' ? { kind: 'succeeded' } : { kind: 'failed', message: error ?? 'no reason given' };
  }
}

/** Null: the step is about the machine. */
function diskOf({ disks }: Twin, step: TwinStep): TwinDisk | null {
  const place = /^(?:make|remove)Disk(\d+)$/.exec(step)?.[1];
  if (place === undefined) return null;
  const disk = (disks ?? [])[Number(place)];
  if (disk === undefined) throw givenUp(`the twin has no disk ${place}`);
  return disk;
}
