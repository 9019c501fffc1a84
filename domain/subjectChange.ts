// What differs between what was asked before and what is asked now, in sentences: whoever decides again is told exactly that (I9).

import { machineCount } from './machineCount.js';
import { canonical } from './canonical.js';
import type { DecisionSubject } from './decision.js';
import { impactTexts } from './impactSigned.js';

export interface SubjectChange {
  /** `narrower`: machines left, and everything that remains is as it was. */
  kind: 'same' | 'narrower' | 'changed';
  sentences: string[];
}

/** `nameOf`: of a machine by its id. */
export function subjectChange(
  before: DecisionSubject,
  after: DecisionSubject,
  nameOf: (vmId: string) => string = (vmId) => vmId,
): SubjectChange {
  if (canonical(before) === canonical(after)) return { kind: 'same', sentences: [] };
  const left = without(before.vmIds, after.vmIds);
  const others = [
    ...arrivals(before, after, nameOf),
    ...ringChanges(before, after, nameOf),
    ...testedChanges(before, after),
    ...issueChanges(before, after),
    ...twinChanges(before, after, nameOf),
    ...exceptionChanges(before, after),
    ...joiningChanges(before, after),
    ...plainChanges(before, after),
  ];
  const gone = left.length === 0 ? [] : [`${machines(left, nameOf)} left`];
  const sentences = [...gone, ...others];
  if (sentences.length === 0) return { kind: 'changed', sentences: ['it shows facts that were not shown before'] };
  return { kind: others.length === 0 ? 'narrower' : 'changed', sentences };
}

function arrivals(before: DecisionSubject, after: DecisionSubject, nameOf: (vmId: string) => string): string[] {
  const arrived = without(after.vmIds, before.vmIds);
  return arrived.length === 0 ? [] : [`${machines(arrived, nameOf)} arrived`];
}

function without(all: string[], others: string[]): string[] {
  const held = new Set(others);
  return all.filter((one) => !held.has(one));
}

const namesShownMax = 12;

function machines(vmIds: string[], nameOf: (vmId: string) => string): string {
  const shown = vmIds.slice(0, namesShownMax).map(nameOf).sort().join(', ');
  const more = vmIds.length > namesShownMax ? ` and ${vmIds.length - namesShownMax} more` : '';
  return `${machineCount(vmIds.length)} (${shown}${more})`;
}

/** Rings by the machines that are in both: what left or arrived has been said, and a ring that only lost its last machine as well. */
function ringChanges(before: DecisionSubject, after: DecisionSubject, nameOf: (vmId: string) => string): string[] {
  const remaining = new Set(after.vmIds);
  const stays = new Set(before.vmIds.filter((vmId) => remaining.has(vmId)));
  const counted = before.rings.filter(
    (ring) => ring.vmIds.some((vmId) => stays.has(vmId)) || after.rings.some((one) => one.name === ring.name),
  );
  const [old, now] = [counted.map((ring) => ring.name), after.rings.map((ring) => ring.name)];
  const said = canonical(old) === canonical(now) ? [] : [`rings were ${listed(old, ' → ')}, are ${listed(now, ' → ')}`];
  for (const ring of after.rings) {
    const held = before.rings.find((one) => one.name === ring.name);
    if (held !== undefined) said.push(...ringChange(held, ring, stays, nameOf));
  }
  return said;
}

type Ring = DecisionSubject['rings'][number];

function ringChange(held: Ring, ring: Ring, stays: Set<string>, nameOf: (vmId: string) => string): string[] {
  const said: string[] = [];
  if (held.failureBudget !== ring.failureBudget)
    said.push(`failure budget of ring ${ring.name} was ${held.failureBudget}, is ${ring.failureBudget}`);
  const before = new Set(held.vmIds);
  const moved = ring.vmIds.filter((vmId) => stays.has(vmId) && !before.has(vmId));
  if (moved.length > 0) said.push(`${machines(moved, nameOf)} moved to ring ${ring.name}`);
  const now = new Set(ring.vmIds);
  const order = held.vmIds.filter((vmId) => now.has(vmId));
  if (canonical(order) !== canonical(ring.vmIds.filter((vmId) => before.has(vmId))))
    said.push(`the order within ring ${ring.name} is another one`);
  return said;
}

