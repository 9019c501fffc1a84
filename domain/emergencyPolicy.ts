// What policy says of emergencies: whose word counts, and how short everything may be.

export interface EmergencyPolicy {
  /** Who may ask for one; empty: nobody. */
  roles: string[];
  /** Who may sign; empty: nobody. */
  overrideRoles: { window: string[]; freeze: string[]; quorum: string[] };
  /** No soak is made shorter than this. */
  soakSecondsMin: number;
  reviewWithinHours: number;
  expiresAfterMinutes: number;
  /** From the enrolment until the run is planned. */
  leadSeconds: number;
  /** How long a run outside of every window is open. */
  runMinutes: number;
}
