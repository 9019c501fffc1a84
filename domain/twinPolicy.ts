// Where copies of production machines may be built, for how long, and how many.

/** Disks are made where their restore point is: each region has its own subnet. */
export interface TwinPlace {
  /** Azure's name, e.g. `westeurope`. */
  region: string;
  /** ARM id, lower case. Its subscription is the twin's. */
  subnet: string;
}

export interface TwinPolicy {
  resourceGroup: string;
  places: TwinPlace[];
  /** Instead of the size of the machine that is copied; null: the same. */
  size: string | null;
  lifeDays: number;
  /** Twins and proposals at once, over everything. */
  atOnceMax: number;
}
