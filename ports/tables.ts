// Lists as files for spreadsheets and other programs.

export type Cell = string | number | boolean | null;

export interface Sheet {
  name: string;
  columns: string[];
  rows: Cell[][];
}

export interface TablePort {
  /** UTF-8 with a byte order mark, since spreadsheets guess otherwise; a text that a spreadsheet would run is made harmless. */
  csv(sheet: Sheet): Promise<Uint8Array>;
  xlsx(sheet: Sheet): Promise<Uint8Array>;
}
