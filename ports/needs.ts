// Lists that people look at: patches that nothing ever needed, and needs that no channel announced.

export interface NeverNeeded {
  patchId: string;
  title: string;
  severity: string;
  channel: string;
  firstSeenAt: string;
}

export interface UnknownNeed {
  /** As the assessment names it, e.g. `KB890830`. */
  name: string;
  title: string;
  vmIds: string[];
  firstSeenAt: string;
  lastSeenAt: string;
  goneAt: string | null;
}

export interface NeedStore {
  /** In the order of ids. `after`: id of the patch that a page before ended with. */
  neverNeeded(page: { after?: string; limit: number }): Promise<NeverNeeded[]>;
  /** All that is needed and unknown now: what is not in it any more is gone. */
  saveUnknown(found: Pick<UnknownNeed, 'name' | 'title' | 'vmIds'>[], at: string): Promise<void>;
  /** By name. */
  unknown(filter: { gone?: boolean }): Promise<UnknownNeed[]>;
  untold(): Promise<UnknownNeed[]>;
  told(names: string[], at: string): Promise<void>;
}
