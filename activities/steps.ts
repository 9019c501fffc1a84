// One long Azure operation of a session: posted once, whatever crashes (I3), then polled without holding a slot.

import { collectionOf, decideInstallStart, requestIdOf, type AzureStep, type Operation } from '../domain/operation.js';
import type { Policy } from '../domain/policy.js';
import { installationFor, type Installation } from '../domain/installation.js';
import { AzureFailure, type OperationRequest } from '../ports/azure.js';
import { givenUp, laterWhenAzureAllows, notReady } from './failures.js';
import { missingEvidence } from './forensics.js';
import type { Ports } from './ports.js';
import { probeRequest, readProbe } from './probe.js';
import { finish, shortName, type StepContext, type StepInput, type StepResult } from './stepContext.js';

export type { StepResult } from './stepContext.js';

export function createStepActivities(ports: Ports) {
  return {
    /** Starts the step or goes on with it; fails as not ready until it is finished. */
    async performStep(input: StepInput): Promise<StepResult> {
      const vm = await ports.inventory.fleet.vm(input.vmId);
      if (vm === null) throw givenUp(`machine ${input.vmId} is not in the inventory`);
      const policy = await ports.policy.current();
      const context = { ports, input, vm, policy, address: { azureId: vm.azureId, location: vm.location } };
      const row = await ports.inventory.operations.operation(input.sessionId, input.step);
      if (row === null || row.state === 'intent') return startStep(context, row);
      if (row.state === 'accepted') return pollStep(context, row);
      return resultOf(row);
    },
  };
}

function resultOf(row: Operation): StepResult {
  if (row.state === 'succeeded') return { kind: 'succeeded' };
  return { kind: row.state === 'inDoubt' ? 'inDoubt' : 'failed', message: row.error ?? 'no reason given' };
}

async function startStep(context: StepContext, row: Operation | null): Promise<StepResult> {
  const { ports, input, policy } = context;
  // I2, I5: whoever comes here by whatever way, nothing is installed over traces that nobody has looked at.
  const missing = input.step === 'install' && row === null ? await missingEvidence(ports, input) : null;
  if (missing !== null) return { kind: 'failed', message: missing, untouched: true };
  const decision = input.step === 'install' ? await decideStart(context, row) : ({ kind: 'post' } as const);
  switch (decision.kind) {
    case 'post':
      return post(context, row);
    case 'adopt':
      await ports.inventory.operations.accepted(input.sessionId, input.step, null);
      throw notReady(
        'the answer was lost, Azure shows the installation: following it there',
        policy.polls.floorSeconds,
      );
    case 'waitToSettle':
      throw notReady(
        'an answer was lost: waiting until Azure shows what it did',
        Math.min(decision.seconds, policy.polls.floorSeconds * 4),
      );
    case 'inDoubt':
      return finish(context, 'inDoubt', null, decision.reason);
    case 'continue':
      throw notReady('the operation is under way', policy.polls.floorSeconds);
  }
}

/** Every other step is safe to repeat: its name or its goal makes the second request the same as the first. */
async function decideStart(
  { ports, address, policy }: StepContext,
  row: Operation | null,
): Promise<ReturnType<typeof decideInstallStart>> {
  if (row === null) return { kind: 'post' };
  const shown = await ports.azure.vmNow(address).then(
    (now) => now.shownInstallation,
    () => null,
  );
  return decideInstallStart(row, shown, ports.clock.now(), settleSeconds(policy));
}

/** How long Azure's installation summary may lag behind: five minutes where an installation takes twenty, and scaled alike. */
function settleSeconds(policy: Policy): number {
  return Math.max(policy.polls.forecastSeconds.install / 4, policy.polls.floorSeconds * 2);
}

async function post(context: StepContext, row: Operation | null): Promise<StepResult> {
  const { ports, input, policy } = context;
  const { operations } = ports.inventory;
  const request = await requestFor(context).catch((failure: unknown) => {
    if (failure instanceof ImpossibleStep) return failure;
    throw failure;
  });
  if (request instanceof NothingDue) return { kind: 'failed', message: request.message, untouched: true };
  if (request instanceof ImpossibleStep) return { kind: 'failed', message: request.message };
  if (row === null) await operations.intend(input.sessionId, input.step, input.vmId, ports.clock.now());
  else await operations.renewIntent(input.sessionId, input.step, ports.clock.now());
  try {
    const accepted = await ports.azure.start(request);
    await operations.accepted(input.sessionId, input.step, accepted.url);
    if (accepted.url === null && input.step !== 'probe' && input.step !== 'probeAfterUnwind')
      return await finish(context, 'succeeded', accepted.result, null);
  } catch (failure) {
    return afterFailedStart(context, failure);
  }
  throw notReady(`${input.step} accepted`, Math.max(policy.polls.floorSeconds, forecast(policy, input.step)));
}

async function afterFailedStart(context: StepContext, failure: unknown): Promise<StepResult> {
  const { ports, input, policy } = context;
  if (!(failure instanceof AzureFailure)) throw failure;
  if (failure.kind === 'conflict' || failure.kind === 'throttled') {
    await ports.inventory.operations.forget(input.sessionId, input.step);
    if (input.step === 'install') await notBegun(context);
  } else if (failure.kind !== 'lostAnswer' && failure.kind !== 'unavailable') {
    return finish(context, 'failed', null, failure.message);
  }
  throw laterWhenAzureAllows(failure, policy.polls.floorSeconds);
}

