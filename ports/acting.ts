// Who is acting: a person through the API, or a workflow through one of its activities. Stores write it into the audit log (I8).

export interface ActingPort {
  /** Everything that `work` causes, also later and asynchronously, is done in the name of `who`. */
  as<T>(who: string, work: () => T): T;
  /** `system` outside of any request or activity. */
  who(): string;
}
