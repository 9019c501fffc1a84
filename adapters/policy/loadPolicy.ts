// Reads a policy file into a policy, or says all that is wrong with it and where. An invalid file is never half in force (I5).

import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { LineCounter, isNode, isPair, isMap, isScalar, parseDocument, type Document } from 'yaml';
import type { z } from 'zod';
import { canonical } from '../../domain/canonical.js';
import type { Policy } from '../../domain/policy.js';
import type { PolicyProblem, PolicySource } from '../../ports/policy.js';
import { referenceFindings, type Finding, type Path } from './references.js';
import { policySchema } from './schema.js';

export class PolicyError extends Error {
  override readonly name = 'PolicyError';

  constructor(readonly problems: PolicyProblem[]) {
    super(problems.map(({ file, line, path, message }) => `${file}:${line}: ${path}: ${message}`).join('\n'));
  }
}

const bytesMax = 1_000_000;
const aliasesMax = 50;
/** More problems than a person reads at once say nothing new. */
const problemsMax = 200;

/** A file, or every `.yaml` of a folder, in the order of their names. */
export async function readSources(path: string): Promise<PolicySource[]> {
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  if (!isFolder) return [{ file: path, text: await readCapped(path) }];
  const names = (await readdir(path)).filter((name) => /\.ya?ml$/i.test(name)).sort();
  if (names.length === 0)
    throw whole(path, 'holds no .yaml file: give the path of a policy file, or of a folder of them');
  return Promise.all(names.map(async (name) => ({ file: join(path, name), text: await readCapped(join(path, name)) })));
}

export async function loadPolicy(path: string): Promise<Policy> {
  return parseSources(await readSources(path));
}

/** `file` only names the place in problems. */
export function parsePolicy(text: string, file: string): Policy {
  return parseSources([{ file, text }]);
}

/** Several files are read as one text: together they say each thing once. */
export function parseSources(sources: readonly PolicySource[]): Policy {
  const text = sources.map((source) => withLineEnd(source.text)).join('');
  const name = sources.map((source) => source.file).join(' + ');
  if (text.length > bytesMax) throw whole(name, 'is larger than 1 MB: split off what is not policy');
  try {
    return parseText(text, name);
  } catch (failure) {
    if (!(failure instanceof PolicyError) || sources.length < 2) throw failure;
    throw new PolicyError(failure.problems.map((problem) => ({ ...problem, ...placeIn(sources, problem) })));
  }
}

function withLineEnd(text: string): string {
  return text.endsWith('\n') ? text : `${text}\n`;
}

function placeIn(sources: readonly PolicySource[], problem: PolicyProblem): { file: string; line: number } {
  let { line } = problem;
  for (const { file, text } of sources) {
    const lines = withLineEnd(text).split('\n').length - 1;
    if (line <= lines) return { file, line };
    line -= lines;
  }
  return { file: sources.at(-1)?.file ?? problem.file, line: problem.line };
}

function parseText(text: string, file: string): Policy {
  const lines = new LineCounter();
  const document = readYaml(text, file, lines);
  const raw = plainOf(document, file);
  const shape = policySchema.safeParse(raw);
  const findings = [...(shape.success ? [] : shapeFindings(shape.error, document)), ...referenceFindings(raw)];
  const problems = findings.slice(0, problemsMax).map((finding) => problemAt(finding, { file, document, lines }));
  if (!shape.success || problems.length > 0) {
    throw new PolicyError(problems.sort((a, b) => a.line - b.line || a.column - b.column));
  }
  return { version: createHash('sha256').update(canonical(shape.data)).digest('hex'), ...shape.data };
}

async function readCapped(file: string): Promise<string> {
  const handle = await open(file, 'r').catch((error: unknown) => {
    throw whole(
      file,
      `cannot be read (${error instanceof Error ? error.message : String(error)}): give the path of a policy file`,
    );
  });
  try {
    const buffer = Buffer.alloc(bytesMax + 1);
    let size = 0;
    for (;;) {
      const { bytesRead } = await handle.read(buffer, size, buffer.length - size);
      size += bytesRead;
      if (bytesRead === 0 || size > bytesMax) break;
    }
    if (size > bytesMax) throw whole(file, 'is larger than 1 MB: split off what is not policy');
    return new TextDecoder('utf-8', { fatal: true }).decode(buffer.subarray(0, size));
  } catch (error) {
    if (error instanceof PolicyError) throw error;
    throw whole(
      file,
      `is not UTF-8 text or cannot be read (${error instanceof Error ? error.message : String(error)})`,
    );
  } finally {
    await handle.close();
  }
}

