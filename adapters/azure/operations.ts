// Long operations: each request sent once, its opaque address kept; polls read the raw answer, since the SDK drops parts of it.

import { createPipelineRequest, createDefaultHttpClient } from '@azure/core-rest-pipeline';
import { z } from 'zod';
import {
  AzureFailure,
  type AcceptedOperation,
  type OperationRequest,
  type OperationStatus,
  type VmAddress,
} from '../../ports/azure.js';
import { maskOf } from '../../domain/installation.js';
import { startCopy } from './copies.js';
import { azureFailure, kindOf } from './failures.js';
import { guestScripts } from './guestScripts.js';
import { addressOf } from './machines.js';
import { jsonOf } from './outputs.js';
import { requestTimeoutMs, type AzureSession } from './session.js';
import { submitted } from './submitted.js';

export async function startOperation(session: AzureSession, request: OperationRequest): Promise<AcceptedOperation> {
  try {
    return await send(session, request);
  } catch (failure) {
    throw azureFailure(failure);
  }
}

interface Place {
  session: AzureSession;
  vm: VmAddress;
  group: string;
  name: string;
}

async function send(session: AzureSession, request: OperationRequest): Promise<AcceptedOperation> {
  const { resourceGroup: group, name, subscriptionId } = addressOf(request.vm.azureId);
  const place = { session, vm: request.vm, group, name };
  switch (request.kind) {
    case 'restorePoint':
      return startRestorePoint(place, request);
    case 'install':
      return startInstall(place, request);
    case 'assess':
      return submitted((options) => computeOf(place).virtualMachines.assessPatches(group, name, options));
    case 'deallocate':
      return submitted((options) => computeOf(place).virtualMachines.deallocate(group, name, options));
    case 'start':
      return submitted((options) => computeOf(place).virtualMachines.start(group, name, options));
    case 'runCommand':
      return startRunCommand(place, request);
    case 'restoreDisk':
      return startRestoreDisk(place, request);
    case 'swapDisk':
      return startSwapDisk(place, request);
    case 'makeDisk':
    case 'makeMachine':
    case 'removeMachine':
    case 'removeDisk':
      return startCopy(session, { group, name, subscriptionId }, request);
  }
}

function computeOf({ session, vm }: Place) {
  return session.compute(addressOf(vm.azureId).subscriptionId);
}

async function startRestorePoint(
  place: Place,
  { collection, name }: Extract<OperationRequest, { kind: 'restorePoint' }>,
): Promise<AcceptedOperation> {
  const compute = computeOf(place);
  await compute.restorePointCollections.createOrUpdate(place.group, collection, {
    location: place.vm.location,
    source: { id: place.vm.azureId },
  });
  return submitted((options) => compute.restorePoints.create(place.group, collection, name, {}, options));
}

function startInstall(
  place: Place,
  { what, maximumDurationMinutes, clientRequestId }: Extract<OperationRequest, { kind: 'install' }>,
): Promise<AcceptedOperation> {
  const body = {
    // Windows keeps ten minutes for the restart and skips what has less than twenty-five left; Linux keeps fifteen, and five for a package.
    maximumDuration: `PT${Math.max(maximumDurationMinutes, 90)}M`,
    rebootSetting: 'IfRequired',
    // No classification beside: with one, Azure would add whatever else is of it.
    ...(what.kind === 'windows'
      ? { windowsParameters: { kbNumbersToInclude: what.kbs.map((kb) => `KB${kb}`) } }
      : { linuxParameters: { packageNameMasksToInclude: what.packages.map(maskOf) } }),
  };
  return submitted((options) =>
    computeOf(place).virtualMachines.installPatches(place.group, place.name, body, {
      ...options,
      requestOptions: { headers: { 'x-ms-client-request-id': clientRequestId } },
    }),
  );
}

function startRunCommand(
  place: Place,
  request: Extract<OperationRequest, { kind: 'runCommand' }>,
): Promise<AcceptedOperation> {
  const script = guestScripts[request.script];
  if (script === undefined)
    throw new AzureFailure('invalidInput', `no guest script is called ${request.script}`, null, null);
  const body = {
    location: place.vm.location,
    source: { script },
    parameters: Object.entries(request.parameters).map(([name, value]) => ({ name, value })),
    asyncExecution: true,
    timeoutInSeconds: request.timeoutSeconds,
  };
  return submitted((options) =>
    computeOf(place).virtualMachineRunCommands.createOrUpdate(place.group, place.name, request.name, body, options),
  );
}

async function startRestoreDisk(
  place: Place,
  request: Extract<OperationRequest, { kind: 'restoreDisk' }>,
): Promise<AcceptedOperation> {
  const compute = computeOf(place);
  const point = await compute.restorePoints.get(place.group, request.collection, request.restorePoint);
  const source = point.sourceMetadata?.storageProfile?.osDisk?.diskRestorePoint?.id;
  if (source === undefined)
    throw new AzureFailure('invalidInput', `restore point ${request.restorePoint} holds no OS disk`, null, null);
  const disk = {
    location: place.vm.location,
    ...(request.zone === null ? {} : { zones: [request.zone] }),
    creationData: { createOption: 'Restore', sourceResourceId: source },
  };
  return submitted((options) => compute.disks.createOrUpdate(place.group, request.diskName, disk, options));
}

