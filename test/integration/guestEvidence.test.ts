// Evidence of a guest as it is brought: the Linux script runs for real, in pages; whatever is wrong with the answer is refused.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { expect, test } from '@jest/globals';
import { forensicScripts } from '../../adapters/azure/forensicScripts.js';
import { createGuest } from '../../adapters/azure/guestInventory.js';
import { guestScripts } from '../../adapters/azure/guestScripts.js';
import type { AzurePort, OperationRequest } from '../../ports/azure.js';

const vm = {
  azureId: '/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web',
  location: 'x',
};
const capture = '0123456789ab';
type Answer = { exitCode: number; output: string; error: string };

/** An Azure that has each script answered by `answer`. */
function guestWhere(answer: (script: string, parameters: Record<string, string>) => Promise<Answer>) {
  const answers = new Map<string, Promise<Answer>>();
  const removed: string[] = [];
  const azure = {
    async start(request: OperationRequest) {
      if (request.kind !== 'runCommand') throw new Error('only scripts run here');
      answers.set(request.name, answer(request.script, request.parameters));
      return { url: null, result: null };
    },
    runCommandResult: async (_: unknown, name: string) => ({ kind: 'done' as const, ...(await answers.get(name)) }),
    removeRunCommand: async (_: unknown, name: string) => void removed.push(name),
  } as unknown as AzurePort;
  return { guest: createGuest({ azure, pollSeconds: 0.01, timeoutSeconds: 5 }), removed };
}

const isLinux = process.platform === 'linux' && existsSync('/bin/sh');
const onLinux = isLinux ? test : test.skip;

onLinux(
  'the Linux script tells what runs, in pages of one capture, and leaves nothing behind',
  async () => {
    const run = promisify(execFile);
    let pages = 0;
    const { guest, removed } = guestWhere(async (script, parameters) => {
      pages += 1;
      const text = guestScripts[script] ?? '';
      const env = { PATH: process.env['PATH'] ?? '', ...parameters };
      const { stdout, stderr } = await run('/bin/sh', ['-c', text], { env });
      return { exitCode: 0, output: stdout, error: stderr };
    });
    const text = await guest.evidence(vm, 'linux', 'forensics/1', capture);
    const lines = text.split('\n');
    expect(lines[0]).toMatch(/^taken\t\d{4}-\d{2}-\d{2}T/);
    expect(lines.filter((line) => line.startsWith('process\t')).length).toBeGreaterThan(0);
    expect(lines.every((line) => line.length <= 240)).toBe(true);
    expect(removed).toHaveLength(pages);
    for (const folder of ['/run', process.env['TMPDIR'] ?? '/tmp'])
      expect(existsSync(`${folder}/patchline-${capture}.b64`)).toBe(false);
  },
  30_000,
);

/** Pages of a text, as a guest sends them. */
function paged(text: string, size = 20) {
  const packed = gzipSync(text).toString('base64');
  const sha256 = createHash('sha256').update(packed, 'ascii').digest('hex');
  return async (_: string, { offset = '0' }: Record<string, string>): Promise<Answer> => {
    const from = Number(offset);
    const page = { total: packed.length, offset: from, sha256, data: packed.slice(from, from + size) };
    return { exitCode: 0, output: `noise\n${JSON.stringify(page)}\n`, error: '' };
  };
}

test('many pages become one text, without control characters', async () => {
  const { guest } = guestWhere(paged('process\t1\tinit\u0007\nlogon\tkim\r\nend\n'));
  expect(await guest.evidence(vm, 'windows', 'forensics/1', capture)).toBe('process\t1\tinit\nlogon\tkim');
});

test.each<[string, (script: string, parameters: Record<string, string>) => Promise<Answer>, RegExp]>([
  ['half of it', paged('process\t1\tinit\n'), /no end/],
  ['nothing', paged('end\n'), /is empty/],
  ['something else', async () => ({ exitCode: 0, output: 'hello', error: '' }), /answered garbage/],
  ['a failure', async () => ({ exitCode: 1, output: '', error: 'access denied' }), /ended with 1: access denied/],
  [
    'more than is allowed',
    async () => ({
      exitCode: 0,
      output: JSON.stringify({ total: 1_000_000, offset: 0, sha256: 'a'.repeat(64), data: 'x' }),
      error: '',
    }),
    /1000000 characters/,
  ],
  [
    'another capture with every page',
    (script, parameters) => paged(`process\t${Math.random()}\nend\n`)(script, parameters),
    /changed while it was read/,
  ],
])('%s is refused', async (_, answer, words) => {
  await expect(guestWhere(answer).guest.evidence(vm, 'windows', 'forensics/1', capture)).rejects.toThrow(words);
});

test('both scripts name their verb, and no line of theirs reads a command line', () => {
  for (const [verb, script] of Object.entries(forensicScripts)) {
    expect(script.split('\n', 1)[0]).toBe(`# patchline-verb: ${verb}`);
    expect(script).not.toMatch(/CommandLine|args=|-o [^|]*\bcmd\b/);
  }
});
