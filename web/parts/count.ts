// A number with its noun.

/** `1 machine`, `2 machines`. */
export function counted(count: number, noun: string, several = `${noun}s`): string {
  return `${count} ${count === 1 ? noun : several}`;
}