function readYaml(text: string, file: string, lines: LineCounter): Document.Parsed {
  let document: Document.Parsed;
  try {
    document = parseDocument(text, { lineCounter: lines, prettyErrors: false });
  } catch (error) {
    throw whole(file, `is not YAML that can be read (${error instanceof Error ? error.message : String(error)})`);
  }
  const found = [...document.errors, ...document.warnings];
  if (found.length === 0) return document;
  throw new PolicyError(
    found.slice(0, problemsMax).map((error) => {
      const { line, col } = lines.linePos(error.pos[0]);
      return {
        file,
        line: Math.max(1, line),
        column: Math.max(1, col),
        path: 'YAML',
        message: `${error.message}: correct the YAML here`,
      };
    }),
  );
}

/** Aliases are counted while they unfold: nested ones could fill all memory. */
function plainOf(document: Document.Parsed, file: string): unknown {
  try {
    return document.toJS({ maxAliasCount: aliasesMax });
  } catch (error) {
    throw whole(
      file,
      `has aliases that cannot be unfolded (${error instanceof Error ? error.message : String(error)}): write the values out`,
    );
  }
}

function whole(file: string, message: string): PolicyError {
  return new PolicyError([{ file, line: 1, column: 1, path: 'policy', message }]);
}

function shapeFindings(error: z.ZodError, document: Document.Parsed): Finding[] {
  return error.issues.flatMap((issue): Finding[] => {
    const path = issue.path.map((step) => (typeof step === 'number' ? step : String(step)));
    if (issue.code === 'unrecognized_keys') {
      return issue.keys.map((key) => ({
        path: [...path, key],
        message: 'is not a key of a policy: remove it or correct its spelling',
      }));
    }
    if (path.length > 0 && !document.hasIn(path)) return [{ path, message: 'is missing: add it' }];
    return [{ path, message: shapeMessage(issue) }];
  });
}

/** zod's own messages begin with these words; where the schema says it better, its message stays. */
function shapeMessage(issue: z.core.$ZodIssue): string {
  if (!/^(Invalid|Too) /.test(issue.message)) return issue.message;
  if (issue.code === 'too_small') return `must be at least ${issue.minimum}`;
  if (issue.code === 'too_big') return `must be at most ${issue.maximum}`;
  if (issue.code === 'invalid_value') return `must be one of ${issue.values.map(String).join(', ')}`;
  if (issue.code === 'invalid_key') return issue.issues[0]?.message ?? issue.message;
  if (issue.code === 'invalid_union') return 'has an unknown kind: use `always` or `weekly`';
  if (issue.code !== 'invalid_type') return issue.message;
  return `must be ${issue.expected === 'int' ? 'a whole number' : `of type ${issue.expected}`}: correct the value`;
}

interface Source {
  file: string;
  document: Document.Parsed;
  lines: LineCounter;
}

function problemAt({ path, message }: Finding, source: Source): PolicyProblem {
  const { line, col } = source.lines.linePos(offsetOf(source.document, path));
  return { file: source.file, line: Math.max(1, line), column: Math.max(1, col), path: nameOf(path), message };
}

/** Where the value's key stands; for what is missing, where its nearest existing parent does. */
function offsetOf(document: Document.Parsed, path: Path): number {
  for (let length = path.length; length > 0; length -= 1) {
    const parent = length === 1 ? document.contents : document.getIn(path.slice(0, length - 1), true);
    const step = path[length - 1];
    if (isMap(parent)) {
      const pair = parent.items.find(
        (item) => isPair(item) && isScalar(item.key) && String(item.key.value) === String(step),
      );
      if (pair !== undefined && isNode(pair.key) && pair.key.range) return pair.key.range[0];
    }
    const node = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return document.contents?.range?.[0] ?? 0;
}

function nameOf(path: Path): string {
  const text = path.map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`)).join('');
  return text === '' ? 'policy' : text.replace(/^\./, '');
}
