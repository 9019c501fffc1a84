// The append-only journal: every request and every change, one JSON line each. The world is what its changes add up to.

import { closeSync, existsSync, mkdirSync, openSync, readFileSync, truncateSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { applyChange, emptyTables, type Change, type Tables } from './world.js';

export interface RequestLine {
  type: 'request';
  n: number;
  at: string;
  method: string;
  /** Azure's name of the action, e.g. `Microsoft.Compute/virtualMachines/installPatches/action`. */
  action: string;
  vm: string | null;
  status: number;
  clientRequestId: string | null;
  /** What an installation asked for. */
  kbs?: string[];
  masks?: string[];
  operation?: string;
  fault?: string;
}

export interface ChangeLine {
  type: 'change';
  n: number;
  at: string;
  why: string;
  changes: Change[];
}

export type Line = RequestLine | ChangeLine;

export class Journal {
  readonly tables: Tables = emptyTables();
  readonly file: string;
  #descriptor: number;
  #count = 0;

  constructor(file: string) {
    this.file = file;
    mkdirSync(dirname(file), { recursive: true });
    if (existsSync(file)) this.#replay();
    this.#descriptor = openSync(file, 'a', 0o600);
  }

  get isNew(): boolean {
    return this.#count === 0;
  }

  /** All changes of one occasion are one line: they happen together or not at all. */
  commit(why: string, changes: Change[]): void {
    this.#write({ type: 'change', n: this.#count + 1, at: new Date().toISOString(), why, changes });
    for (const change of changes) applyChange(this.tables, structuredClone(change));
  }

  request(line: Omit<RequestLine, 'type' | 'n' | 'at'>): void {
    this.#write({ type: 'request', n: this.#count + 1, at: new Date().toISOString(), ...line });
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #write(line: Line): void {
    writeSync(this.#descriptor, `${JSON.stringify(line)}\n`);
    this.#count += 1;
  }

  /** A last line that a crash tore is cut off: what it told never had an effect. */
  #replay(): void {
    const bytes = readFileSync(this.file);
    const whole = bytes.lastIndexOf(0x0a) + 1;
    if (whole < bytes.length) truncateSync(this.file, whole);
    for (const text of bytes.subarray(0, whole).toString('utf8').split('\n')) {
      if (text === '') continue;
      const line = JSON.parse(text) as Line;
      this.#count += 1;
      if (line.type === 'change') for (const change of line.changes) applyChange(this.tables, change);
    }
  }
}

export function readJournal(file: string): Line[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((text) => text !== '')
    .map((text) => JSON.parse(text) as Line);
}
