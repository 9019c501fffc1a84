// The Azure port on the official SDK.

import type { AzurePort } from '../../ports/azure.js';
import { listAssignments } from './access.js';
import { restorePointDisks, tagsThere } from './copies.js';
import { listMachines, machineNow } from './machines.js';
import { pollOperation, removeRunCommand, runCommandResult, startOperation } from './operations.js';
import { readAssessOutput, readGuestFacts, readInstallOutput, readLinuxFacts } from './outputs.js';
import { openAzureSession, type AzureOptions } from './session.js';

export function connectAzure(options: AzureOptions): AzurePort {
  const session = openAzureSession(options);
  return {
    listVms: () => listMachines(session),
    listAssignments: () => listAssignments(session),
    vmNow: (vm) => machineNow(session, vm.azureId),
    restorePointDisks: (point) => restorePointDisks(session, point),
    tagsThere: (vm, diskNames) => tagsThere(session, vm, diskNames),
    start: (request) => startOperation(session, request),
    poll: (url) => pollOperation(session, url),
    readInstallOutput,
    readAssessOutput,
    runCommandResult: (vm, name) => runCommandResult(session, vm, name),
    removeRunCommand: (vm, name) => removeRunCommand(session, vm, name),
    readGuestFacts,
    readLinuxFacts,
  };
}
