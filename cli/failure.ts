// How a command ends when it could not do what it was asked for.

/** For scripts: 0 done, 1 refused or failed, 2 wrong usage, 3 not reachable, 4 sign-in or role missing. */
export const exitCodes = { done: 0, failed: 1, usage: 2, unreachable: 3, notAllowed: 4 } as const;

export class CliFailure extends Error {
  constructor(
    message: string,
    readonly exitCode: number,
  ) {
    super(message);
    this.name = 'CliFailure';
  }
}
