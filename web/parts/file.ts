// Files that the browser keeps of what a page shows.

import type { Column } from './column';

/** A cell that a spreadsheet would run as a formula gets an apostrophe before it. */
function cellOf(value: string | number | null): string {
  if (value === null) return '';
  const text = typeof value === 'string' && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
  return /[",\n\r]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

export function csvOf<Row>(columns: Column<Row>[], rows: Row[]): string {
  const kept = columns.flatMap(({ head, text }) => (text === undefined ? [] : [{ head, text }]));
  const lines = [kept.map(({ head }) => cellOf(head)), ...rows.map((row) => kept.map(({ text }) => cellOf(text(row))))];
  return `${lines.map((cells) => cells.join(',')).join('\r\n')}\r\n`;
}

export function saveFile(name: string, content: BlobPart, type: string): void {
  const address = URL.createObjectURL(new Blob([content], { type }));
  const link = Object.assign(document.createElement('a'), { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
