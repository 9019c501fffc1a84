// The API alone, for the production shape. It holds the signing key; no worker does.

import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { loadPeople } from '../adapters/policy/people.js';
import { openSigningKeys } from '../adapters/signatures/ed25519.js';
import { composeApi } from '../composition/api.js';
import { connectEngine, whereEngine } from '../composition/engine.js';
import { openPolicy } from '../composition/policy.js';
import { peopleFile, readSettings } from '../composition/settings.js';
import { configuredIdentity, webSettings } from '../composition/signIn.js';
import { connectStore } from '../composition/store.js';

const settings = readSettings(process.env);
const { TEMPORAL_ADDRESS: address, DATABASE_URL: databaseUrl } = settings;
if (address === undefined || databaseUrl === undefined) {
  console.error(
    'The API alone needs TEMPORAL_ADDRESS and DATABASE_URL: set them, or use `npm start` for the embedded system.',
  );
  process.exit(2);
}
const engine = await connectEngine(whereEngine(settings, address));
const store = await connectStore(databaseUrl);
const people = await loadPeople(peopleFile(settings));
const policy = await openPolicy({
  path: settings.PATCHLINE_POLICY ?? null,
  store: store.inventory.policies,
  accounts: store.inventory.signIns,
  people: people.people,
  say: console.error,
});
const keys = join(settings.dataDir, 'keys');
const { signing } = await openSigningKeys(keys);
// Workers may be elsewhere: they get the public half alone.
if (settings.PATCHLINE_VERIFICATION_KEY !== undefined)
  await copyFile(join(keys, 'decision-verification-key.pem'), settings.PATCHLINE_VERIFICATION_KEY);
const api = await composeApi({
  inventory: store.inventory,
  people,
  identity: configuredIdentity(settings),
  web: webSettings(settings),
  policy,
  signing,
  client: engine.client,
});
await api.listen({ host: settings.PATCHLINE_HOST, port: settings.PATCHLINE_PORT });
console.log(`Patchline API on http://${settings.PATCHLINE_HOST}:${settings.PATCHLINE_PORT}`);

async function stop(): Promise<void> {
  await api.close();
  await engine.close();
  await store.close();
  process.exit(0);
}
process.once('SIGINT', () => void stop());
process.once('SIGTERM', () => void stop());
