// What probes of a machine say, compared with those before its patch: healthy, sick or unknown (I5: what could not be asked is never healthy).

import { matchesGlob } from './glob.js';
import type { Health } from './health.js';

export interface HttpCheck {
  name: string;
  /** On the machine itself: `http://localhost/health`. */
  url: string;
  status: number;
  /** What the answer must contain; null: anything. */
  text: string | null;
}

/** A script of the team's own. It only looks: it may be run more than once. Exit code 0 is well. */
export interface TeamScript {
  name: string;
  osType: 'windows' | 'linux';
  text: string;
  timeoutSeconds: number;
}

/** How far from before a counter may be; null: it does not matter. */
export interface CounterBands {
  /** Percentage points of processor load more. */
  processorPointsMax: number | null;
  /** Percent of the free memory that was there, less. */
  memoryPercentMax: number | null;
  /** Percentage points of free disk less, on any disk. */
  diskPointsMax: number | null;
}

/** What is probed of a category's machines, besides agent, boot and its services. */
export interface ProbeRules {
  /** TCP ports that the machine listens on. */
  ports: number[];
  http: HttpCheck[];
  /** Whether errors of the event log, or of the journal, count when their kind was not there before. */
  newErrors: boolean;
  /** Kinds of errors that never count, as they are told: globs with `*`. */
  ignoredErrors: string[];
  counters: CounterBands;
  scripts: TeamScript[];
}

export interface ErrorKind {
  /** `Service Control Manager 7031`, `nginx: open() "#" failed`: what stays the same when it happens again. */
  kind: string;
  count: number;
  sample: string;
}

export interface ScriptFacts {
  name: string;
  /** Null: it did not end, or could not be run. */
  exitCode: number | null;
  output: string;
  /** How much it printed; more than `output` holds where it was cut. */
  characters: number;
  problem: string | null;
}

/** What a machine answered. A list that is null could not be asked. */
export interface ProbeFacts {
  /** ISO instant of the machine's own clock. */
  at: string;
  bootedAt: string | null;
  listening: number[] | null;
  http: { name: string; status: number | null; textFound: boolean; problem: string | null }[];
  errors: ErrorKind[] | null;
  processorPercent: number | null;
  memoryFreeMb: number | null;
  disks: { name: string; freePercent: number }[] | null;
  scripts: ScriptFacts[];
}

/** A health, and what was wrong already before the patch: named, and no fault of it. */
export type ProbeVerdict = Health & { before: string[] };

/** What is asked of a machine's guest. */
export interface ProbeRequest {
  rules: ProbeRules;
  /** Errors since then; null: those of the last day and of the machine's start. */
  errorsSince: string | null;
  /** Twelve hexadecimal digits that name this capture in the guest while its pages are read. */
  capture: string;
}

/** Whether a category asks for more than agent, boot and services. */
export function asksMore(rules: ProbeRules | undefined, osType: 'windows' | 'linux'): rules is ProbeRules {
  if (rules === undefined) return false;
  return (
    rules.ports.length > 0 ||
    rules.http.length > 0 ||
    rules.newErrors ||
    Object.values(rules.counters).some((band) => band !== null) ||
    rules.scripts.some((script) => script.osType === osType)
  );
}

interface Finding {
  kind: 'sick' | 'unknown' | 'before';
  text: string;
}

/** `before` null: nobody asked then. `after` null: it did not answer. */
export function probeVerdict(
  rules: ProbeRules,
  osType: 'windows' | 'linux',
  before: ProbeFacts | null,
  after: ProbeFacts | null,
): ProbeVerdict {
  if (after === null) return { kind: 'unknown', reasons: ['its probes did not answer'], before: [] };
  const findings = [
    ...rules.ports.map((port) => portFinding(port, before, after)),
    ...rules.http.map((check) => httpFinding(check, before, after)),
    ...(rules.newErrors ? errorFindings(rules.ignoredErrors, before, after) : []),
    ...counterFindings(rules.counters, before, after),
    ...rules.scripts.filter((script) => script.osType === osType).map((script) => scriptFinding(script, before, after)),
  ].filter((finding) => finding !== null);
  const told = (kind: Finding['kind']) => findings.filter((one) => one.kind === kind).map((one) => one.text);
  const [sick, unknown] = [told('sick'), told('unknown')];
  // What is known to be wrong weighs more than what is not known.
  if (sick.length > 0) return { kind: 'sick', reasons: [...sick, ...unknown], before: told('before') };
  if (unknown.length > 0) return { kind: 'unknown', reasons: unknown, before: told('before') };
  return { kind: 'healthy', before: told('before') };
}

