// The simulated Azure survives its own death: what was under way goes on at the same address, and nothing is told twice.

import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, expect, test } from '@jest/globals';
import { readJournal } from '../../../simulator/journal.js';
import type { Guest } from '../../../simulator/world.js';
import { installsOf } from '../../support/journal.js';
import { removeTemporaryFolders, temporaryFolder } from '../../support/temporary.js';
import { addressIn, ended, install2022, openWire, outputOf, post, version, type Wire } from './wire.js';

const machine = 'web-stg-02';
let wire: Wire | null = null;

afterEach(async () => {
  await wire?.close();
  wire = null;
});

afterAll(removeTemporaryFolders);

async function start(dataDir: string): Promise<Wire> {
  wire = await openWire({ dataDir });
  return wire;
}

async function stop(): Promise<void> {
  await wire?.close();
  wire = null;
}

async function guestsOf(on: Wire): Promise<Guest[]> {
  return (await on.ask('GET', '/_control/guests')).json as unknown as Guest[];
}

test('an installation goes on over a restart, at the same port and address', async () => {
  const folder = await temporaryFolder();
  const first = await start(folder);
  // Long enough that it is certainly under way when the simulator is back.
  await first.control('slow', { factor: 5 });
  const accepted = await post(first, machine, 'installPatches', install2022);
  const before = await guestsOf(first);
  await stop();

  const second = await start(folder);
  expect(second.simulator.url).toBe(first.simulator.url);
  expect(readFileSync(second.simulator.caFile)).toEqual(readFileSync(first.simulator.caFile));
  expect(await guestsOf(second)).toEqual(before);
  const running = await second.ask('GET', addressIn(accepted, 'azure-asyncoperation'));
  expect(running.json['status']).toBe('InProgress');
  expect((await post(second, machine, 'assessPatches')).status).toBe(409);

  const poll = await ended(second, accepted);
  expect(outputOf(poll)).toMatchObject({ status: 'Succeeded', installedPatchCount: 1, rebootStatus: 'Completed' });
  const after = await guestsOf(second);
  expect(after.find((guest) => guest.name === machine)?.build).toBe('10.0.20348.4297');
  const others = (guests: Guest[]): Guest[] => guests.filter((guest) => guest.name !== machine);
  expect(others(after)).toEqual(others(before));
  expect(installsOf(second.simulator.journalFile, machine)).toHaveLength(1);
});

test('an installation whose end was slept through ends at the next start, once', async () => {
  const folder = await temporaryFolder();
  const first = await start(folder);
  await first.control('slow', { factor: 2 });
  const accepted = await post(first, machine, 'installPatches', install2022);
  await stop();
  await sleep(1000);
  const ends = (): number =>
    readJournal(first.simulator.journalFile).filter(
      (line) => line.type === 'change' && line.why === 'installPatches Succeeded',
    ).length;
  expect(ends()).toBe(0);

  const second = await start(folder);
  expect(outputOf(await ended(second, accepted))['installedPatchCount']).toBe(1);
  const guests = await guestsOf(second);
  await stop();
  const third = await start(folder);
  expect((await third.ask('GET', addressIn(accepted, 'azure-asyncoperation'))).json['status']).toBe('Succeeded');
  expect(await guestsOf(third)).toEqual(guests);
  expect(ends()).toBe(1);
});

test('a torn last line is cut off, as if it had never been', async () => {
  const folder = await temporaryFolder();
  const first = await start(folder);
  const file = first.simulator.journalFile;
  await ended(first, await post(first, machine, 'installPatches', install2022));
  const guests = await guestsOf(first);
  await stop();
  const whole = readFileSync(file, 'utf8');
  const torn = { table: 'guests', key: guests[0]?.id, set: null };
  appendFileSync(file, JSON.stringify({ type: 'change', n: 999, at: '', why: 'torn', changes: [torn] }));

  const second = await start(folder);
  expect(readFileSync(file, 'utf8')).toBe(whole);
  expect(await guestsOf(second)).toEqual(guests);
  const { id } = await second.guest(machine);
  expect((await second.ask('GET', `${id}?${version}`)).status).toBe(200);
  const lines = readJournal(file);
  expect(lines.map((line) => line.n)).toEqual(lines.map((_, index) => index + 1));
  expect(lines.length).toBeGreaterThan(whole.trimEnd().split('\n').length);
});

test('settings, faults and bad patches last; a second start does not build another fleet', async () => {
  const folder = await temporaryFolder();
  const first = await start(folder);
  await first.control('fault', { kind: 'throttled', vm: machine, action: 'installPatches' });
  await first.control('bad-patch', { kb: '5070884', software: 'Internet Information Services', service: 'W3SVC' });
  await stop();

  const second = await start(folder);
  expect((await post(second, machine, 'installPatches', install2022)).status).toBe(429);
  await ended(second, await post(second, machine, 'installPatches', install2022));
  const { services } = await second.guest(machine);
  expect(services).toContainEqual({ name: 'W3SVC', running: false });
  const begun = readJournal(second.simulator.journalFile).filter(
    (line) => line.type === 'change' && line.why === 'begun',
  );
  expect(begun).toHaveLength(1);
});