function testedChanges(before: DecisionSubject, after: DecisionSubject): string[] {
  const said = setChange('the tested set', before.testedSet, after.testedSet);
  const packagesOf = ({ packages = [] }: DecisionSubject) =>
    packages.map(({ system, name, version }) => `${name} ${version} on ${system}`);
  said.push(...setChange('the tested packages', packagesOf(before), packagesOf(after)));
  return said;
}

function issueChanges(before: DecisionSubject, after: DecisionSubject): string[] {
  const [old, now] = [before.knownIssues ?? [], after.knownIssues ?? []];
  const told = ({ text }: { text: string }) => JSON.stringify(text.slice(0, 200));
  const isIn = (issues: { issueId: string }[], issueId: string) => issues.some((one) => one.issueId === issueId);
  const reworded = now.filter((one) => old.some((two) => two.issueId === one.issueId && two.text !== one.text));
  return [
    ...now.filter((one) => !isIn(old, one.issueId)).map((one) => `a known issue was opened: ${told(one)}`),
    ...old.filter((one) => !isIn(now, one.issueId)).map((one) => `a known issue was closed: ${told(one)}`),
    ...reworded.map((one) => `a known issue reads otherwise: ${told(one)}`),
  ];
}

/** Who stands for the machines that are in both: what left or arrived has been said. */
function twinChanges(before: DecisionSubject, after: DecisionSubject, nameOf: (vmId: string) => string): string[] {
  const [old, now] = [twinsOf(before), twinsOf(after)];
  const moved = new Map<string, string[]>();
  for (const vmId of after.vmIds) {
    const [was, is] = [old.get(vmId) ?? 'none', now.get(vmId) ?? 'none'];
    if (!before.vmIds.includes(vmId) || was === is) continue;
    const words = `stood for by ${is}, before by ${was}`;
    moved.set(words, [...(moved.get(words) ?? []), vmId]);
  }
  return [...moved].map(([words, vmIds]) => `${machines(vmIds, nameOf)} ${words}`);
}

function twinsOf({ equivalence }: DecisionSubject): Map<string, string> {
  const groups = equivalence?.groups ?? [];
  return new Map(
    groups.flatMap(({ twin, score, differences, vmIds }) => {
      const words = `${twin.name} with ${score}${differences.length === 0 ? '' : ` (${differences.join('; ')})`}`;
      return vmIds.map((vmId) => [vmId, words] as const);
    }),
  );
}

function exceptionChanges(before: DecisionSubject, after: DecisionSubject): string[] {
  const remaining = new Set(after.vmIds);
  const excepted = ({ exceptions = [] }: DecisionSubject) =>
    exceptions
      .filter(({ vmId }) => remaining.has(vmId))
      .map(({ vmName, by, until }) => `${vmName} (${by} until ${until})`);
  return setChange('the exceptions', excepted(before), excepted(after));
}

function joiningChanges(before: DecisionSubject, after: DecisionSubject): string[] {
  const [was, is] = [before, after].map(({ arrivals }) => arrivals?.words ?? 'nobody');
  return was === is ? [] : [`who may join later: before ${was ?? ''}; now ${is ?? ''}`];
}

function setChange(what: string, before: string[], after: string[]): string[] {
  const [gained, lost] = [without(after, before), without(before, after)];
  const parts = [
    ...(gained.length === 0 ? [] : [`gained ${short(gained)}`]),
    ...(lost.length === 0 ? [] : [`lost ${short(lost)}`]),
  ];
  return parts.length === 0 ? [] : [`${what} ${parts.join(' and ')}`];
}

function short(names: string[]): string {
  const more = names.length > namesShownMax ? ` and ${names.length - namesShownMax} more` : '';
  return `${names.slice(0, namesShownMax).join(', ')}${more}`;
}

