// Documents in one process, into one database; prints what it took. Unpacking and migrating are not counted.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { SaxesParser } from 'saxes';
import { parseCvrf } from '../adapters/channels/msrc/parseCvrf.js';
import { createPool, openInventory } from '../adapters/postgres/openInventory.js';
import { acting } from '../composition/acting.js';
import { normaliseCvrf } from '../domain/msrc.js';

export interface OnceMeasured {
  seconds: number;
  bareSeconds: number;
  megabytes: number;
  patches: number;
  writtenAgain: number;
}

const [connectionString = '', ...files] = process.argv.slice(2);
const chunkSize = 64 * 1024;
function* chunksOf(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
}

const pool = createPool({ connectionString });
const inventory = await openInventory(pool, acting);
const at = new Date().toISOString();
let patches = 0;

async function take(file: string): Promise<number> {
  const bytes = gunzipSync(readFileSync(file));
  const began = performance.now();
  const month = normaliseCvrf(await parseCvrf(chunksOf(bytes), null));
  await inventory.patches.savePatches(month.patches, at);
  await inventory.risks.save(
    { channel: 'msrc', document: month.id, kev: [], epss: [], ssvc: [], cvss: month.cvss },
    at,
  );
  patches += month.patches.length;
  return (performance.now() - began) / 1000;
}

function bare(file: string): number {
  const bytes = gunzipSync(readFileSync(file));
  const decoder = new TextDecoder();
  const began = performance.now();
  const parser = new SaxesParser();
  parser.on('error', (failure) => {
    throw failure;
  });
  for (const chunk of chunksOf(bytes)) parser.write(decoder.decode(chunk, { stream: true }));
  parser.close();
  return (performance.now() - began) / 1000;
}

const events = async (): Promise<number> => (await inventory.events.head())?.seq ?? 0;

let seconds = 0;
for (const file of files) seconds += await take(file);
const megabytes = process.resourceUsage().maxRSS / 1024;
const taken = patches;
const before = await events();
for (const file of files) await take(file);
const writtenAgain = (await events()) - before;
const bareSeconds = files.reduce((sum, file) => sum + bare(file), 0);
console.log(JSON.stringify({ seconds, bareSeconds, megabytes, patches: taken, writtenAgain } satisfies OnceMeasured));
await pool.end();
