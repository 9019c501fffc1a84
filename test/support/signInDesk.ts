// The API with a real identity provider beside it, both in this process, over a real database.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Client } from '@temporalio/client';
import { freePort } from '../../adapters/engine/temporalServer.js';
import { startEmbeddedProvider, type EmbeddedProvider } from '../../adapters/identity/embeddedProvider.js';
import { createOpenId, type OpenIdOptions } from '../../adapters/identity/openId.js';
import { openInventory } from '../../adapters/postgres/openInventory.js';
import { openSigningKeys } from '../../adapters/signatures/ed25519.js';
import type { WebSettings } from '../../api/parts.js';
import { acting } from '../../composition/acting.js';
import { composeApi } from '../../composition/api.js';
import { openPolicy } from '../../composition/policy.js';
import { embeddedOptions } from '../../composition/signIn.js';
import type { Person } from '../../domain/policy.js';
import type { Inventory } from '../../ports/inventory.js';
import { testWeb } from './api.js';
import type { TestDatabase } from './databases.js';
import { temporaryFolder } from './temporary.js';

export const signInPeople: Person[] = [
  { name: 'riley', mail: 'riley@patchline.example', roles: ['changeManager'] },
  { name: 'alex', mail: 'alex@patchline.example', roles: ['auditor'] },
  { name: 'admin', mail: 'admin@patchline.example', roles: ['administrator'] },
];

export interface SignInDesk {
  url: string;
  inventory: Inventory;
  provider: EmbeddedProvider;
  web: WebSettings;
  /** Writes the policy anew and has it take effect: `change` gets the demonstration's text. */
  applyPolicy(change: (text: string) => string): Promise<void>;
  close(): Promise<void>;
}

export interface SignInDeskOptions {
  policy?: (text: string) => string;
  /** Of the provider's client; by default the embedded one as the embedded system uses it. */
  identity?: Partial<OpenIdOptions>;
  web?: Partial<WebSettings>;
}

const demonstrationPolicy = fileURLToPath(new URL('../../policy/demonstration.yaml', import.meta.url));

/** Passwords are `password-of-<name>`, tokens `token-of-<name>`. */
export async function openSignInDesk(database: TestDatabase, options: SignInDeskOptions = {}): Promise<SignInDesk> {
  const folder = await temporaryFolder();
  const path = join(folder, 'policy.yaml');
  const text = await readFile(demonstrationPolicy, 'utf8');
  await writeFile(path, (options.policy ?? ((same: string) => same))(text));
  const inventory = await openInventory(database.pool, acting);
  const policy = await openPolicy({
    path,
    store: inventory.policies,
    accounts: inventory.signIns,
    people: signInPeople,
    say: () => {},
  });
  const { signing } = await openSigningKeys(join(folder, 'keys'));
  const port = await freePort();
  const web = { ...testWeb, publicUrl: `http://127.0.0.1:${port}`, ...options.web };
  const provider = await startEmbeddedProvider({
    file: join(folder, 'identity-provider.json'),
    people: signInPeople.map(({ name, mail }) => ({ name, mail, secrets: [`password-of-${name}`] })),
    apiUrls: [web.publicUrl],
    apiHost: '127.0.0.1',
  });
  const api = await composeApi({
    inventory,
    people: {
      personByToken: (token) => signInPeople.find(({ name }) => `token-of-${name}` === token) ?? null,
      personByName: (name) =>
        options.identity?.knownAs === null ? null : (signInPeople.find((one) => one.name === name) ?? null),
    },
    identity: createOpenId({ ...embeddedOptions(provider), ...options.identity }),
    web,
    policy,
    signing,
    client: {} as Client,
  });
  await api.listen({ host: '127.0.0.1', port });
  return {
    url: `http://127.0.0.1:${port}`,
    inventory,
    provider,
    web,
    async applyPolicy(change) {
      const current = await inventory.policies.current();
      const proposal = {
        version: `changed ${Date.now()}`,
        sources: [{ file: 'policy.yaml', text: change(text) }],
        author: 'admin',
        reason: 'a test',
        at: new Date().toISOString(),
        guarded: [],
        changed: ['signIn'],
        basedOn: current?.seq ?? 0,
      };
      if ((await inventory.policies.propose(proposal)) === null) throw new Error('the policy was not applied');
      // As long as a process may go on with the policy that it read before.
      await new Promise((resolve) => setTimeout(resolve, 1100));
    },
    async close() {
      await api.close();
      await provider.close();
    },
  };
}