function portFinding(port: number, before: ProbeFacts | null, after: ProbeFacts): Finding | null {
  if (after.listening === null) return { kind: 'unknown', text: `whether it listens on port ${port} was not told` };
  if (after.listening.includes(port)) return null;
  // Only what is known to have been wrong before excuses.
  return before !== null && before.listening !== null && !before.listening.includes(port)
    ? { kind: 'before', text: `it did not listen on port ${port} before either` }
    : { kind: 'sick', text: `it no longer listens on port ${port}` };
}

function httpFinding(check: HttpCheck, before: ProbeFacts | null, after: ProbeFacts): Finding | null {
  const problem = httpProblem(check, after);
  if (problem === null) return null;
  if (problem.kind === 'unknown') return problem;
  const earlier = before === null ? null : httpProblem(check, before);
  return earlier !== null && earlier.kind === 'sick'
    ? { kind: 'before', text: `${problem.text}; before: ${earlier.text}` }
    : problem;
}

function httpProblem(check: HttpCheck, facts: ProbeFacts): Finding | null {
  const told = facts.http.find((one) => one.name === check.name);
  if (told === undefined) return { kind: 'unknown', text: `${check.name}: ${check.url} was not asked` };
  if (told.status === null) return { kind: 'sick', text: `${check.name}: no answer: ${told.problem ?? 'no reason'}` };
  if (told.status !== check.status)
    return { kind: 'sick', text: `${check.name}: answered ${told.status}, not ${check.status}` };
  if (check.text !== null && !told.textFound)
    return { kind: 'sick', text: `${check.name}: the answer does not contain ${JSON.stringify(check.text)}` };
  return null;
}

/** Only kinds that are new count: machines write errors all day. */
function errorFindings(ignored: string[], before: ProbeFacts | null, after: ProbeFacts): Finding[] {
  if (after.errors === null) return [{ kind: 'unknown', text: 'its log of errors was not told' }];
  if (before === null || before.errors === null)
    return [{ kind: 'unknown', text: 'which errors are new is not known: its log was not read before' }];
  const known = new Set(before.errors.map((one) => one.kind));
  return after.errors
    .filter(({ kind }) => !known.has(kind) && !ignored.some((glob) => matchesGlob(glob, kind)))
    .map(({ kind, count, sample }) => ({
      kind: 'sick',
      text: `new errors of ${kind} (${count}×)${sample === '' ? '' : `: ${sample}`}`,
    }));
}

function counterFindings(bands: CounterBands, before: ProbeFacts | null, after: ProbeFacts): Finding[] {
  return [
    ...band(
      'processor load',
      '%',
      bands.processorPointsMax,
      before?.processorPercent,
      after.processorPercent,
      (was, max) => [0, was + max],
    ),
    ...band('free memory', ' MB', bands.memoryPercentMax, before?.memoryFreeMb, after.memoryFreeMb, (was, max) => [
      was * (1 - max / 100),
      Number.POSITIVE_INFINITY,
    ]),
    ...diskFindings(bands.diskPointsMax, before, after),
  ];
}

function diskFindings(max: number | null, before: ProbeFacts | null, after: ProbeFacts): Finding[] {
  if (max === null) return [];
  const was = before?.disks ?? null;
  if (was === null || after.disks === null) return [{ kind: 'unknown', text: 'its free disk was not told' }];
  return was.flatMap(({ name, freePercent }) => {
    const now = after.disks?.find((one) => one.name === name)?.freePercent ?? null;
    return band(`free disk of ${name}`, '%', max, freePercent, now, (held, points) => [
      held - points,
      Number.POSITIVE_INFINITY,
    ]);
  });
}

function band(
  what: string,
  unit: string,
  max: number | null,
  was: number | null | undefined,
  now: number | null,
  bounds: (was: number, max: number) => [number, number],
): Finding[] {
  if (max === null) return [];
  if (now === null) return [{ kind: 'unknown', text: `its ${what} was not told` }];
  if (was === null || was === undefined)
    return [{ kind: 'unknown', text: `its ${what} before is not known, it is ${round(now)}${unit} now` }];
  const [least, most] = bounds(was, max);
  return now < least || now > most
    ? [{ kind: 'sick', text: `its ${what} is ${round(now)}${unit}, it was ${round(was)}${unit}` }]
    : [];
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}

function scriptFinding({ name }: TeamScript, before: ProbeFacts | null, after: ProbeFacts): Finding | null {
  const told = after.scripts.find((one) => one.name === name);
  if (told === undefined || told.exitCode === null)
    return { kind: 'unknown', text: `script ${name} did not end: ${told?.problem ?? 'it was not run'}` };
  if (told.exitCode === 0) return null;
  const said = told.output.trim().slice(0, 200);
  const text = `script ${name} ended with ${told.exitCode}${said === '' ? '' : `: ${said}`}`;
  const earlier = before?.scripts.find((one) => one.name === name)?.exitCode ?? null;
  return earlier !== null && earlier !== 0
    ? { kind: 'before', text: `${text}; it ended with ${earlier} before` }
    : { kind: 'sick', text };
}