function startSwapDisk(
  place: Place,
  { diskName }: Extract<OperationRequest, { kind: 'swapDisk' }>,
): Promise<AcceptedOperation> {
  const { subscriptionId } = addressOf(place.vm.azureId);
  const id = `/subscriptions/${subscriptionId}/resourceGroups/${place.group}/providers/Microsoft.Compute/disks/${diskName}`;
  const update = { storageProfile: { osDisk: { name: diskName, createOption: 'FromImage', managedDisk: { id } } } };
  return submitted((options) => computeOf(place).virtualMachines.update(place.group, place.name, update, options));
}

const StatusShape = z.object({
  status: z.string(),
  properties: z.object({ output: z.unknown() }).nullish(),
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
});

export async function pollOperation(session: AzureSession, url: string): Promise<OperationStatus> {
  const subscriptionId = /\/subscriptions\/([^/]+)\//i.exec(url)?.[1] ?? '';
  const client = session.compute(subscriptionId);
  const request = createPipelineRequest({ url, method: 'GET', timeout: requestTimeoutMs });
  const response = await client.pipeline.sendRequest(createDefaultHttpClient(), request).catch((failure: unknown) => {
    throw azureFailure(failure);
  });
  const retryAfter = Number(response.headers.get('retry-after') ?? Number.NaN);
  const retryAfterSeconds = Number.isFinite(retryAfter) ? retryAfter : null;
  const text = response.bodyAsText ?? '';
  if (response.status >= 400) throw failureOf(response.status, text, retryAfterSeconds);
  const read = StatusShape.safeParse(jsonOf(text));
  if (!read.success)
    return response.status === 202
      ? { kind: 'running', retryAfterSeconds }
      : { kind: 'succeeded', output: jsonOf(text) };
  return statusOf(read.data, retryAfterSeconds);
}

function statusOf(
  { status, properties, error }: z.output<typeof StatusShape>,
  retryAfterSeconds: number | null,
): OperationStatus {
  const word = status.toLowerCase();
  if (word === 'succeeded') return { kind: 'succeeded', output: properties?.output ?? null };
  if (word.includes('fail') || word.startsWith('cancel')) {
    return {
      kind: 'failed',
      code: error?.code ?? status,
      message: error?.message ?? 'no message',
      output: properties?.output ?? null,
    };
  }
  return { kind: 'running', retryAfterSeconds };
}

const ErrorShape = z.object({
  error: z.object({ code: z.string().nullish(), message: z.string().nullish() }).nullish(),
  code: z.string().nullish(),
  message: z.string().nullish(),
});

function failureOf(status: number, text: string, retryAfterSeconds: number | null): AzureFailure {
  const read = ErrorShape.safeParse(jsonOf(text));
  const told = read.success ? (read.data.error ?? read.data) : null;
  const message = told?.message ?? `Azure answered ${status}`;
  const code = told?.code ?? null;
  const kind = kindOf(status);
  // A look changes nothing, so an answer that refuses it says nothing of the operation: look again.
  const looked = kind === 'conflict' || kind === 'invalidInput' ? 'unavailable' : kind;
  return new AzureFailure(looked, message, code, retryAfterSeconds);
}

const ResultShape = z.object({
  executionState: z.string().nullish(),
  exitCode: z.number().nullish(),
  output: z.string().nullish(),
  error: z.string().nullish(),
  executionMessage: z.string().nullish(),
});

type RunCommandResult =
  | { kind: 'pending' }
  | { kind: 'done'; exitCode: number; output: string; error: string }
  | { kind: 'failed'; message: string };

/** The provisioning state says only that the script was delivered: the instance view says what it did. */
export async function runCommandResult(session: AzureSession, vm: VmAddress, name: string): Promise<RunCommandResult> {
  const { subscriptionId, resourceGroup, name: vmName } = addressOf(vm.azureId);
  const command = await session
    .compute(subscriptionId)
    .virtualMachineRunCommands.getByVirtualMachine(resourceGroup, vmName, name, { expand: 'instanceView' })
    .catch((failure: unknown) => {
      throw azureFailure(failure);
    });
  const { executionState, exitCode, output, error, executionMessage } = ResultShape.parse(command.instanceView ?? {});
  if (executionState === 'Succeeded' || executionState === 'Failed') {
    if (executionState === 'Failed' && (output ?? '') === '' && (error ?? '') === '')
      return { kind: 'failed', message: executionMessage ?? 'the script could not be run' };
    return {
      kind: 'done',
      exitCode: exitCode ?? (executionState === 'Failed' ? 1 : 0),
      output: output ?? '',
      error: error ?? '',
    };
  }
  if (executionState === 'TimedOut' || executionState === 'Canceled')
    return { kind: 'failed', message: `the script ${executionState}` };
  return { kind: 'pending' };
}

export async function removeRunCommand(session: AzureSession, vm: VmAddress, name: string): Promise<void> {
  const { subscriptionId, resourceGroup, name: vmName } = addressOf(vm.azureId);
  await session
    .compute(subscriptionId)
    .virtualMachineRunCommands.delete(resourceGroup, vmName, name)
    .catch((failure: unknown) => {
      throw azureFailure(failure);
    });
}
