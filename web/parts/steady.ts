// Rows that hold still: what is shown changes in place, what is gone stays until looked away from, newcomers wait to be shown.

import { useRef, useState } from 'react';

export function useSteady<Row>(
  rows: Row[],
  keyOf: (row: Row) => string,
): { rows: Row[]; waiting: number; show: () => void } {
  const shown = useRef<string[] | null>(null);
  const [, redraw] = useState(0);
  shown.current ??= rows.length === 0 ? null : rows.map(keyOf);
  const byKey = new Map(rows.map((row) => [keyOf(row), row]));
  const held = (shown.current ?? []).flatMap((key) => byKey.get(key) ?? []);
  const waiting = rows.length - held.length;
  return {
    rows: held,
    waiting,
    show: () => {
      shown.current = rows.map(keyOf);
      redraw((count) => count + 1);
    },
  };
}
