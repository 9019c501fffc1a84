// Probes of a guest: what is asked goes out in one parameter, the answer comes back in pages. Scripts of the team run one by one, so that one
// that hangs costs no other its answer.

import { z } from 'zod';
import type { ProbeFacts, ProbeRequest, ScriptFacts, TeamScript } from '../../domain/probe.js';
import { AzureFailure, type VmAddress } from '../../ports/azure.js';
import { pagesOf, unpack } from './packedPages.js';
import { runScript, unavailable, type GuestOptions } from './runScript.js';

const packedCharsMax = 150_000;
const textBytesMax = 400_000;
const attempts = 2;

interface Place {
  options: GuestOptions;
  vm: VmAddress;
  osType: 'windows' | 'linux';
  capture: string;
}

export async function takeProbe(
  options: GuestOptions,
  vm: VmAddress,
  osType: 'windows' | 'linux',
  request: ProbeRequest,
): Promise<ProbeFacts> {
  const place = { options, vm, osType, capture: request.capture };
  const facts = readFacts(await answerTo(place, questions(request), options.timeoutSeconds));
  for (const script of request.rules.scripts.filter((one) => one.osType === osType))
    facts.scripts.push(await scriptFacts(place, script));
  return facts;
}

function questions({ rules, errorsSince }: ProbeRequest): string {
  const { processorPointsMax, memoryPercentMax, diskPointsMax } = rules.counters;
  const wantsCounters = [processorPointsMax, memoryPercentMax, diskPointsMax].some((band) => band !== null);
  return [
    'ports',
    ...rules.http.map(({ name, url, text }) => `http:${name}:${encoded(url)}:${encoded(text ?? '')}`),
    ...(rules.newErrors ? [`errors:${errorsSince === null ? 0 : Math.floor(Date.parse(errorsSince) / 1000)}`] : []),
    ...(wantsCounters ? ['counters'] : []),
  ].join(',');
}

function encoded(text: string): string {
  return Buffer.from(text, 'utf8').toString('base64');
}

async function answerTo({ options, vm, osType, capture }: Place, ask: string, timeoutSeconds: number): Promise<string> {
  const verb = osType === 'windows' ? 'guest-probe/1' : 'linux-probe/1';
  for (let attempt = 1; ; attempt += 1) {
    const page = (offset: number) =>
      runScript({ ...options, timeoutSeconds, vm, verb, parameters: { capture, ask, offset: String(offset) } });
    const packed = await pagesOf(page, packedCharsMax);
    if (packed !== null) return unpack(packed, textBytesMax);
    if (attempt === attempts) throw unavailable(`${verb}: the answer changed while it was read`);
  }
}

/** A script that brings no answer is a fact of its own; only Azure's own "later" is left to the caller. */
async function scriptFacts(place: Place, { name, text, timeoutSeconds }: TeamScript): Promise<ScriptFacts> {
  const ask = `script:${name}:${timeoutSeconds}:${encoded(text)}`;
  try {
    const facts = readFacts(await answerTo(place, ask, place.options.timeoutSeconds + timeoutSeconds));
    const [told] = facts.scripts.filter((one) => one.name === name);
    if (told === undefined) throw unavailable('the guest told nothing of it');
    return told;
  } catch (failure) {
    if (!(failure instanceof AzureFailure) || failure.kind === 'throttled') throw failure;
    return { name, exitCode: null, output: '', characters: 0, problem: failure.message.slice(0, 300) };
  }
}

const word = z.string().max(300);
const number = z
  .string()
  .regex(/^-?\d{1,15}(?:\.\d{1,6})?$/)
  .transform(Number);
const count = z
  .string()
  .regex(/^\d{1,15}$/)
  .transform(Number);
const maybe = <T extends z.ZodType>(shape: T) => z.union([z.literal('').transform(() => null), shape]);
const instant = z.iso.datetime().max(40);
const outcome = z.enum(['ok', 'cut', 'problem']);

/** One line of the answer: its kind, then its fields. */
const Line = z.union([
  z.tuple([z.literal('at'), instant]),
  z.tuple([z.literal('booted'), instant]),
  z.tuple([z.literal('port'), count]),
  z.tuple([z.literal('ports'), outcome, word]),
  z.tuple([z.literal('http'), word, maybe(count), z.stringbool({ truthy: ['true'], falsy: ['false'] }), word]),
  z.tuple([z.literal('error'), count, word.min(1), word]),
  z.tuple([z.literal('errors'), outcome, word]),
  z.tuple([z.literal('processor'), number]),
  z.tuple([z.literal('memory'), number]),
  z.tuple([z.literal('disk'), word, number]),
  z.tuple([z.literal('disks'), outcome, word]),
  z.tuple([z.literal('script'), word, maybe(number), count, word, z.string().max(4000)]),
  z.tuple([z.literal('problem'), word, word]),
]);
type Told = z.output<typeof Line>;

const linesMax = 5_000;

/** Whatever is wrong with one line makes the whole answer unknown (I5). */
function readFacts(text: string): ProbeFacts {
  const lines = text.split('\n').map((line) => line.replace(/[^\P{Cc}\t]/gu, ' '));
  while (lines.at(-1) === '') lines.pop();
  if (lines.pop() !== 'end') throw unavailable('the answer to the probes has no end: the guest sent half of it');
  if (lines.length > linesMax) throw unavailable(`the answer to the probes has ${lines.length} lines`);
  return factsOf(lines.map(told));
}

function told(line: string): Told {
  const read = Line.safeParse(line.split('\t'));
  if (!read.success) throw unavailable(`the guest answered the probes with garbage: ${line.slice(0, 200)}`);
  return read.data;
}

function factsOf(lines: Told[]): ProbeFacts {
  const all = <K extends Told[0]>(kind: K) =>
    lines.filter((one): one is Extract<Told, [K, ...unknown[]]> => one[0] === kind);
  const at = all('at')[0]?.[1];
  if (at === undefined) throw unavailable('the answer to the probes has no time');
  const isWhole = (kind: 'ports' | 'errors' | 'disks') => all(kind).some((one) => one[1] === 'ok');
  return {
    at: new Date(at).toISOString(),
    bootedAt: all('booted')[0]?.[1] ?? null,
    listening: isWhole('ports') ? all('port').map(([, port]) => port) : null,
    http: all('http').map(([, name, status, textFound, said]) => ({
      name,
      status,
      textFound,
      problem: said === '' ? null : said,
    })),
    errors: isWhole('errors') ? all('error').map(([, times, kind, sample]) => ({ kind, count: times, sample })) : null,
    processorPercent: all('processor')[0]?.[1] ?? null,
    memoryFreeMb: all('memory')[0]?.[1] ?? null,
    disks: isWhole('disks') ? all('disk').map(([, name, freePercent]) => ({ name, freePercent })) : null,
    scripts: all('script').map(([, name, exitCode, characters, problem, output]) => ({
      name,
      exitCode,
      characters,
      problem: problem === '' ? null : problem,
      output: Buffer.from(output, 'base64').toString('utf8').replaceAll('\u0000', '\uFFFD'),
    })),
  };
}
