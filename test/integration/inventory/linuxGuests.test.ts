// The Linux scripts on a real machine, and what the inventory makes of their answers: packages by version, and whose installations they were.

import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { createGuest } from '../../../adapters/azure/guestInventory.js';
import { guestScripts } from '../../../adapters/azure/guestScripts.js';
import { readLinuxFacts } from '../../../adapters/azure/outputs.js';
import { openInventory } from '../../../adapters/postgres/openInventory.js';
import { acting } from '../../../composition/acting.js';
import type { AzurePort } from '../../../ports/azure.js';
import type { GuestInventory } from '../../../ports/guest.js';
import type { Inventory } from '../../../ports/inventory.js';
import { onEveryDatabase, type TestDatabase } from '../../support/databases.js';
import { linuxGuest, minutesFrom, now, someUbuntu } from '../../support/facts.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

afterAll(removeTemporaryFolders);

const hasDpkg = existsSync('/usr/bin/dpkg-query');
if (!hasDpkg) console.warn('skipped: the Linux scripts need a machine with dpkg');

(hasDpkg ? describe : describe.skip)('on this very machine', () => {
  /** As Run Command does: the script by sh, parameters as variables, 4 kB of what it printed. */
  function run(verb: string, parameters: Record<string, string>): string {
    const output = execFileSync('sh', ['-c', guestScripts[verb] ?? ''], { env: { ...process.env, ...parameters } });
    expect(output.length).toBeLessThan(3000);
    return output.toString();
  }

  const dpkg = (...args: string[]) => execFileSync('dpkg-query', args).toString();

  async function inventoryIn(zone: string): Promise<GuestInventory> {
    let answer = '';
    const azure: Pick<AzurePort, 'start' | 'runCommandResult' | 'removeRunCommand'> = {
      async start(request) {
        if (request.kind !== 'runCommand') throw new Error(request.kind);
        answer = run(request.script, { ...request.parameters, TZ: zone });
        return { url: null, result: null };
      },
      runCommandResult: async () => ({ kind: 'done', exitCode: 0, output: answer, error: '' }),
      removeRunCommand: async () => {},
    };
    const guest = createGuest({ azure, pollSeconds: 1, timeoutSeconds: 60 });
    return guest.inventory({ azureId: '', location: '' }, 'linux');
  }

  test('the inventory tells every installed package, and the system', async () => {
    const { software, linux } = await inventoryIn('UTC');
    const version = dpkg('-W', '-f', '${Version}', 'dpkg');
    expect(software).toContainEqual({
      name: 'dpkg',
      version,
      source: 'dpkg',
      built: { name: 'dpkg', version },
      module: null,
    });
    const [built, builtVersion] = dpkg('-W', '-f', '${source:Package} ${source:Version}', 'libc6').split(' ');
    expect(software.find(({ name }) => name === 'libc6')?.built).toEqual({ name: built, version: builtVersion });
    const statuses = dpkg('-W', '-f', '${db:Status-Status}\n').trim().split('\n');
    const installed = statuses.filter((status) => status === 'installed').length;
    expect(software.length).toBeGreaterThan(installed * 0.9);
    expect(software.length).toBeLessThanOrEqual(installed);
    expect(linux).toMatchObject({ id: expect.stringMatching(/^[a-z]+$/), pro: null });
    expect(linux?.kernel.running).toBe(execFileSync('uname', ['-r']).toString().trim());
  }, 60_000);

  test('the log’s local times are told in UTC', async () => {
    const [here, east] = [await inventoryIn('UTC'), await inventoryIn('Asia/Tokyo')];
    const timed = here.updates.filter(({ at }) => at !== null);
    if (timed.length === 0) return console.warn('skipped: this machine’s dpkg remembers no installation');
    const there = new Map(east.updates.map(({ patchId, at }) => [patchId, at]));
    for (const { patchId, at } of timed.slice(0, 50))
      expect(Date.parse(at ?? '') - Date.parse(there.get(patchId) ?? '')).toBe(9 * 3_600_000);
  }, 120_000);

  test('facts tell the versions that were asked for, and nothing of what is not installed', () => {
    const asked = ['dpkg', 'libc6', 'no-such-package'];
    const page = run('linux-facts/1', { services: 'no-such-service', packages: asked.join(',') });
    const read = readLinuxFacts([page], asked, now);
    if (read.kind !== 'whole') throw new Error('three packages fit one page');
    const { services, pendingReboot, linux, osVersion } = read.facts;
    expect([services, pendingReboot]).toEqual([[], existsSync('/run/reboot-required')]);
    expect(osVersion).toBe(linux?.version);
    expect(linux?.packages.asked).toEqual(asked);
    expect(linux?.packages.installed.map(({ name }) => name)).toEqual(['dpkg', 'libc6']);
    const [held, library] = linux?.packages.installed ?? [];
    const [built, builtVersion] = dpkg('-W', '-f', '${source:Package} ${source:Version}', 'libc6').split(' ');
    expect(library?.source).toEqual({ name: built, version: builtVersion });
    expect(held?.source).toEqual({ name: 'dpkg', version: held?.version });
    expect(`${held?.version} ${held?.architecture}`).toBe(dpkg('-W', '-f', '${Version} ${Architecture}', 'dpkg'));
  });

  test('of many packages in pages, each small enough for Run Command', () => {
    const asked = dpkg('-W', '-f', '${Package}\n').trim().split('\n').slice(0, 200);
    const pages: string[] = [];
    for (let offset = 0; ; ) {
      pages.push(run('linux-facts/1', { packages: asked.join(','), offset: String(offset) }));
      const read = readLinuxFacts(pages, asked, now);
      if (read.kind === 'whole') {
        expect(pages.length).toBeGreaterThan(2);
        expect(new Set(read.facts.linux?.packages.installed.map(({ name }) => name))).toEqual(new Set(asked));
        return;
      }
      expect(read.offset).toBeGreaterThan(offset);
      offset = read.offset;
    }
  }, 30_000);

  test('names that are commands stay names', () => {
    const trace = join(tmpdir(), `named-${randomUUID()}`);
    const page = run('linux-facts/1', {
      services: `$(touch ${trace});\`id\``,
      packages: "dpkg';id;*,$(id)",
      offset: '0',
    });
    expect(readLinuxFacts([page], ['dpkg'], now)).toMatchObject({ kind: 'whole' });
    expect(existsSync(trace)).toBe(false);
  });
});

