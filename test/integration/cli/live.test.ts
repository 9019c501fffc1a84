// The terminal's live views over a real API and database, with a network between that is cut.

import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createServer, connect, type AddressInfo, type Server, type Socket } from 'node:net';
import { createClient } from '../../../cli/client.js';
import { changesOf, type Change } from '../../../cli/live.js';
import { openEmbeddedDatabase, type TestDatabase } from '../../support/databases.js';
import { openDesk, type Desk } from '../../support/desk.js';
import { removeTemporaryFolders } from '../../support/temporary.js';

let database: TestDatabase;
let desk: Desk;
let network: Server;
let url: string;
const wires = new Set<Socket>();

beforeAll(async () => {
  database = await openEmbeddedDatabase();
  desk = await openDesk(database);
  const port = Number(new URL(desk.api.url).port);
  network = createServer((near) => {
    const far = connect(port, '127.0.0.1');
    near.pipe(far).pipe(near);
    for (const wire of [near, far]) {
      wires.add(wire);
      wire.on('error', () => wire.destroy()).on('close', () => wires.delete(wire));
    }
  });
  await new Promise<void>((resolve) => network.listen(0, '127.0.0.1', resolve));
  url = `http://127.0.0.1:${(network.address() as AddressInfo).port}`;
}, 120_000);

afterAll(async () => {
  cut();
  network?.close();
  await desk?.close();
  await database?.close();
  await removeTemporaryFolders();
});

function cut(): void {
  for (const wire of wires) wire.destroy();
}

async function happen(number: number): Promise<void> {
  await desk.inventory.events.append({
    key: `live-${number}`,
    at: new Date().toISOString(),
    who: 'a test',
    what: `event ${number} of the test`,
    why: '',
    patchId: null,
    vmId: null,
    runKey: null,
  });
}

const clientOf = (token: string) => createClient({ url, as: undefined, token, dataDir: '/nowhere' });

test('every change is told once, also those that came while the network was away', async () => {
  const stop = new AbortController();
  const told: string[] = [];
  const changes = changesOf(clientOf('token-of-riley'), stop.signal);
  const reading = (async () => {
    for await (const some of changes) {
      told.push(...(some ?? []).map((change: Change) => change.what).filter((what) => what.includes('of the test')));
      if (told.length === 1) {
        cut();
        // Nobody listens now.
        await happen(2);
        await happen(3);
      }
      if (told.length >= 4) stop.abort();
    }
  })();
  // The first beat says from where on it listens.
  await new Promise((resolve) => setTimeout(resolve, 1500));
  await happen(1);
  for (let number = 4; !stop.signal.aborted; number += 1) {
    await new Promise((resolve) => setTimeout(resolve, 4000));
    if (told.length >= 3) await happen(number);
  }
  await reading;
  expect(told.slice(0, 3)).toEqual([1, 2, 3].map((number) => `event ${number} of the test`));
  expect(new Set(told).size).toBe(told.length);
}, 60_000);

test('whoever may not watch is told so, and it ends', async () => {
  const changes = changesOf(clientOf('a token of nobody, long enough'), new AbortController().signal);
  await expect(changes.next()).rejects.toThrow(/sign|token/i);
});
