// What policy says of machines that come after a decision was asked for: nobody joins until it names where and how many.

export interface ArrivalRule {
  id: string;
  /** Named one by one; a category stands in one rule at most. */
  categories: string[];
  /** So many join one decision at most. */
  machinesMax: number;
  /** And no more than this share of the machines that the decision names, rounded down. */
  percentMax: number;
}
