// CSV and XLSX. Texts come from outside: none of them is a formula.
// https://owasp.org/www-community/attacks/CSV_Injection

import { stringify } from 'csv-stringify/sync';
import writeXlsx from 'write-excel-file/node';
import type { Cell, TablePort } from '../../ports/tables.js';

/** Excel's own limit of a cell. */
const cellLengthMax = 32_767;
const sheetNameLengthMax = 31;

export const tables: TablePort = {
  async csv({ columns, rows }) {
    const text = stringify([columns, ...rows], { escape_formulas: true, bom: true, cast: { boolean: String } });
    return Buffer.from(text, 'utf8');
  },

  async xlsx({ name, columns, rows }) {
    const head = columns.map((column) => ({ type: String, value: column, fontWeight: 'bold' as const }));
    const sheet = name.replace(/[^\w -]/g, ' ').slice(0, sheetNameLengthMax);
    return writeXlsx([head, ...rows.map((row) => row.map(cellOf))], { sheet, stickyRowsCount: 1 }).toBuffer();
  },
};

/** Typed, so that a text stays a text whatever it begins with. */
function cellOf(value: Cell) {
  if (value === null) return null;
  if (typeof value === 'number') return { type: Number, value };
  if (typeof value === 'boolean') return { type: Boolean, value };
  // XML holds no control characters but tab and line ends.
  return {
    type: String,
    value: value
      .replace(/[^\P{Cc}\t\n\r]/gu, ' ')
      .toWellFormed()
      .slice(0, cellLengthMax),
  };
}
