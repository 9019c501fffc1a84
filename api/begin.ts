// Beginning what a row asks for. The row counts whatever comes of it: the hourly look makes good for an engine that is away.

import type { FastifyBaseLogger } from 'fastify';

/** `what` as in `the timer of waiver 7`. Never fails: the request that wrote the row has succeeded. */
export async function beginOrLater(begin: () => Promise<void>, what: string, log: FastifyBaseLogger): Promise<void> {
  try {
    await begin();
  } catch (failure) {
    log.error(failure, `${what} could not be reached yet: the next look does`);
  }
}
