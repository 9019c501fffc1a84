// Probes of a guest as they are brought: the Linux script runs for real against this machine, in pages; whatever is wrong with the answer is refused.

import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createGuest } from '../../adapters/azure/guestInventory.js';
import { guestScripts } from '../../adapters/azure/guestScripts.js';
import { probeScripts } from '../../adapters/azure/probeScripts.js';
import type { ProbeRules } from '../../domain/probe.js';
import type { AzurePort, OperationRequest } from '../../ports/azure.js';

const vm = {
  azureId: '/subscriptions/s/resourcegroups/rg/providers/microsoft.compute/virtualmachines/web',
  location: 'x',
};
const capture = '0123456789ab';
type Answer = { exitCode: number; output: string; error: string };

function guestWhere(answer: (script: string, parameters: Record<string, string>) => Promise<Answer>) {
  const answers = new Map<string, Promise<Answer>>();
  const azure = {
    async start(request: OperationRequest) {
      if (request.kind !== 'runCommand') throw new Error('only scripts run here');
      answers.set(request.name, answer(request.script, request.parameters));
      return { url: null, result: null };
    },
    runCommandResult: async (_: unknown, name: string) => ({ kind: 'done' as const, ...(await answers.get(name)) }),
    removeRunCommand: async () => {},
  } as unknown as AzurePort;
  return createGuest({ azure, pollSeconds: 0.01, timeoutSeconds: 5 });
}

const nothing: ProbeRules = {
  ports: [],
  http: [],
  newErrors: false,
  ignoredErrors: [],
  counters: { processorPointsMax: null, memoryPercentMax: null, diskPointsMax: null },
  scripts: [],
};
const all: ProbeRules = {
  ...nothing,
  newErrors: true,
  counters: { processorPointsMax: 20, memoryPercentMax: 20, diskPointsMax: 5 },
};

