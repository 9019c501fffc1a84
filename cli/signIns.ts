// Sign-ins of the command line at identity providers: kept by address of the API, in a file that only its owner may read.

import { chmod, mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { CliFailure, exitCodes } from './failure.js';
import type { KeptSignIn } from './provider.js';

/** So long before its end a token is renewed. */
const renewBeforeMs = 30_000;

function fileOf(): string {
  return join(process.env['XDG_CONFIG_HOME'] ?? join(homedir(), '.config'), 'patchline', 'sign-ins.json');
}

async function readAll(): Promise<Record<string, KeptSignIn>> {
  const text = await readFile(fileOf(), 'utf8').catch((failure: NodeJS.ErrnoException) => {
    if (failure.code === 'ENOENT') return '{}';
    throw new CliFailure(`${fileOf()} cannot be read (${failure.message}).`, exitCodes.failed);
  });
  try {
    return JSON.parse(text) as Record<string, KeptSignIn>;
  } catch {
    throw new CliFailure(`${fileOf()} is not JSON: remove it and run \`patchline login\` again.`, exitCodes.failed);
  }
}

/** Null forgets it. */
export async function keepSignIn(url: string, signIn: KeptSignIn | null): Promise<void> {
  const file = fileOf();
  const { [url]: _before, ...others } = await readAll();
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const aside = `${file}.${process.pid}`;
  await writeFile(aside, `${JSON.stringify({ ...others, ...(signIn === null ? {} : { [url]: signIn }) }, null, 2)}\n`, {
    mode: 0o600,
  });
  await chmod(aside, 0o600);
  await rename(aside, file);
}

export async function keptSignIn(url: string): Promise<KeptSignIn | null> {
  const all = await readAll();
  return Object.hasOwn(all, url) ? (all[url] ?? null) : null;
}

/** The token to send, renewed where it is about to end; null: nobody signed in at this address. */
export async function signInToken(url: string): Promise<string | null> {
  const kept = await keptSignIn(url);
  if (kept === null || !isEnding(kept)) return kept?.accessToken ?? null;
  if (kept.refreshToken === null) throw signInAgain('it has ended');
  const { connect, keptOf, reasonOf } = await import('./provider.js');
  const { refreshTokenGrant } = await import('openid-client');
  try {
    const tokens = await refreshTokenGrant(await connect(kept), kept.refreshToken);
    const renewed = keptOf(kept, tokens);
    await keepSignIn(url, renewed);
    return renewed.accessToken;
  } catch (failure) {
    // Another process may have renewed it in the same moment: each refresh token counts once.
    const now = await keptSignIn(url);
    if (now !== null && !isEnding(now)) return now.accessToken;
    throw signInAgain(reasonOf(failure));
  }
}

function isEnding({ expiresAt }: KeptSignIn): boolean {
  return expiresAt !== null && Date.parse(expiresAt) - Date.now() < renewBeforeMs;
}

function signInAgain(why: string): CliFailure {
  return new CliFailure(`The sign-in cannot be renewed (${why}): run \`patchline login\`.`, exitCodes.notAllowed);
}
