// What stands in the address, and how a page writes it: filters, tabs and what is selected can be shared.

import { useNavigate, useParams, useSearch } from '@tanstack/react-router';

export function useAddress(): {
  params: Record<string, string>;
  search: Record<string, string | undefined>;
  /** Words of the query; undefined takes one out. */
  set: (words: Record<string, string | undefined>) => void;
} {
  const params: Record<string, string> = useParams({ strict: false });
  const search: Record<string, string | undefined> = useSearch({ strict: false });
  const navigate = useNavigate();
  return {
    params,
    search,
    set: (words) =>
      void navigate({
        to: '.',
        search: (before: Record<string, unknown>) => ({ ...before, ...words }),
        replace: true,
      }),
  };
}
