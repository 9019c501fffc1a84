// How activities fail: not ready yet (benign, comes again), Azure's expected failures, and what nobody can mend by trying again.

import { ApplicationFailure, ApplicationFailureCategory } from '@temporalio/common';
import { AzureFailure } from '../ports/azure.js';

/** Not an error: the engine calls again after `seconds`, holding no slot and writing nothing into the history. */
export function notReady(message: string, seconds: number): ApplicationFailure {
  return ApplicationFailure.create({
    message,
    type: 'NotReady',
    nextRetryDelay: Math.max(50, Math.round(seconds * 1000)),
    category: ApplicationFailureCategory.BENIGN,
  });
}

export function givenUp(message: string, type = 'InvalidInput'): ApplicationFailure {
  return ApplicationFailure.create({ message, type, nonRetryable: true });
}

/** Azure's failures that a later attempt may overcome become `notReady`; the others are rethrown as they are. */
export function laterWhenAzureAllows(failure: unknown, floorSeconds: number): Error {
  if (!(failure instanceof AzureFailure)) return failure instanceof Error ? failure : new Error(String(failure));
  const seconds = failure.retryAfterSeconds ?? floorSeconds;
  switch (failure.kind) {
    case 'throttled':
    case 'conflict':
    case 'unavailable':
    case 'lostAnswer':
      return notReady(`Azure: ${failure.kind}: ${failure.message}`, Math.max(seconds, floorSeconds));
    case 'notFound':
    case 'forbidden':
    case 'invalidInput':
      return givenUp(`Azure: ${failure.message}`, failure.kind);
  }
}
