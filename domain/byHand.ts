// Patches without an automatic installation: which machines need them, by their software, and what counts as done. Unknown is never fixed (I5).

import { byMachine } from './baselineFacts.js';
import { compareVersions } from './dottedVersion.js';
import { matchesGlob } from './glob.js';
import type { Patch, Restart, Severity } from './patch.js';
import { staleness } from './staleness.js';
import type { Vm } from './vm.js';

/** Nothing of it can be handed to a machine's update agent: neither a KB nor a package. */
export function isByHand(patch: Pick<Patch, 'kb' | 'packages'>): boolean {
  return patch.kb === null && patch.packages.length === 0;
}

/** Software by name (`*` stands for any characters), and the first version that is fixed. */
export interface SoftwareFix {
  name: string;
  fixedVersion: string;
}

export function softwareFixesOf({ products, fixedBuilds }: Pick<Patch, 'products' | 'fixedBuilds'>): SoftwareFix[] {
  return products.flatMap(({ id, name }) => {
    const fixedVersion = fixedBuilds[id];
    return fixedVersion === undefined ? [] : [{ name, fixedVersion }];
  });
}

export interface KnownSoftware {
  software: readonly { name: string; version: string }[];
  /** ISO instant at which the guest told it; null: never. */
  collectedAt: string | null;
  /** Why what it told may not be believed; null when it may. */
  stale: string | null;
}

/** A person's word that it was done on a machine. */
export interface DoneByHand {
  by: string;
  at: string;
  evidence: string;
}

export type HandNeed =
  | { kind: 'needed'; reason: string }
  /** The guest's own software shows it. */
  | { kind: 'fixed'; reason: string }
  | { kind: 'doneByHand'; reason: string }
  /** The software is not on the machine. */
  | { kind: 'notThere'; reason: string }
  | { kind: 'unknown'; reason: string };

/** A person's word counts until the guest, asked later, shows otherwise: evidence goes before memory. */
export function handNeedOf(fixes: readonly SoftwareFix[], known: KnownSoftware, done: DoneByHand | null): HandNeed {
  const word = done === null ? null : `done by hand by ${done.by} at ${done.at}: ${done.evidence}`;
  if (known.stale !== null || known.collectedAt === null) {
    if (word !== null) return { kind: 'doneByHand', reason: word };
    return { kind: 'unknown', reason: known.stale ?? 'its guest was never asked' };
  }
  const found = fixes.flatMap((fix) => judge(fix, known.software));
  const old = found.filter((one) => one.kind === 'old').map((one) => one.told);
  if (old.length > 0) {
    if (done === null || word === null) return { kind: 'needed', reason: old.join('; ') };
    return known.collectedAt > done.at
      ? { kind: 'needed', reason: `${old.join('; ')}, although ${word}` }
      : { kind: 'doneByHand', reason: `${word}; the guest has not been asked since` };
  }
  const unread = found.filter((one) => one.kind === 'unread').map((one) => one.told);
  if (unread.length > 0)
    return word === null ? { kind: 'unknown', reason: unread.join('; ') } : { kind: 'doneByHand', reason: word };
  if (found.length === 0) return { kind: 'notThere', reason: 'none of the software is on the machine' };
  return { kind: 'fixed', reason: found.map((one) => one.told).join('; ') };
}

function judge({ name, fixedVersion }: SoftwareFix, software: KnownSoftware['software']) {
  return software
    .filter((one) => matchesGlob(name, one.name))
    .map((one) => {
      const order = compareVersions(one.version.trim(), fixedVersion);
      const told = `${one.name} ${one.version || 'of unknown version'}`;
      if (order === null) return { kind: 'unread' as const, told: `${told} cannot be compared with ${fixedVersion}` };
      if (order < 0) return { kind: 'old' as const, told: `${told} is below ${fixedVersion}` };
      return { kind: 'fixed' as const, told: `${told} reaches ${fixedVersion}` };
    });
}

/** What is known of the fleet for one patch of this kind. */
export interface HandFacts {
  vms: Vm[];
  guests: { vmId: string; collectedAt: string | null; problem: string | null; triedAt: string }[];
  /** At least what the patch's names match. */
  software: { vmId: string; name: string; version: string }[];
  done: (DoneByHand & { vmId: string })[];
}

/** Every machine of the fleet with its need. */
export function handNeedsOf(
  patch: Pick<Patch, 'products' | 'fixedBuilds'>,
  facts: HandFacts,
  now: string,
  maxAgeMinutes: number,
): { vm: Vm; need: HandNeed }[] {
  const fixes = softwareFixesOf(patch);
  const guests = new Map(facts.guests.map((one) => [one.vmId, one]));
  const done = new Map(facts.done.map((one) => [one.vmId, one]));
  const software = byMachine(facts.software);
  return facts.vms.map((vm) => {
    const guest = guests.get(vm.vmId) ?? null;
    const known = {
      software: software.get(vm.vmId) ?? [],
      collectedAt: guest?.collectedAt ?? null,
      stale: staleness(guest, now, maxAgeMinutes),
    };
    return { vm, need: handNeedOf(fixes, known, done.get(vm.vmId) ?? null) };
  });
}

const reserved = /^(KB\d|USN-|LSN-|RHSA-|RHBA-|RHEA-|DSA-|DLA-|DTSA-|SUSE-|openSUSE-)/i;
const idForm = /^[A-Za-z0-9][A-Za-z0-9._:-]{1,79}$/;

/** What is wrong with an id that a person gives a patch; null when it may be used. It becomes part of workflow ids and addresses. */
export function manualIdProblem(patchId: string): string | null {
  if (!idForm.test(patchId))
    return 'must be 2 to 80 letters, digits, `.`, `_`, `:` or `-`, beginning with a letter or digit: e.g. MANUAL-2026-001 or the vendor’s own id';
  if (reserved.test(patchId))
    return 'belongs to a vendor whose channel announces it: take another, e.g. MANUAL-2026-001';
  return null;
}

/** A patch as a person writes it down. */
export interface WrittenPatch {
  patchId: string;
  title: string;
  severity: Severity;
  cves: string[];
  software: SoftwareFix[];
  restart: Restart;
  url: string | null;
  released: string | null;
}

/** `known`: the entry that it changes; null for a new one. The entry counts its own changes. */
export function manualPatch(written: WrittenPatch, known: Patch | null): Patch {
  const { patchId, title, severity, cves, software, restart, url, released } = written;
  return {
    patchId,
    kb: null,
    title,
    severity,
    severityByProduct: {},
    cves: [...new Set(cves)].sort(),
    products: software.map(({ name }) => ({ id: name, name })),
    fixedBuilds: Object.fromEntries(software.map(({ name, fixedVersion }) => [name, fixedVersion])),
    packages: [],
    supersedes: [],
    restart,
    kind: 'other',
    exploited: false,
    disclosed: false,
    knownIssue: false,
    knownIssueUrl: null,
    released,
    classification: cves.length > 0 || severity !== 'unknown' ? 'security' : 'other',
    url,
    source: {
      channel: manualChannel,
      document: patchId,
      revision: String(Number(known?.source.revision ?? 0) + 1),
    },
  };
}

/** The channel of patches that people entered. */
export const manualChannel = 'manual';