describe('pages', () => {
  const page = (change: object) =>
    JSON.stringify({
      osVersion: '24.04',
      installedKbs: [],
      pendingReboot: false,
      services: [],
      software: [],
      linux: {
        id: 'ubuntu',
        version: '24.04',
        kernel: { running: '6', next: null },
        pro: false,
        packages: { manager: 'dpkg', total: 2, offset: 0, page: ['openssl 3.0 amd64 = = (none)'], ...change },
      },
    });

  test.each([
    ['no JSON', ['<html>']],
    ['another total', [page({}), page({ total: 3, offset: 1 })]],
    ['a page twice', [page({}), page({})]],
    ['an empty page before the end', [page({}), page({ offset: 1, page: [] })]],
    ['a line that is no package', [page({ page: ['openssl'] })]],
    ['nothing', []],
  ])('%s is garbage', (_, pages) => {
    expect(() => readLinuxFacts(pages, [], now)).toThrow();
  });

  test('are asked for until all is told', () => {
    expect(readLinuxFacts([page({})], ['openssl'], now)).toEqual({ kind: 'more', offset: 1 });
    const whole = readLinuxFacts(
      [page({}), page({ offset: 1, page: ['tar 1 amd64 = = (none)'] })],
      ['openssl', 'tar'],
      now,
    );
    expect(whole).toMatchObject({ kind: 'whole', facts: { linux: { packages: { installed: [{}, {}] } } } });
  });
});