function listed(names: string[], between = ', '): string {
  return names.join(between) || 'none';
}

/** What has a sentence of its own above. How many machines it is follows from which. */
const told = new Set([
  'vmIds',
  'rings',
  'testedSet',
  'packages',
  'knownIssues',
  'impact.vms',
  'equivalence',
  'exceptions',
  'arrivals',
]);

const words: Record<string, string> = {
  revision: "the vendor's document",
  testRunKey: 'the staging test',
  testVerdict: 'the verdict of the test',
  'impact.downtimeMinutes': 'the downtime in minutes',
  'impact.reboots': 'the restarts in the test',
  'impact.services': 'the services that it interrupts',
  'impact.order': 'the order of the rings',
  'impact.forecast': 'how long a machine is away',
  'impact.dependents': 'who is interrupted with it',
  'impact.lowestCapacity': 'what stays up',
  'impact.orderProblems': 'problems of the order',
  'impact.rollback': 'what the way back costs',
  'impact.edits': 'what people said of the impact',
  windowRule: 'the window',
  unwind: 'the way back',
  subsetAllowed: 'whether a part of the tested set may go',
  shortened: 'the emergency by which fewer people decide',
  successor: 'what supersedes it',
  withdrawn: 'the approval that was taken back',
};

/** Everything else, facts that come to be shown later included: by its name, as it was and as it is. */
function plainChanges(before: DecisionSubject, after: DecisionSubject): string[] {
  const [old, now] = [factsOf(before), factsOf(after)];
  return [...new Set([...old.keys(), ...now.keys()])].sort().flatMap((path) => {
    const [was, is] = [old.get(path) ?? null, now.get(path) ?? null];
    if (told.has(path) || canonical(was) === canonical(is)) return [];
    return [`${words[path] ?? path}: was ${shown(was)}, is ${shown(is)}`];
  });
}

function factsOf(subject: DecisionSubject): Map<string, unknown> {
  const { impact, ...rest } = subject;
  const texts = Object.entries({ ...impact, ...impactTexts(impact) }).filter(([, value]) => value !== undefined);
  return new Map<string, unknown>([
    ...Object.entries(rest),
    ...texts.map(([name, value]): [string, unknown] => [`impact.${name}`, value]),
  ]);
}

function shown(value: unknown): string {
  if (value === null) return 'none';
  if (Array.isArray(value) && value.every((one) => typeof one === 'string')) return short(value) || 'none';
  const text = typeof value === 'string' ? value : canonical(value);
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}

export interface AskedBefore {
  requestId: string;
  requestedAt: string;
  /** What became of it: `approve by riley`, `expired`. */
  end: string;
}

interface Asked {
  requestId: string;
  category: string;
  digest: string;
  requestedAt: string;
  status: string;
}

/** The request of the same category before this one, and what became of it; null for the first. `requests`: of the patch, oldest first. */
export function askedBefore<T extends Asked>(
  requests: T[],
  decisions: { category: string; digest: string; verdict: string; by: string; accepted: boolean }[],
  current: Pick<Asked, 'requestId' | 'category'>,
): (AskedBefore & { request: T }) | null {
  const mine = requests.filter((one) => one.category === current.category);
  const place = mine.findIndex((one) => one.requestId === current.requestId);
  const request = mine.at((place < 0 ? mine.length : place) - 1);
  if (place === 0 || request === undefined) return null;
  const decision = decisions.find(
    (one) => one.accepted && one.category === request.category && one.digest === request.digest,
  );
  const end =
    request.status === 'decided' && decision !== undefined ? `${decision.verdict} by ${decision.by}` : request.status;
  return { requestId: request.requestId, requestedAt: request.requestedAt, end, request };
}

export function changeLine(before: AskedBefore, { kind, sentences }: SubjectChange): string {
  const since = `Since the last request of ${before.requestedAt} (${before.end})`;
  if (kind === 'same') return `${since}: nothing changed.`;
  return `${since}: ${sentences.join('; ')}.${kind === 'narrower' ? ' It is only narrower.' : ''}`;
}
