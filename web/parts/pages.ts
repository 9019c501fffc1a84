// Long lists, page by page as the server gives them.

import { useInfiniteQuery, type QueryKey } from '@tanstack/react-query';
import type { Change } from '../api/live';

export function usePages<Row>(
  key: QueryKey,
  read: (after: string | undefined) => Promise<{ rows: Row[]; next: string | null }>,
  concerns?: (change: Change) => boolean,
) {
  const query = useInfiniteQuery({
    queryKey: key,
    queryFn: ({ pageParam }) => read(pageParam),
    initialPageParam: undefined as string | undefined,
    getNextPageParam: (page) => page.next ?? undefined,
    ...(concerns === undefined ? {} : { meta: { concerns } }),
  });
  return {
    read: query,
    rows: query.data?.pages.flatMap((page) => page.rows) ?? [],
    more: query.hasNextPage ? { load: () => void query.fetchNextPage(), isLoading: query.isFetchingNextPage } : null,
  };
}
