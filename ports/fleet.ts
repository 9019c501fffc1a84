// Machines of the fleet, and how it stands.

import type { Assessment, GuestFacts, Vm } from '../domain/vm.js';

export interface FleetStore {
  /**
   * Takes what Azure lists now. Machines of these subscriptions that are no longer listed get `goneAt`; nothing is deleted.
   * Guest facts and assessments stay. A new machine has joined at once where its environment and category have no other.
   */
  saveListed(
    vms: Omit<Vm, 'guest' | 'assessment' | 'firstSeenAt' | 'joinedAt' | 'placedAt' | 'goneAt'>[],
    subscriptions: string[],
    at: string,
  ): Promise<{ added: number; gone: number }>;
  /** New machines that have caught up; those that joined before stay as they are. */
  join(vmIds: string[], at: string): Promise<void>;
  /** Packages of Linux that the guest told of take their place in what is known of its software. */
  saveGuestFacts(vmId: string, facts: GuestFacts): Promise<void>;
  saveAssessment(vmId: string, assessment: Assessment): Promise<void>;
  /** In the order of names. `after`: id of the machine that a page before ended with. */
  vms(filter: {
    environment?: 'production' | 'staging';
    category?: string;
    /** What the name contains, large or small. */
    name?: string;
    existing?: boolean;
    after?: string;
    limit?: number;
  }): Promise<Vm[]>;
  vm(vmIdOrName: string): Promise<Vm | null>;
  /** Names by id; gone machines too. */
  names(vmIds: string[]): Promise<Map<string, string>>;
  /** How the existing machines of an environment stand now, counted by the database. */
  standing(environment: 'production' | 'staging'): Promise<FleetStanding>;
  /** How production stands at this instant becomes the measure of its day, UTC; the last one of a day stays. */
  measureDay(at: string): Promise<void>;
  /** The oldest first. */
  days(newest: number): Promise<FleetDay[]>;
}

/** Known production machines, and those of them that lacked nothing. */
export interface FleetDay {
  /** ISO date, UTC. */
  day: string;
  known: number;
  complete: number;
}

export interface FleetStanding {
  machines: number;
  /** Never assessed: nobody knows what they lack. They count as nothing else. */
  unknown: number;
  /** Known, and in need of a patch. */
  lacking: number;
}
