// The guest's own inventory: lines of text, compressed, brought in pages small enough for Run Command, put together and checked.

import type { LinuxSystemFacts } from '../../domain/vm.js';
import type { GuestInventory, GuestPort, Program, RememberedUpdate } from '../../ports/guest.js';
import { forensicVerb, takeEvidence } from './guestEvidence.js';
import { takeProbe } from './guestProbe.js';
import { askServices } from './guestServices.js';
import { originOf } from './linuxPackages.js';
import { pagesOf, unpack } from './packedPages.js';
import { runScript, unavailable, type GuestOptions } from './runScript.js';

/** Far above any machine that was ever seen. */
const textBytesMax = 20_000_000;
const packedCharsMax = 4_000_000;
const linesMax = 50_000;
const nameLengthMax = 300;
const attempts = 2;

export function createGuest(options: GuestOptions): GuestPort {
  return {
    async inventory(vm, osType) {
      const verb = osType === 'windows' ? 'guest-inventory/1' : 'linux-inventory/1';
      for (let attempt = 1; ; attempt += 1) {
        const ask = (offset: number) => runScript({ ...options, vm, verb, parameters: { offset: String(offset) } });
        const packed = await pagesOf(ask, packedCharsMax);
        if (packed !== null) return readInventory(await unpack(packed, textBytesMax));
        // Something was installed while the pages were read: once more from the beginning.
        if (attempt === attempts) throw unavailable(`${verb}: the inventory changed while it was read`);
      }
    },

    evidence: (vm, osType, script, capture) => takeEvidence(options, vm, forensicVerb(script, osType), capture),

    probe: (vm, osType, request) => takeProbe(options, vm, osType, request),

    services: (vm, osType, services) => askServices(options, vm, osType, services),
  };
}

const sources: readonly string[] = ['registry', 'dpkg', 'rpm'];

/** Names come from whoever wrote the software: any text, without control characters, cut to a length. */
function readInventory(text: string): GuestInventory {
  const lines = text.split('\n').filter((line) => line !== '');
  if (lines.length > linesMax) throw unavailable(`the inventory has ${lines.length} lines`);
  if (lines.at(-1) !== 'end') throw unavailable('the inventory has no end: the guest sent half of it');
  const software: Program[] = [];
  const updates: RememberedUpdate[] = [];
  const administrators: string[] = [];
  let linux: LinuxSystemFacts | null = null;
  let definitions: GuestInventory['definitions'];
  for (const line of lines.slice(0, -1)) {
    const [kind = '', one = '', two = '', three = '', four = '', five = '', six = ''] = line.split('\t').map(cleaned);
    if (kind === 'software' && sources.includes(one) && two !== '')
      software.push({
        name: two,
        version: three,
        source: one as Program['source'],
        ...builtOf(two, three, four, five, six),
      });
    else if (kind === 'update' && one !== '') updates.push({ patchId: one, at: instantOf(two) });
    else if (kind === 'administrator' && one !== '') administrators.push(one);
    else if (kind === 'system') linux = systemOf(one, two, three, four, five);
    else if (kind === 'definitions' && one !== '') definitions = { version: one, updatedAt: instantOf(two) };
    else throw unavailable(`the inventory has a line that cannot be read: ${line.slice(0, 100)}`);
  }
  return { software, updates, administrators, linux, ...(definitions === undefined ? {} : { definitions }) };
}

/** Programs of Windows are built of nothing that anybody tells. */
function builtOf(
  name: string,
  version: string,
  source: string,
  sourceVersion: string,
  label: string,
): Partial<Program> {
  if (source === '') return {};
  const { source: built, module } = originOf(name, version, source, sourceVersion, label);
  return { built, module };
}

function systemOf(id: string, version: string, running: string, next: string, pro: string): LinuxSystemFacts | null {
  if (id === '' || running === '') return null;
  return {
    id,
    version,
    kernel: { running, next: next === '' ? null : next },
    pro: pro === 'true' ? true : pro === 'false' ? false : null,
  };
}

function cleaned(text: string): string {
  return text
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, nameLengthMax);
}

function instantOf(text: string): string | null {
  const milliseconds = Date.parse(text);
  return Number.isNaN(milliseconds) ? null : new Date(milliseconds).toISOString();
}
