// Requests, answers and errors of the management API, as all its parts know them.

import type { Guest, Operation } from './world.js';

export interface ArmRequest {
  method: string;
  /** Without the query; as sent. */
  path: string;
  query: URLSearchParams;
  body: Record<string, unknown>;
  clientRequestId: string | null;
  /** `https://127.0.0.1:port` as the client called it. */
  origin: string;
}

export interface ArmAnswer {
  status: number;
  body: unknown;
  headers?: Record<string, string>;
  operation?: Operation;
  kbs?: string[];
  /** Of an installation on Linux: what is to be included, masks of package names. */
  masks?: string[];
}

export interface ArmRoute {
  action: string;
  vm: Guest | null;
  subscription: string;
  resource: string;
  answer(): ArmAnswer;
}

export function armError(status: number, code: string, message: string, target?: string): ArmAnswer {
  return { status, body: { error: { code, message, ...(target === undefined ? {} : { target }) } } };
}

/** Names keep the case that their first request gave them; ids are compared without it. */
export function nameIn({ path }: ArmRequest): string {
  return decodeURIComponent(path.slice(path.lastIndexOf('/') + 1));
}

export type Base = Pick<ArmRoute, 'subscription' | 'resource'>;

export function notFound(path: string): ArmAnswer {
  const name = path.split('/').slice(-2).join('/');
  return armError(
    404,
    'ResourceNotFound',
    `The Resource 'Microsoft.Compute/${name}' was not found. For more details please go to https://aka.ms/ARMResourceNotFoundFix`,
  );
}

export function route(base: Base, action: string, vm: Guest | null, answer: () => ArmAnswer): ArmRoute {
  return { ...base, action: `Microsoft.Compute/${action}`, vm, answer };
}
