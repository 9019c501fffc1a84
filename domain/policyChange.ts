// What a changed policy changes, part by part, and which of it needs a second person (I6).

import { canonical } from './canonical.js';
import { categoryOf } from './category.js';
import { environmentOf } from './environment.js';
import type { Policy } from './policy.js';
import type { Vm } from './vm.js';

export interface PolicyChange {
  /** `categories.web.rings.canary.failureBudget` */
  path: string;
  kind: 'added' | 'removed' | 'changed';
  before: unknown;
  after: unknown;
  /** Why it needs a second person; null when one may do it. */
  guarded: string | null;
}

export function changesBetween(before: Policy, after: Policy): PolicyChange[] {
  const { version: _before, ...old } = before;
  const { version: _after, ...now } = after;
  return compare([], old, now).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

/** Parts of which somebody alone could let a patch through, or let it through to others. */
const guards: [RegExp, string][] = [
  [/^approvals(\.|$)/, 'rules of approval'],
  [/^categories\.[^.]+\.(approverRole|subsetAllowed|unwind)$/, 'rules of approval'],
  [/^categories\.[^.]+(\.match(\.|$)|$)/, 'who decides for a machine follows its category'],
  [/^freezes(\.|$)/, 'freezes'],
  [/^emergency(\.|$)/, 'who may override windows and freezes'],
  [/^equivalence(\.|$)/, 'for which machines a test counts'],
  [/^twins(\.|$)/, 'where copies of production machines are built'],
  [/^waivers(\.|$)/, 'waivers'],
  [/^patchWaivers(\.|$)/, 'what may be waived'],
  [/^changes(\.|$)/, 'who is told of changes, and what waits for that'],
  [/^priority(\.|$)/, 'how soon patches are due'],
  [/^knownIssues(\.|$)/, 'what holds a patch'],
  [/^supersedence(\.|$)/, 'what becomes of a superseded patch'],
  [/^channels(\.|$)/, 'whose word on patches counts'],
  [/^probes(\.|$)/, 'when a machine counts as healthy, and what runs in it as its administrator'],
  [/^tests\.checklists(\.|$)/, 'what people look at before a test counts'],
  [/^forensics(\.|$)/, 'evidence before a patch'],
  [/^environments(\.|$)/, 'what counts as production'],
  [/^notices\.targets(\.|$)/, 'where notices are sent, and what of this network they may reach'],
  [/^signIn(\.|$)/, 'who gets which role'],
  [/^mayInstall(\.|$)/, 'where anything may be installed'],
];

function guardOf(path: string): string | null {
  return guards.find(([pattern]) => pattern.test(path))?.[1] ?? null;
}

function compare(path: string[], before: unknown, after: unknown): PolicyChange[] {
  if (canonical(before ?? null) === canonical(after ?? null)) return [];
  const [old, now] = [partsOf(before), partsOf(after)];
  if (old === null || now === null) return [changeAt(path, before, after)];
  return [...new Set([...old.keys(), ...now.keys()])].flatMap((key) =>
    compare([...path, key], old.get(key), now.get(key)),
  );
}

function changeAt(path: string[], before: unknown, after: unknown): PolicyChange {
  const name = path.join('.');
  const kind = before === undefined ? 'added' : after === undefined ? 'removed' : 'changed';
  return { path: name, kind, before: before ?? null, after: after ?? null, guarded: guardOf(name) };
}

/** Named parts of an object, or of a list whose members have a name; null for what is compared as a whole. */
function partsOf(value: unknown): Map<string, unknown> | null {
  if (value === null || typeof value !== 'object') return null;
  if (!Array.isArray(value)) return new Map(Object.entries(value));
  const names = value.map((one: unknown) => nameOf(one));
  if (names.some((name) => name === null) || new Set(names).size < names.length) return null;
  return new Map(value.map((one: unknown, index) => [names[index] ?? '', one]));
}

function nameOf(one: unknown): string | null {
  if (one === null || typeof one !== 'object') return null;
  const held = one as Record<string, unknown>;
  const name = held['name'] ?? held['id'];
  return typeof name === 'string' ? name : null;
}

export interface Moved {
  vmId: string;
  name: string;
  before: string;
  after: string;
}

/** Machines that the changed policy puts elsewhere, and categories that catch nothing. */
export function effectOn(vms: Vm[], before: Policy, after: Policy): { moved: Moved[]; empty: string[] } {
  const placeIn = (policy: Policy, vm: Vm): string =>
    `${environmentOf(policy.environments, vm).environment}/${categoryOf(policy.categories, vm).category ?? 'no category'}`;
  const moved = vms.flatMap(({ vmId, name, ...vm }) => {
    const [old, now] = [placeIn(before, { vmId, name, ...vm }), placeIn(after, { vmId, name, ...vm })];
    return old === now ? [] : [{ vmId, name, before: old, after: now }];
  });
  const caught = new Set(vms.map((vm) => categoryOf(after.categories, vm).category));
  return { moved, empty: after.categories.map((one) => one.name).filter((name) => !caught.has(name)) };
}
