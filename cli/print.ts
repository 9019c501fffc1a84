// How the CLI shows things: one JSON document with --json, else tables and lines for people.

import Table from 'cli-table3';

export interface Output {
  json: boolean;
}

export function show(output: Output, value: unknown, human: () => string): void {
  process.stdout.write(`${output.json ? JSON.stringify(value, null, 2) : human()}\n`);
}

export function table(head: string[], rows: string[][]): string {
  if (rows.length === 0) return 'Nothing.';
  const made = new Table({ head: head.map(clean), style: { head: [], border: [] }, wordWrap: true });
  for (const row of rows) made.push(row.map(clean));
  return made.toString();
}

/** `3 installed, 1 planned`. */
export function countWords(counts: Iterable<[string, number]>): string {
  return [...counts].map(([state, count]) => `${count} ${state}`).join(', ');
}

/** Texts came from outside: no control character reaches the terminal. */
export function clean(text: string): string {
  return text.replace(/\p{Cc}/gu, ' ');
}
