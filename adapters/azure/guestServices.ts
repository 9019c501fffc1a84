// How a guest is, asked outside of a session: its services, by the scripts that sessions use.

import type { GuestFacts } from '../../domain/vm.js';
import type { VmAddress } from '../../ports/azure.js';
import { readGuestFacts, readLinuxFacts } from './outputs.js';
import { runScript, unavailable, type GuestOptions } from './runScript.js';

export async function askServices(
  options: GuestOptions,
  vm: VmAddress,
  osType: 'windows' | 'linux',
  services: string[],
): Promise<GuestFacts> {
  const asked = { ...options, vm };
  const at = () => new Date().toISOString();
  if (osType === 'windows') {
    const output = await runScript({ ...asked, verb: 'guest-facts/1', parameters: { services: services.join(',') } });
    return readGuestFacts(output, at());
  }
  const parameters = { services: services.join(','), packages: '', offset: '0' };
  const output = await runScript({ ...asked, verb: 'linux-facts/1', parameters });
  const read = readLinuxFacts([output], [], at());
  if (read.kind === 'more') throw unavailable('linux-facts/1 told of packages that nobody asked for');
  return read.facts;
}
