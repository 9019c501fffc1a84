// What guests told of themselves, and what people say of them.

import type { LinuxKnowledge } from '../domain/packageDemand.js';
import type { LinuxSystemFacts } from '../domain/vm.js';
import type { FactName, PersonsWord } from '../domain/vmFacts.js';
import type { GuestInventory, Program } from './guest.js';

/** What is known of the guest's own inventory, and how well. */
export interface GuestKnowledge {
  vmId: string;
  /** ISO instant of the newest whole answer; null before the first. */
  collectedAt: string | null;
  administrators: string[];
  /** Of Linux, as the guest told last; null where it did not. */
  linux: LinuxSystemFacts | null;
  /** Why the newest attempt brought nothing; null when it did. */
  problem: string | null;
  triedAt: string;
}

export interface SoftwareRecord extends Program {
  vmId: string;
  firstSeenAt: string;
  lastSeenAt: string;
  /** ISO instant at which it was found gone. */
  goneAt: string | null;
}

export interface GuestStore {
  /**
   * Takes a whole inventory: what is no longer there is marked gone; updates that we did not install become history, `before` us the first
   * time, `outOfBand` later. Taken again it changes nothing.
   */
  saveInventory(
    vmId: string,
    inventory: GuestInventory,
    at: string,
  ): Promise<{ added: number; removed: number; foreignUpdates: string[] }>;
  /** The guest could not be asked: what is known stays. */
  saveProblem(vmId: string, problem: string, at: string): Promise<void>;
  knowledge(vmIds?: string[]): Promise<GuestKnowledge[]>;
  /** What is known of Linux machines, of packages with these names alone; machines whose guests never answered are left out. */
  packages(vmIds: string[], names: string[]): Promise<Map<string, LinuxKnowledge>>;
  /** Existing entries, unless `gone` ones are wanted too; in the order of names. */
  software(filter: { vmId?: string; gone?: boolean }): Promise<SoftwareRecord[]>;
  /** A person's word on a machine; null takes it back. */
  setFact(vmId: string, name: FactName, value: string | null, by: string, reason: string, at: string): Promise<void>;
  facts(vmIds: string[]): Promise<(PersonsWord & { vmId: string })[]>;
}
