// Verifies an evidence pack of Patchline. Needs Node.js 18 or newer and nothing else: unpack the ZIP, then run `node verify.mjs` in its folder.
// What it proves is said in README.md of the pack.

import { createHash, createPublicKey, verify } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const chainStart = '0'.repeat(64);

/** @param {string} text */
const sha256 = (text) => createHash('sha256').update(text, 'utf8').digest('hex');

/**
 * JSON with sorted keys and no white space: what digests and signatures are made over.
 * @param {unknown} value
 * @returns {string}
 */
function canonical(value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const entries = Object.entries(value).filter(([, held]) => held !== undefined);
    entries.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0));
    return `{${entries.map(([key, held]) => `${JSON.stringify(key)}:${canonical(held)}`).join(',')}}`;
  }
  return JSON.stringify(value ?? null);
}

/**
 * Every problem is a sentence; none means that the pack is as it was written.
 * @param {Record<string, string>} files Names and texts of the pack.
 * @param {string} [trustedKey] Public key, PEM, that was obtained elsewhere; the pack's own is believed when left out.
 * @returns {{ problems: string[], events: number, decisions: number, key: string }}
 */
export function verifyPack(files, trustedKey) {
  /** @type {string[]} */
  const problems = [];
  const pem = files['verification-key.pem'] ?? '';
  if (trustedKey !== undefined && trustedKey.trim() !== pem.trim())
    problems.push('the pack was signed with another key than the one that was given');
  const signed = signatureCheck(trustedKey ?? pem, problems);
  checkContents(files, signed, problems);
  const events = checkChain(files, signed, problems);
  const decisions = checkDecisions(files, signed, problems);
  return { problems, events, decisions, key: sha256(pem) };
}

/** @param {string} pem @param {string[]} problems @returns {(text: string, signature: string) => boolean} */
function signatureCheck(pem, problems) {
  try {
    const key = createPublicKey(pem);
    return (text, signature) => verify(null, Buffer.from(text, 'utf8'), key, Buffer.from(signature, 'base64url'));
  } catch {
    problems.push('verification-key.pem is no public key');
    return () => false;
  }
}

/** @param {Record<string, string>} files @param {(text: string, signature: string) => boolean} signed @param {string[]} problems */
function checkContents(files, signed, problems) {
  const contents = files['contents.json'] ?? '';
  if (!signed(contents, files['contents.signature'] ?? '')) problems.push('contents.json is not signed by the key');
  const digests = /** @type {Record<string, string>} */ (parsed('contents.json', contents, problems) ?? {});
  for (const [name, digest] of Object.entries(digests)) {
    const text = files[name];
    if (text === undefined) problems.push(`${name} is missing`);
    else if (sha256(text) !== digest) problems.push(`${name} was changed`);
  }
  for (const name of Object.keys(files)) {
    if (digests[name] === undefined && name !== 'contents.json' && name !== 'contents.signature')
      problems.push(`${name} does not belong to the pack`);
  }
}

/** @param {Record<string, string>} files @param {(text: string, signature: string) => boolean} signed @param {string[]} problems */
function checkChain(files, signed, problems) {
  const segment = parsed('chain-segment.json', files['chain-segment.json'], problems);
  if (segment === null) return 0;
  const lines = (files['chain.jsonl'] ?? '').split('\n').filter((line) => line !== '');
  let { seq, hash } = segment.before ?? { seq: 0, hash: chainStart };
  for (const line of lines) {
    const event = parsed('chain.jsonl', line, problems);
    if (event === null) return lines.length;
    if (event.seq !== seq + 1) problems.push(`the chain goes from event ${seq} to ${event.seq}`);
    if (sha256(`${hash}\n${event.body}`) !== event.hash) problems.push(`event ${event.seq} does not fit the chain`);
    if (parsed(`event ${event.seq}`, event.body, problems)?.seq !== event.seq)
      problems.push(`event ${event.seq} has the text of another one`);
    ({ seq, hash } = event);
  }
  const end = segment.checkpoint;
  const { signature, ...place } = end ?? {};
  if (!signed(canonical({ kind: 'patchline audit checkpoint', ...place }), signature ?? ''))
    problems.push('the end of the chain segment is not signed by the key');
  if (place.seq !== seq || place.hash !== hash)
    problems.push('the chain segment does not end where its signature says');
  return lines.length;
}

