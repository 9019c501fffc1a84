// A machine as it is compared with others: what is known of it, and what nobody knows (null).

import { currentBuild } from './demand.js';
import type { EquivalencePolicy } from './equivalencePolicy.js';
import { grouped } from './grouped.js';
import { matchesGlob } from './glob.js';
import { systemOf } from './system.js';
import type { Vm } from './vm.js';
import { factsOf, type PersonsWord } from './vmFacts.js';
import { sizeClassOf, type SizeClass } from './vmSize.js';

/** Without version where versions are the patch level: packages of Linux. */
export interface ComparedProgram {
  name: string;
  version: string | null;
}

/** What is known of one machine for a comparison. */
export interface MachineFacts {
  vm: Vm;
  words: PersonsWord[];
  /** Equal keys: equal software. Null: its guest never answered. */
  software: { key: string; programs: ComparedProgram[] } | null;
  /** Patches that it needs. */
  needs: string[];
  /** Patches that runs of ours have put on it, or are about to. */
  got: string[];
}

export type DomainRole = 'controller' | 'member' | 'standalone';

/** A machine as it is compared. Null: nobody knows. */
export interface Profile {
  vmId: string;
  name: string;
  system: string | null;
  role: string | null;
  domainRole: DomainRole | null;
  software: Map<string, string | null> | null;
  services: string[] | null;
  needs: string[] | null;
  got: Set<string>;
  build: string | null;
  size: SizeClass | null;
  image: string | null;
  availability: 'availability set' | 'zone' | 'alone';
  /** Machines with the same key compare alike. */
  key: string;
}

/** A profile without its software, which takes the longest to prepare. */
export type Traits = Omit<Profile, 'software'>;

/** Everything but its software. */
export function traitsOf(facts: MachineFacts): Traits {
  const { vm, words } = facts;
  const held = {
    system: systemOf(vm),
    role: normal(factsOf(vm, words, []).find((fact) => fact.name === 'role')?.value ?? null),
    domainRole: domainRoleOf(vm),
    services: vm.guest === null ? null : vm.guest.services.map((one) => one.name).sort(),
    needs: knowsNeeds(facts) ? [...facts.needs].sort() : null,
    build: currentBuild(vm),
    size: sizeClassOf(vm.size),
    image: imageOf(vm.image),
    availability: availabilityOf(vm),
  };
  const key = JSON.stringify([held, facts.software?.key ?? null]);
  return { ...held, vmId: vm.vmId, name: vm.name, got: new Set(facts.got), key };
}

export function profileOf(facts: MachineFacts, { ignoredSoftware }: EquivalencePolicy): Profile {
  const software = facts.software === null ? null : comparedSoftware(facts.software.programs, ignoredSoftware);
  return { ...traitsOf(facts), software };
}

function normal(text: string | null): string | null {
  const said = (text ?? '').trim().toLowerCase().replace(/\s+/g, ' ');
  return said === '' ? null : said;
}

/** By a tag of that name, by its role, or by the service of a directory. */
function domainRoleOf(vm: Vm): DomainRole | null {
  const tag = Object.entries(vm.tags).find(([key]) => key.toLowerCase() === 'domainrole')?.[1];
  const said = normal(tag ?? null);
  if (said === 'controller' || said === 'member' || said === 'standalone') return said;
  return vm.guest?.services.some((one) => one.name.toUpperCase() === 'NTDS') === true ? 'controller' : null;
}

/** Demand is computed out of a build, an assessment or packages; without any of them "needs nothing" says nothing. */
function knowsNeeds({ vm, software }: MachineFacts): boolean {
  if (vm.assessment !== null) return true;
  return vm.osType === 'windows' ? currentBuild(vm) !== null : software !== null;
}

function availabilityOf(vm: Vm): Profile['availability'] {
  return vm.availabilitySet !== null ? 'availability set' : vm.zone !== null ? 'zone' : 'alone';
}

/** Without its version: machines are made of whatever was the latest. An image of one's own is known by its id, which no staging shares. */
function imageOf(image: string | null): string | null {
  if (image === null || image.startsWith('/')) return image;
  return image.split('/').slice(0, 3).join('/').toLowerCase();
}

function comparedSoftware(programs: ComparedProgram[], ignored: string[]): Map<string, string | null> {
  const counted = programs.filter(({ name }) => !ignored.some((glob) => matchesGlob(glob, name)));
  const versions = grouped(counted, (program) => program.name);
  return new Map([...versions].map(([name, held]) => [name, versionsOf(held)]));
}

/** A program may be there more than once, in several versions. */
function versionsOf(programs: ComparedProgram[]): string | null {
  const told = programs.flatMap(({ version }) => (version === null ? [] : [version])).sort();
  return told.length === 0 ? null : told.join(' and ');
}