onEveryDatabase('packages', (start) => {
  let database: TestDatabase;
  let inventory: Inventory;
  const { guest: _g, assessment: _a, firstSeenAt: _f, joinedAt: _j, goneAt: _x, ...listed } = someUbuntu();

  beforeAll(async () => {
    database = await start();
    inventory = await openInventory(database.pool, acting);
    await inventory.fleet.saveListed([listed, { ...listed, vmId: 'vm-2', name: 'linux-prd-02' }], ['s'], now);
  }, 60_000);

  afterAll(() => database.close());

  const told = (packages: string[], updates: GuestInventory['updates'] = []): GuestInventory => ({
    software: packages.map((text) => {
      const [name = '', version = '', source = name, sourceVersion = version] = text.split(' ');
      return { name, version, source: 'dpkg', built: { name: source, version: sourceVersion }, module: null };
    }),
    updates,
    administrators: [],
    linux: { id: 'ubuntu', version: '24.04', kernel: { running: '6.8.0-1017-azure', next: null }, pro: false },
  });
  const known = async (...names: string[]) =>
    (await inventory.guests.packages(['vm-1', 'vm-2'], names)).get('vm-1') ?? null;

  test('nothing is known of a machine before its guest answered', async () => {
    expect(await known('openssl')).toBeNull();
    await inventory.fleet.saveGuestFacts('vm-1', linuxGuest(['openssl 3.0.13-0ubuntu3.5']));
    expect(await known('openssl')).toBeNull();
  });

  test('then its packages, those that are asked for, and its system', async () => {
    await inventory.guests.saveInventory('vm-1', told(['openssl 3.0.13-0ubuntu3.5', 'bash 5.2']), now);
    expect(await known('openssl', 'libssl3t64')).toMatchObject({
      system: { id: 'ubuntu', kernel: { running: '6.8.0-1017-azure' } },
      asked: null,
      packages: [{ name: 'openssl', version: '3.0.13-0ubuntu3.5' }],
    });
  });

  test('and what is built of a source that is asked for', async () => {
    const packages = [
      'libssl3t64 3.0.13-0ubuntu3.5 openssl',
      'linux-image-amd64 6.1.99-1 linux-signed-amd64 6.1.99+1',
      'linux-image-azure 6.8.0-1007.7 linux-signed-azure',
    ];
    await inventory.guests.saveInventory('vm-2', told(packages), now);
    const found = await inventory.guests.packages(['vm-2'], ['openssl', 'linux', 'linux-azure']);
    expect(found.get('vm-2')?.packages.map(({ name, source }) => [name, source?.name, source?.version])).toEqual([
      ['libssl3t64', 'openssl', '3.0.13-0ubuntu3.5'],
      ['linux-image-amd64', 'linux-signed-amd64', '6.1.99+1'],
      ['linux-image-azure', 'linux-signed-azure', '6.8.0-1007.7'],
    ]);
  });

  test('what the guest told of single packages since corrects it, and is told', async () => {
    const later = { ...linuxGuest(['openssl 3.0.13-0ubuntu3.6 amd64']), seenAt: minutesFrom(now, 1) };
    await inventory.fleet.saveGuestFacts('vm-1', later);
    expect((await known('openssl', 'bash'))?.packages).toMatchObject([
      { name: 'bash', version: '5.2' },
      { name: 'openssl', version: '3.0.13-0ubuntu3.6' },
    ]);
    const changes = (await inventory.events.events({ vmId: 'vm-1' })).filter((one) => one.what.includes('software'));
    expect(changes.at(-1)).toMatchObject({
      before: { removed: ['openssl 3.0.13-0ubuntu3.5'] },
      after: { added: ['openssl 3.0.13-0ubuntu3.6'] },
    });
    const gone = { ...linuxGuest([]), seenAt: minutesFrom(now, 2) };
    await inventory.fleet.saveGuestFacts('vm-1', gone);
    expect((await known('openssl', 'bash'))?.packages).toMatchObject([{ name: 'bash' }]);
  });

  test('an inventory that was asked for before does not take it back', async () => {
    await inventory.fleet.saveGuestFacts('vm-1', {
      ...linuxGuest(['openssl 3.0.13-0ubuntu3.6 amd64']),
      seenAt: minutesFrom(now, 4),
    });
    await inventory.guests.saveInventory('vm-1', told(['openssl 3.0.13-0ubuntu3.5', 'bash 5.2']), minutesFrom(now, 3));
    expect((await known('openssl'))?.packages.map(({ version }) => version)).toContain('3.0.13-0ubuntu3.6');
    await inventory.guests.saveInventory('vm-1', told(['openssl 3.0.13-0ubuntu3.6', 'bash 5.2']), minutesFrom(now, 5));
    expect((await known('openssl'))?.packages.map(({ version }) => version)).toEqual(['3.0.13-0ubuntu3.6']);
  });

  test('a release that changed since the last session is the one of now', async () => {
    const upgraded = {
      ...told(['openssl 3.5']),
      linux: { id: 'ubuntu', version: '26.04', kernel: { running: '7', next: null }, pro: true },
    };
    await inventory.guests.saveInventory('vm-1', upgraded, minutesFrom(now, 6));
    expect(await inventory.fleet.vm('vm-1')).toMatchObject({
      guest: { osVersion: '26.04', linux: { version: '26.04', pro: true } },
    });
  });

  test('packages that came while a session of ours installed are not somebody else’s', async () => {
    await inventory.guests.saveInventory('vm-2', told([]), now);
    await database.pool.query(
      `insert into session (session_id, run_key, vm_id, vm_name, started_at, ended_at, outcome, detail)
      values ('s', 'r', 'vm-2', 'linux-prd-02', $1, $2, 'installed', '')`,
      [minutesFrom(now, 10), minutesFrom(now, 30)],
    );
    await database.pool.query(
      `insert into operation (session_id, step, vm_id, state, intended_at) values ('s', 'install', 'vm-2', 'succeeded', $1)`,
      [minutesFrom(now, 12)],
    );
    const updates = [
      { patchId: 'openssl=3.0.13-0ubuntu3.6', at: minutesFrom(now, 20) },
      { patchId: 'libfoo=1', at: minutesFrom(now, 5) },
      { patchId: 'libbar=1', at: minutesFrom(now, 40) },
      { patchId: 'libbaz=1', at: null },
    ];
    const saved = await inventory.guests.saveInventory('vm-2', told([], updates), minutesFrom(now, 60));
    expect(saved.foreignUpdates).toEqual(['libbar=1', 'libbaz=1', 'libfoo=1']);
  });
});
