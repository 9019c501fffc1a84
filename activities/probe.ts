// Asking the guest itself: its services, whether it waits for a restart, and the versions of the packages that are due. What it answers is evidence.

import { namesToAsk } from '../domain/packageDemand.js';
import { closedManifestStates } from '../domain/run.js';
import { AzureFailure, type OperationRequest } from '../ports/azure.js';
import { notReady } from './failures.js';
import { finish, shortName, type StepContext, type StepResult } from './stepContext.js';

/** Far more packages than a session ever has due. */
const pagesMax = 40;

export async function probeRequest(context: StepContext, page: number, offset: number): Promise<OperationRequest> {
  const { vm, policy, address } = context;
  const services = policy.categories.find((category) => category.name === vm.category)?.services ?? [];
  const request = { kind: 'runCommand', vm: address, name: commandName(context, page), timeoutSeconds: 600 } as const;
  if (vm.osType === 'windows')
    return { ...request, script: 'guest-facts/1', parameters: { services: services.join(',') } };
  const packages = await packagesToAsk(context);
  return {
    ...request,
    script: 'linux-facts/1',
    parameters: { services: services.join(','), packages: packages.join(','), offset: String(offset) },
  };
}

function commandName(context: StepContext, page: number): string {
  const name = `${shortName(context)}-${context.input.step}`;
  return page === 0 ? name : `${name}-${page}`;
}

/** Every package that the session's patches could bring: those that are not there are told by their absence. */
async function packagesToAsk({ ports, input, vm }: StepContext): Promise<string[]> {
  if (input.runKey === null) return [];
  const { runs, patches } = ports.inventory;
  const rows = await runs.manifest({ runKey: input.runKey, vmId: input.vmId });
  const due = rows.filter((row) => !closedManifestStates.has(row.state));
  const records = await Promise.all(due.map((row) => patches.patch(row.patchId)));
  const known = records.flatMap((record) => (record === null ? [] : [record.patch]));
  return namesToAsk(
    known,
    vm,
    due.flatMap((row) => row.packages),
  );
}

export async function readProbe(context: StepContext): Promise<StepResult> {
  return context.vm.osType === 'windows' ? readWindows(context) : readLinux(context);
}

async function readWindows(context: StepContext): Promise<StepResult> {
  const { ports, input } = context;
  const answer = await outputOf(context, 0);
  if ('problem' in answer) return finish(context, 'failed', null, answer.problem);
  const facts = ports.azure.readGuestFacts(answer.output, ports.clock.now());
  await ports.inventory.fleet.saveGuestFacts(input.vmId, facts);
  return finish(context, 'succeeded', null, null);
}

/** Its packages come in as many pages as they need, each by a command of its own, named after its place. */
async function readLinux(context: StepContext): Promise<StepResult> {
  const { ports, input, policy } = context;
  const asked = await packagesToAsk(context);
  const pages: string[] = [];
  let offset = 0;
  while (pages.length < pagesMax) {
    const answer = await outputOf(context, pages.length).catch((failure: unknown) => {
      if (failure instanceof AzureFailure && failure.kind === 'notFound' && pages.length > 0) return null;
      throw failure;
    });
    if (answer === null) {
      await ports.azure.start(await probeRequest(context, pages.length, offset));
      throw notReady('the guest is asked for the next page of its packages', policy.polls.floorSeconds);
    }
    if ('problem' in answer) return finish(context, 'failed', null, answer.problem);
    pages.push(answer.output);
    const read = ports.azure.readLinuxFacts(pages, asked, ports.clock.now());
    if (read.kind === 'whole') {
      await ports.inventory.fleet.saveGuestFacts(input.vmId, read.facts);
      return finish(context, 'succeeded', null, null);
    }
    offset = read.offset;
  }
  return finish(context, 'failed', null, `the guest has more packages to tell of than fit ${pagesMax} pages`);
}

async function outputOf(context: StepContext, page: number): Promise<{ output: string } | { problem: string }> {
  const { ports, address, policy } = context;
  const answer = await ports.azure.runCommandResult(address, commandName(context, page));
  if (answer.kind === 'pending') throw notReady('the guest has not answered yet', policy.polls.floorSeconds);
  if (answer.kind === 'failed') return { problem: answer.message };
  if (answer.exitCode !== 0)
    return { problem: `the probe ended with ${answer.exitCode}: ${answer.error.slice(0, 300)}` };
  return { output: answer.output };
}
