// A column of a table: how a row reads in it, and what goes into a file.

import type { ReactNode } from 'react';

export interface Column<Row> {
  head: string;
  cell: (row: Row) => ReactNode;
  /** For the file; left out: the column is not in it. */
  text?: (row: Row) => string | number | null;
  isNumber?: boolean;
}