let folder: string;
let server: Server;
let port: number;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'probe-'));
  server = createServer((request, response) => {
    response.statusCode = request.url === '/well' ? 200 : 503;
    response.end('all "is" well: ü\n');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  port = (server.address() as AddressInfo).port;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

/** A journal of this test's own: what it is asked is kept beside it. */
async function journalWith(lines: string[], exitCode = 0): Promise<void> {
  await writeFile(join(folder, 'lines'), `${lines.join('\n')}\n`);
  const text = `#!/bin/sh\necho "$*" >> "${folder}/asked"\ncat "${folder}/lines"\nexit ${exitCode}\n`;
  await writeFile(join(folder, 'journalctl'), text);
  await chmod(join(folder, 'journalctl'), 0o755);
}

const onLinux = process.platform === 'linux' ? test : test.skip;

function realGuest() {
  const run = promisify(execFile);
  return guestWhere(async (script, parameters) => {
    const env = { PATH: `${folder}:${process.env['PATH'] ?? ''}`, TMPDIR: folder, ...parameters };
    const { stdout, stderr } = await run('/bin/sh', ['-c', guestScripts[script] ?? ''], { env });
    return { exitCode: 0, output: stdout, error: stderr };
  });
}

onLinux(
  'the Linux script tells ports, checks, kinds of errors, counters and scripts, and leaves nothing behind',
  async () => {
    await journalWith([
      '1700000000.123456 web nginx[812]: open() "/var/a" failed (2: No such file), client: 10.0.0.4',
      '1700000009.123456 web nginx[999]: open() "/var/b" failed (2: No such file), client: 10.0.0.77',
      ' a line that goes on',
      '1700000010.000000 web kernel: sda: error at 0xdeadbeef12',
    ]);
    const local = `http://127.0.0.1:${port}`;
    const linux = { osType: 'linux' as const, timeoutSeconds: 5 };
    const facts = await realGuest().probe(vm, 'linux', {
      capture,
      errorsSince: '2026-01-01T00:00:00.500Z',
      rules: {
        ...all,
        http: [
          { name: 'well', url: `${local}/well`, status: 200, text: 'all "is" well: ü' },
          { name: 'ill', url: `${local}/ill`, status: 200, text: '$(id)' },
          { name: 'nobody', url: 'http://127.0.0.1:1/', status: 200, text: null },
        ],
        scripts: [
          { ...linux, name: 'fine', text: 'printf "all %s" "fine"; exit 0' },
          { ...linux, name: 'sick', text: 'echo "it\'s down" >&2\nexit 3\n' },
          { ...linux, name: 'long', text: 'yes | head -c 500000' },
          { ...linux, name: 'hangs', text: 'sleep 30', timeoutSeconds: 1 },
          { name: 'other', osType: 'windows', text: 'exit 1', timeoutSeconds: 5 },
        ],
      },
    });
    expect(Date.parse(facts.at)).toBeGreaterThan(Date.parse(facts.bootedAt ?? ''));
    expect(facts.listening).toContain(port);
    expect(facts.http).toEqual([
      { name: 'well', status: 200, textFound: true, problem: null },
      { name: 'ill', status: 503, textFound: false, problem: null },
      { name: 'nobody', status: null, textFound: true, problem: expect.stringContaining('curl') },
    ]);
    expect(facts.errors?.toSorted((a, b) => b.count - a.count)).toEqual([
      {
        kind: 'nginx: open() "#" failed (#: No such file), client: #',
        count: 2,
        sample: 'open() "/var/b" failed (2: No such file), client: 10.0.0.77',
      },
      { kind: 'kernel: sda: error at #x#', count: 1, sample: 'sda: error at 0xdeadbeef12' },
    ]);
    expect(facts.processorPercent).toBeGreaterThanOrEqual(0);
    expect(facts.memoryFreeMb).toBeGreaterThan(0);
    expect(facts.disks?.length).toBeGreaterThan(0);
    expect(facts.scripts).toEqual([
      { name: 'fine', exitCode: 0, output: 'all fine', characters: 8, problem: null },
      { name: 'sick', exitCode: 3, output: "it's down\n", characters: 10, problem: null },
      { name: 'long', exitCode: 0, output: 'y\n'.repeat(1000), characters: 500_000, problem: null },
      { name: 'hangs', exitCode: null, output: '', characters: 0, problem: 'it was stopped after 1 s' },
    ]);
    expect((await readdir(folder)).toSorted()).toEqual(['asked', 'journalctl', 'lines']);
    expect((await readdir('/run')).filter((name) => name.includes('patchline-probe'))).toEqual([]);
  },
  60_000,
);

onLinux(
  'the first time it reads a day and the start of the machine; a journal that cannot be read, or is too long, is unknown',
  async () => {
    const ask = () =>
      realGuest().probe(vm, 'linux', { capture, errorsSince: null, rules: { ...nothing, newErrors: true } });
    await journalWith(['1700000000.1 web cron[1]: it failed']);
    expect((await ask()).errors).toEqual([{ kind: 'cron: it failed', count: 2, sample: 'it failed' }]);
    await journalWith([], 1);
    expect((await ask()).errors).toBeNull();
    await journalWith(Array.from({ length: 6000 }, (_, at) => `1700000000.1 web cron[1]: it failed ${at}`));
    expect((await ask()).errors).toBeNull();
    const word = (at: number) =>
      Array.from(at.toString(26), (one) => 'ghijklmnopqrstuvwxyzghijklmnop'[Number.parseInt(one, 26)]);
    const kinds = Array.from(
      { length: 400 },
      (_, at) => `1700000000.1 web cron[1]: it failed ${'-'.repeat(at % 3)}${word(at).join('')}`,
    );
    await journalWith(kinds);
    expect((await ask()).errors).toBeNull();
    await journalWith(kinds.slice(0, 200));
    expect((await ask()).errors).toHaveLength(200);
    const asked = (await readFile(join(folder, 'asked'), 'utf8'))
      .split('\n')
      .filter((line) => line.includes('--since'));
    expect(asked[0]).toContain('--since @1767225600');
    expect(asked.filter((line) => line.includes('--until'))).toHaveLength(5 - 1);
  },
  60_000,
);

function paged(text: string, size = 100) {
  const packed = gzipSync(text).toString('base64');
  const sha256 = createHash('sha256').update(packed, 'ascii').digest('hex');
  return async (_: string, { offset = '0' }: Record<string, string>): Promise<Answer> => {
    const from = Number(offset);
    const page = { total: packed.length, offset: from, sha256, data: packed.slice(from, from + size) };
    return { exitCode: 0, output: `${JSON.stringify(page)}\n`, error: '' };
  };
}

const request = { capture, errorsSince: null, rules: nothing };
const at = 'at\t2026-11-25T10:00:00Z\n';

test('what is not told is null, never empty', async () => {
  const facts = await guestWhere(paged(`${at}port\t80\nerrors\tcut\t9 kinds\nend\n`)).probe(vm, 'windows', request);
  expect(facts).toEqual({
    at: '2026-11-25T10:00:00.000Z',
    bootedAt: null,
    listening: null,
    http: [],
    errors: null,
    processorPercent: null,
    memoryFreeMb: null,
    disks: null,
    scripts: [],
  });
});

test.each<[string, (script: string, parameters: Record<string, string>) => Promise<Answer>, RegExp]>([
  ['half of it', paged(`${at}port\t80\n`), /no end/],
  ['no time', paged('end\n'), /no time/],
  ['a port that is none', paged(`${at}port\teighty\nend\n`), /garbage: port/],
  ['a line that nobody knows', paged(`${at}<b>well</b>\nend\n`), /garbage: <b>/],
  ['a line too long', paged(`${at}error\t1\t${'x'.repeat(400)}\t\nend\n`), /garbage/],
  ['far too many lines', paged(`${at}${'port\t1\n'.repeat(6000)}end\n`), /lines/],
  ['something else', async () => ({ exitCode: 0, output: 'hello', error: '' }), /answered garbage/],
  ['a failure', async () => ({ exitCode: 1, output: '', error: 'access denied' }), /ended with 1: access denied/],
])('%s is refused', async (_, answer, words) => {
  await expect(guestWhere(answer).probe(vm, 'windows', request)).rejects.toThrow(words);
});

test('a script that brings no answer is told as that, and costs no other its own', async () => {
  const script = { osType: 'windows' as const, text: 'exit 0', timeoutSeconds: 5 };
  const guest = guestWhere(async (verb, parameters) => {
    if (parameters['ask']?.startsWith('script:lost:')) return { exitCode: 1, output: '', error: 'no more memory' };
    const line = parameters['ask']?.startsWith('script:') ? 'script\tfine\t0\t2\t\tb2s=\n' : 'port\t443\nports\tok\t\n';
    return paged(`${at}${line}end\n`)(verb, parameters);
  });
  const rules = {
    ...nothing,
    scripts: [
      { ...script, name: 'lost' },
      { ...script, name: 'fine' },
    ],
  };
  const facts = await guest.probe(vm, 'windows', { ...request, rules });
  expect(facts.listening).toEqual([443]);
  expect(facts.scripts).toEqual([
    { name: 'lost', exitCode: null, output: '', characters: 0, problem: expect.stringContaining('no more memory') },
    { name: 'fine', exitCode: 0, output: 'ok', characters: 2, problem: null },
  ]);
});

test('both scripts name their verb, and policy text reaches them only as base64', async () => {
  for (const [verb, script] of Object.entries(probeScripts))
    expect(script.split('\n', 1)[0]).toBe(`# patchline-verb: ${verb}`);
  const asked: string[] = [];
  const guest = guestWhere(async (verb, parameters) => {
    asked.push(parameters['ask'] ?? '');
    return paged(`${at}end\n`)(verb, parameters);
  });
  const http = [{ name: 'well', url: 'http://localhost/?a=1&b="$(id)"', status: 200, text: "'; rm -rf /" }];
  const scripts = [{ name: 'team', osType: 'windows' as const, text: 'a\n"b" & c', timeoutSeconds: 5 }];
  await guest.probe(vm, 'windows', { ...request, rules: { ...all, http, scripts } });
  for (const ask of asked) expect(ask).toMatch(/^[A-Za-z0-9+/=:,_-]+$/);
});
