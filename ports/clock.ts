// Time as activities read it. Workflows never do: they get instants as data.

export interface Clock {
  /** ISO instant, UTC. */
  now(): string;
}
