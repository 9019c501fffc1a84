// How many machines, in words.

/** `1 machine`, `2 machines`. */
export function machineCount(count: number): string {
  return `${count} ${count === 1 ? 'machine' : 'machines'}`;
}
