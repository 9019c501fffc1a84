// One document in one process; prints what it took.

import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { parseCvrf } from '../adapters/channels/msrc/parseCvrf.js';
import { normaliseCvrf } from '../domain/msrc.js';

const file = process.argv[2] ?? '';
const bytes = file.endsWith('.gz') ? gunzipSync(readFileSync(file)) : readFileSync(file);
const chunkSize = 64 * 1024;
function* chunks(): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += chunkSize) yield bytes.subarray(at, at + chunkSize);
}
const began = performance.now();
const { patches } = normaliseCvrf(await parseCvrf(chunks(), null));
const seconds = (performance.now() - began) / 1000;
console.log(JSON.stringify({ seconds, megabytes: process.resourceUsage().maxRSS / 1024, patches: patches.length }));
