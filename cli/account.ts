// `patchline login|logout|whoami`: a person at a terminal, signed in by their browser (device flow).

import type { Command } from 'commander';
import type { Me, SignInSettings } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './failure.js';
import { clean, show } from './print.js';
import type { Shell } from './shell.js';
import { keepSignIn, keptSignIn } from './signIns.js';

export function accountCommands(program: Command, shell: Shell): void {
  program
    .command('login')
    .description('sign in at the identity provider: a browser, here or elsewhere, takes the code that is shown')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const url = shell.url();
      await signIn(url, await settingsOf(url));
      const me = await shell.signedIn().get<Me>('/v1/me');
      show({ json }, { name: me.name, roles: me.roles }, () => `Signed in as ${describe(me)}.`);
    });

  program
    .command('logout')
    .description('forget the sign-in of this command line')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const kept = await keptSignIn(shell.url());
      await keepSignIn(shell.url(), null);
      const isRevoked = kept !== null && kept.refreshToken !== null && (await revoke(kept.refreshToken, kept));
      show({ json }, { signedOut: kept !== null, revoked: isRevoked }, () =>
        kept === null
          ? 'Nobody was signed in here.'
          : `Signed out${isRevoked ? '' : '; the provider could not be told, and its token ends by itself'}.`,
      );
    });

  program
    .command('whoami')
    .description('who is signed in, and what they may')
    .option('--json', 'print JSON')
    .action(async ({ json = false }: { json?: boolean }) => {
      const me = await shell.client().get<Me>('/v1/me');
      show({ json }, me, () =>
        [`${describe(me)}, by ${me.signedInBy}`, `May: ${me.permissions.join(', ')}`].join('\n'),
      );
    });
}

function describe({ name, roles }: Me): string {
  return clean(`${name} (${roles.join(', ') || 'no roles'})`);
}

async function settingsOf(url: string): Promise<NonNullable<SignInSettings['device']>> {
  const answer = await fetch(`${url}/auth/settings`, { signal: AbortSignal.timeout(30_000) }).catch(() => {
    throw new CliFailure(`Patchline does not answer at ${url}: start it, or set PATCHLINE_URL.`, exitCodes.unreachable);
  });
  const { device } = answer.ok ? ((await answer.json()) as SignInSettings) : { device: null };
  if (device === null)
    throw new CliFailure(
      `${url} takes no tokens of an identity provider: set OIDC_AUDIENCE there, or use PATCHLINE_TOKEN.`,
      exitCodes.failed,
    );
  return device;
}

async function signIn(url: string, { issuer, clientId, scope }: NonNullable<SignInSettings['device']>): Promise<void> {
  const { connect, keptOf, reasonOf } = await import('./provider.js');
  const { initiateDeviceAuthorization, pollDeviceAuthorizationGrant } = await import('openid-client');
  try {
    const provider = await connect({ issuer, clientId });
    const asked = await initiateDeviceAuthorization(provider, { scope });
    // Whatever is printed for a program stays on standard output.
    process.stderr.write(
      clean(
        `Open ${asked.verification_uri_complete ?? asked.verification_uri} and check that it shows the code ${asked.user_code}.`,
      ) + '\n',
    );
    const tokens = await pollDeviceAuthorizationGrant(provider, asked);
    await keepSignIn(url, keptOf({ issuer, clientId, refreshToken: null }, tokens));
  } catch (failure) {
    if (failure instanceof CliFailure) throw failure;
    throw new CliFailure(
      `Nobody was signed in (${reasonOf(failure)}): run \`patchline login\` again.`,
      exitCodes.notAllowed,
    );
  }
}

async function revoke(token: string, kept: { issuer: string; clientId: string }): Promise<boolean> {
  const { connect } = await import('./provider.js');
  const { tokenRevocation } = await import('openid-client');
  try {
    await tokenRevocation(await connect(kept), token);
    return true;
  } catch {
    return false;
  }
}
