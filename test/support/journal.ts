// The simulated Azure's own record, as tests judge by it.

import { readJournal, type RequestLine } from '../../simulator/journal.js';

export const installAction = 'Microsoft.Compute/virtualMachines/installPatches/action';

export function requestsOf(file: string): RequestLine[] {
  return readJournal(file).filter((line) => line.type === 'request');
}

/** Installations that Azure took on, whether or not the answer arrived. */
export function installsOf(file: string, vm: string): RequestLine[] {
  return requestsOf(file).filter(
    (line) => line.action === installAction && line.vm === vm && line.operation !== undefined,
  );
}