/** @param {Record<string, string>} files @param {(text: string, signature: string) => boolean} signed @param {string[]} problems */
function checkDecisions(files, signed, problems) {
  const decisions = parsed('decisions.json', files['decisions.json'], problems) ?? [];
  const requests = parsed('requests.json', files['requests.json'], problems) ?? [];
  const ruled = decisionsByRule(files['chain.jsonl'] ?? '');
  for (const request of requests) {
    if (sha256(canonical(request.subject)) !== request.digest)
      problems.push(`the request ${request.requestId} does not show what its digest covers`);
  }
  for (const one of decisions) {
    const { decisionId, patchId, category, verdict, justification, deferUntil, digest, by, at } = one;
    // What is not there is not in the text.
    const [onBehalfOf, signedInBy] = [one.onBehalfOf ?? undefined, one.signedInBy ?? undefined];
    const deferEvent = one.deferEvent ?? undefined;
    const besides = { deferEvent, onBehalfOf, signedInBy, bundle: one.bundle ?? undefined };
    const words = { decisionId, patchId, category, verdict, justification, deferUntil, digest, by, at };
    const text = canonical({ ...words, ...besides });
    // By rule of policy: no person signed it. What it rests on is in the audit log.
    const isTold = one.byRule && ruled.has(canonical({ decisionId, digest, byRule: one.byRule }));
    if (one.accepted && !(one.byRule ? isTold : signed(text, one.signature)))
      problems.push(`the decision ${decisionId} is not signed by the key`);
    if (one.accepted && !requests.some((/** @type {any} */ request) => request.digest === digest))
      problems.push(`the decision ${decisionId} is about a request that the pack does not show`);
  }
  checkWithdrawals(files, signed, decisions, problems);
  return decisions.length;
}

/** Of the chain: what was told of decisions by rule. @param {string} chain @returns {Set<string>} */
function decisionsByRule(chain) {
  const lines = chain.split('\n').filter((line) => line.includes('byRule'));
  const bodies = lines.map((line) => parsed('', parsed('', line, [])?.body, []));
  return new Set(
    bodies.flatMap((body) => {
      const { decisionId, digest, byRule } = body?.after ?? {};
      return byRule ? [canonical({ decisionId, digest, byRule })] : [];
    }),
  );
}

/** Packs from before there were any hold none. @param {Record<string, string>} files @param {(text: string, signature: string) => boolean} signed @param {any[]} decisions @param {string[]} problems */
function checkWithdrawals(files, signed, decisions, problems) {
  const withdrawals =
    files['withdrawals.json'] === undefined
      ? []
      : (parsed('withdrawals.json', files['withdrawals.json'], problems) ?? []);
  for (const one of withdrawals) {
    const { withdrawalId, patchId, category, decisionId, decisionDigest, by, reason, at, signedInBy } = one;
    const words = { withdrawalId, patchId, category, decisionId, decisionDigest, by, reason, at, signedInBy };
    if (one.accepted && !signed(canonical({ withdrawal: words }), one.signature))
      problems.push(`the withdrawal ${withdrawalId} is not signed by the key`);
  }
  for (const one of decisions) {
    const taken = one.withdrawalId ?? null;
    if (taken !== null && !withdrawals.some((/** @type {any} */ word) => word.accepted && word.withdrawalId === taken))
      problems.push(`the decision ${one.decisionId} was withdrawn by a word that the pack does not show`);
  }
}

/** @param {string} name @param {string | undefined} text @param {string[]} problems @returns {any} */
function parsed(name, text, problems) {
  try {
    return JSON.parse(text ?? '');
  } catch {
    problems.push(`${name} is missing or no JSON`);
    return null;
  }
}

/** Run by itself: the folder that it lies in is the pack. */
if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const folder = dirname(fileURLToPath(import.meta.url));
  const names = readdirSync(folder).filter((name) => /\.(json|jsonl|md|pem|mjs|signature)$/.test(name));
  const files = Object.fromEntries(names.map((name) => [name, readFileSync(join(folder, name), 'utf8')]));
  const key = process.argv[2] === undefined ? undefined : readFileSync(process.argv[2], 'utf8');
  const { problems, events, decisions, key: fingerprint } = verifyPack(files, key);
  for (const problem of problems) console.log(`NOT AS WRITTEN: ${problem}`);
  if (problems.length === 0) console.log(`As written: ${events} events, ${decisions} decisions; key ${fingerprint}.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
