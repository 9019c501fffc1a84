// The CLI's way to the API: an address, a token, and problems turned into exit codes.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Problem } from '../api/contract/index.js';
import { CliFailure, exitCodes } from './failure.js';
import { signInToken } from './signIns.js';

export { CliFailure, exitCodes };

export interface ClientOptions {
  url: string;
  /** Name of a local person whose token lies in the data directory. */
  as: string | undefined;
  token: string | undefined;
  dataDir: string;
}

export interface ApiClient {
  get<T>(path: string): Promise<T>;
  post<T>(path: string, body: unknown): Promise<T>;
  /** A file, as it is. */
  postBytes<T>(path: string, bytes: Uint8Array<ArrayBuffer>): Promise<T>;
  /** Every page of a list, in order. */
  pages<T>(path: string): Promise<T[]>;
  /** A file, as it is. */
  bytes(path: string): Promise<Uint8Array>;
  /** An answer that goes on until the server or `signal` ends it. */
  stream(path: string, signal: AbortSignal): Promise<ReadableStream<Uint8Array<ArrayBuffer>>>;
}

interface Body {
  type: string;
  content: string | Uint8Array<ArrayBuffer>;
}

export function createClient(options: ClientOptions): ApiClient {
  let token: Promise<string> | null = null;
  const send = async (
    method: string,
    path: string,
    body?: Body,
    signal: AbortSignal = AbortSignal.timeout(60_000),
  ): Promise<Response> => {
    token ??= tokenOf(options);
    const answer = await fetch(`${options.url}${path}`, {
      method,
      headers: { authorization: `Bearer ${await token}`, ...(body === undefined ? {} : { 'content-type': body.type }) },
      ...(body === undefined ? {} : { body: body.content }),
      signal,
    }).catch((failure: unknown) => {
      const why =
        failure instanceof Error
          ? failure.cause instanceof Error
            ? failure.cause.message
            : failure.message
          : String(failure);
      throw new CliFailure(
        `Patchline does not answer at ${options.url} (${why}): start it with \`npm start\`, or set PATCHLINE_URL.`,
        exitCodes.unreachable,
      );
    });
    if (answer.ok) return answer;
    const problem = readProblem(await answer.text(), answer.status);
    throw new CliFailure(
      `${problem.title}: ${problem.detail}`,
      answer.status === 401 || answer.status === 403 ? exitCodes.notAllowed : exitCodes.failed,
    );
  };
  const read = async <T>(answer: Promise<Response>): Promise<T> => (await (await answer).json()) as T;
  return {
    get: (path) => read(send('GET', path)),
    post: (path, body) => read(send('POST', path, { type: 'application/json', content: JSON.stringify(body) })),
    postBytes: (path, content) => read(send('POST', path, { type: 'application/octet-stream', content })),
    async pages<T>(path: string) {
      const bodies: T[] = [];
      for (let after: string | null = null; ; ) {
        const join = path.includes('?') ? '&' : '?';
        const page: Response = await send('GET', `${path}${join}limit=1000${after === null ? '' : `&after=${after}`}`);
        bodies.push((await page.json()) as T);
        after = page.headers.get('x-next');
        if (after === null) return bodies;
      }
    },
    async stream(path, signal) {
      const { body } = await send('GET', path, undefined, signal);
      if (body === null) throw new CliFailure(`${options.url}${path} answered nothing.`, exitCodes.failed);
      return body;
    },
    bytes: async (path) => new Uint8Array(await (await send('GET', path)).arrayBuffer()),
  };
}

function readProblem(text: string, status: number): Pick<Problem, 'title' | 'detail'> {
  try {
    const read: unknown = JSON.parse(text);
    if (read !== null && typeof read === 'object' && 'title' in read && 'detail' in read)
      return { title: String(read.title), detail: String(read.detail) };
  } catch {
    // Not JSON: something that is not Patchline answered.
  }
  return { title: `Status ${status}`, detail: text.slice(0, 200) };
}

/** Shape of `people.json` in the data directory of the embedded system. */
interface PeopleFile {
  people: { name: string; token: string }[];
}

/** What was given, then whom `--as` names, then who signed in here, then the first of the local people. */
async function tokenOf({ url, token, as, dataDir }: ClientOptions): Promise<string> {
  if (token !== undefined && token !== '') return token;
  const signedIn = as === undefined ? await signInToken(url) : null;
  if (signedIn !== null) return signedIn;
  const file = join(dataDir, 'people.json');
  const text = await readFile(file, 'utf8').catch(() => {
    throw new CliFailure(
      `Nobody is signed in: run \`patchline login\`, set PATCHLINE_TOKEN, or use --as with the people of ${file}, which cannot be read.`,
      exitCodes.notAllowed,
    );
  });
  const { people } = JSON.parse(text) as PeopleFile;
  const name = as ?? people[0]?.name;
  const person = people.find((candidate) => candidate.name === name);
  if (person === undefined)
    throw new CliFailure(
      `${file} knows no ${name ?? 'people'}: it knows ${people.map((candidate) => candidate.name).join(', ')}.`,
      exitCodes.notAllowed,
    );
  return person.token;
}
