// What is read is kept, shown while it is read anew, and read anew when something of it changed.

import { QueryClient, useQuery, type QueryKey, type UseQueryResult } from '@tanstack/react-query';
import { Refused } from './client';
import { watchChanges, type Change } from './live';

type Concerns = (change: Change) => boolean;

declare module '@tanstack/react-query' {
  interface Register {
    queryMeta: { concerns?: Concerns };
    defaultError: Error;
  }
}

/** The least time between two readings of the same by changes. */
const againMs = 1000;

export const queries = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5000,
      refetchOnWindowFocus: false,
      retry: (count, failure) =>
        count < 2 && !(failure instanceof Refused && failure.status >= 400 && failure.status < 500),
    },
  },
});

let pending: Change[] | null = [];
let timer: ReturnType<typeof setTimeout> | null = null;

function readAgain(): void {
  timer = null;
  const changes = pending;
  pending = [];
  void queries.invalidateQueries({
    predicate: ({ meta }) => {
      const concerns = meta?.concerns;
      return concerns !== undefined && (changes === null || changes.some(concerns));
    },
  });
}

watchChanges((changes) => {
  pending = changes === null || pending === null ? null : [...pending, ...changes];
  timer ??= setTimeout(readAgain, againMs);
});

/** `concerns`: which changes it is read anew for; none: it stays as it was shown. */
export function useRead<T>(
  key: QueryKey,
  read: () => Promise<T>,
  concerns?: Concerns,
  enabled = true,
): UseQueryResult<T> {
  return useQuery({ queryKey: key, queryFn: read, enabled, ...(concerns === undefined ? {} : { meta: { concerns } }) });
}

export const anything: Concerns = () => true;
