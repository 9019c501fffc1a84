// Azure's errors, translated once into what the activities can act on.
// https://learn.microsoft.com/troubleshoot/azure/virtual-machines/windows/troubleshooting-throttling-errors

import { RestError } from '@azure/core-rest-pipeline';
import { AzureFailure, type AzureFailureKind } from '../../ports/azure.js';

/** `OperationNotAllowed` is throttling at 429 and a state conflict at 409: the status decides. */
export function azureFailure(failure: unknown): Error {
  if (failure instanceof AzureFailure) return failure;
  if (!isRestError(failure)) return failure instanceof Error ? failure : new Error(String(failure));
  const status = failure.statusCode;
  const code = failure.code ?? null;
  const message = failure.message;
  if (status === undefined)
    return new AzureFailure(wasSent(failure) ? 'lostAnswer' : 'unavailable', message, code, null);
  const retryAfter = retryAfterSeconds(failure);
  return new AzureFailure(kindOf(status), message, code, retryAfter);
}

export function kindOf(status: number): AzureFailureKind {
  if (status === 429) return 'throttled';
  if (status === 409) return 'conflict';
  if (status === 404) return 'notFound';
  if (status === 401 || status === 403) return 'forbidden';
  return status >= 500 || status === 408 ? 'unavailable' : 'invalidInput';
}

/** Two versions of the package may be installed, so the name counts, not the class. */
function isRestError(failure: unknown): failure is RestError {
  return failure instanceof RestError || (failure instanceof Error && failure.name === 'RestError');
}

/** Without an answer Azure may have acted; only when no connection was made can it not have. */
function wasSent({ code }: RestError): boolean {
  return !['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'CERT_HAS_EXPIRED'].includes(code ?? '');
}

function retryAfterSeconds({ response }: RestError): number | null {
  const text = response?.headers.get('retry-after');
  const seconds = text === undefined ? Number.NaN : Number(text);
  return Number.isFinite(seconds) && seconds >= 0 ? seconds : null;
}