function forecast(policy: Policy, step: AzureStep): number {
  const seconds = policy.polls.forecastSeconds;
  switch (step) {
    case 'install':
      return seconds.install;
    case 'restorePoint':
      return seconds.restorePoint;
    case 'assess':
    case 'assessAfterUnwind':
      return seconds.assess;
    case 'probe':
    case 'probeAfterUnwind':
      return seconds.runCommand;
    case 'deallocate':
    case 'start':
      return seconds.power;
    case 'restoreDisk':
    case 'swapDisk':
      return seconds.disk;
  }
}

async function pollStep(context: StepContext, row: Operation): Promise<StepResult> {
  const { ports, input, policy, address } = context;
  try {
    if (input.step === 'probe' || input.step === 'probeAfterUnwind') return await readProbe(context);
    if (row.operationUrl === null) return await followAdopted(context);
    const status = await ports.azure.poll(row.operationUrl);
    if (status.kind === 'running')
      throw notReady(`${input.step} is running`, Math.max(status.retryAfterSeconds ?? 0, policy.polls.floorSeconds));
    if (status.kind === 'failed')
      return await finish(context, 'failed', status.output, `${status.code}: ${status.message}`);
    if (input.step === 'assess' || input.step === 'assessAfterUnwind') {
      await ports.inventory.fleet.saveAssessment(
        input.vmId,
        ports.azure.readAssessOutput(status.output, ports.clock.now()),
      );
    }
    return await finish(context, 'succeeded', status.output, null);
  } catch (failure) {
    if (failure instanceof AzureFailure && failure.kind === 'notFound') {
      return finish(
        context,
        'inDoubt',
        null,
        `Azure no longer knows the operation at ${address.azureId}: ${failure.message}`,
      );
    }
    if (failure instanceof AzureFailure && failure.kind === 'invalidInput')
      return finish(context, 'failed', null, failure.message);
    throw laterWhenAzureAllows(failure, policy.polls.floorSeconds);
  }
}

async function followAdopted(context: StepContext): Promise<StepResult> {
  const now = await context.ports.azure.vmNow(context.address);
  if (now.shownInstallation.inProgress || now.busy)
    throw notReady('the adopted installation is running', context.policy.polls.floorSeconds);
  return finish(context, 'succeeded', null, null);
}

async function requestFor(context: StepContext): Promise<OperationRequest> {
  const { ports, input, vm, policy, address } = context;
  const name = shortName(context);
  const collection = collectionOf(vm.name);
  switch (input.step) {
    case 'restorePoint':
      return { kind: 'restorePoint', vm: address, collection, name };
    case 'install':
      return {
        kind: 'install',
        vm: address,
        what: await dueInstallation(context),
        maximumDurationMinutes: policy.limits.sessionMinutesMax,
        clientRequestId: requestIdOf(ports.digests.sha256(`${input.sessionId}/install`)),
      };
    case 'assess':
    case 'assessAfterUnwind':
      return { kind: 'assess', vm: address };
    case 'probe':
    case 'probeAfterUnwind':
      return probeRequest(context, 0, 0);
    case 'deallocate':
      return { kind: 'deallocate', vm: address };
    case 'start':
      return { kind: 'start', vm: address };
    case 'restoreDisk':
      return {
        kind: 'restoreDisk',
        vm: address,
        collection,
        restorePoint: await restorePointOf(ports, input),
        diskName: `${vm.name}-${name}`,
        zone: vm.zone,
      };
    case 'swapDisk':
      return { kind: 'swapDisk', vm: address, diskName: `${vm.name}-${name}` };
  }
}

/** I9: exactly what is still due on this machine at the moment at which it is marked as installing, before anything is posted. */
async function dueInstallation({ ports, input, vm }: StepContext): Promise<Installation> {
  if (input.runKey === null) throw givenUp('an installation belongs to a run');
  const { runs } = ports.inventory;
  const run = await runs.run(input.runKey);
  if (run === null) throw givenUp(`run ${input.runKey} is not in the inventory`);
  const due = await runs.beginInstalling(input.runKey, input.vmId);
  if (due.length === 0) throw new NothingDue('nothing is due on this machine any more');
  const what = installationFor(vm, due, run.environment);
  if (what.kind === 'impossible') throw new ImpossibleStep(what.reason);
  return what;
}

/** Asked for as it stands, the step would do what nobody approved: it fails before Azure hears of it. */
class ImpossibleStep extends Error {}

/** Azure has not begun: until it is asked again, what is due there can be taken out of the run. */
async function notBegun({ ports, input: { runKey, vmId } }: StepContext): Promise<void> {
  if (runKey === null) return;
  const { runs } = ports.inventory;
  const installing = await runs.manifest({ runKey, vmId, states: ['installing'] });
  await runs.setManifestState(
    runKey,
    vmId,
    installing.map(({ patchId }) => ({ patchId, state: 'planned', reason: null })),
  );
}

/** Whatever was due was taken out of the run since the machine was admitted. */
class NothingDue extends ImpossibleStep {}

async function restorePointOf(ports: Ports, input: StepInput): Promise<string> {
  const session = await ports.inventory.sessions.session(input.sessionId);
  if (session === null || session.restorePoint === null) throw givenUp('there is no restore point to return to');
  return session.restorePoint;
}
