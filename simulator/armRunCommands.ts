// Run Command v2 on a machine.

import { type ArmAnswer, type ArmRequest, type ArmRoute, armError, nameIn, notFound } from './armAnswer.js';
import { begun, operationHeaders } from './armOperations.js';
import type { Cloud } from './cloud.js';
import { runCommandJson } from './shapes.js';
import type { Guest } from './world.js';

export function runCommandRoute(
  cloud: Cloud,
  request: ArmRequest,
  on: (action: string, work: (vm: Guest) => ArmAnswer) => ArmRoute,
): ArmRoute | null {
  const id = request.path.toLowerCase();
  const held = cloud.journal.tables.runCommands.get(id);
  switch (request.method) {
    case 'PUT':
      return on('virtualMachines/runCommands/write', (vm) => putRunCommand(cloud, request, vm, id));
    case 'GET':
      return on('virtualMachines/runCommands/read', () =>
        held === undefined
          ? notFound(id)
          : { status: 200, body: runCommandJson(held, request.query.get('$expand') === 'instanceView') },
      );
    case 'DELETE':
      return on('virtualMachines/runCommands/delete', () => {
        cloud.journal.commit('run command deleted', [{ table: 'runCommands', key: id, set: null }]);
        return { status: held === undefined ? 204 : 200, body: null };
      });
    default:
      return null;
  }
}

/** A command of the same name and script is there already: it is not run again. */
function putRunCommand(cloud: Cloud, request: ArmRequest, vm: Guest, id: string): ArmAnswer {
  const properties = request.body['properties'] as
    | { source?: { script?: string }; parameters?: { name: string; value: string }[] }
    | undefined;
  const script = properties?.source?.script;
  if (script === undefined)
    return armError(400, 'InvalidParameter', 'A run command needs properties.source.script.', 'properties.source');
  if (vm.power !== 'running')
    return armError(409, 'OperationNotAllowed', 'Cannot modify extensions in the VM when the VM is not running.');
  const held = cloud.journal.tables.runCommands.get(id);
  if (held !== undefined && held.script === script) return { status: 200, body: runCommandJson(held, false) };
  const command = {
    id,
    name: nameIn(request),
    vm: vm.id,
    location: vm.location,
    script,
    parameters: properties?.parameters ?? [],
    state: 'Running' as const,
    exitCode: null,
    output: '',
    error: '',
    startedAt: new Date().toISOString(),
    endedAt: null,
  };
  const operation = begun(cloud, request, vm, 'runCommand', id, {}, [
    { table: 'runCommands', key: id, set: { ...command } },
  ]);
  return {
    status: 201,
    body: runCommandJson(command, false),
    headers: operationHeaders(request, operation),
    operation,
  };
}
