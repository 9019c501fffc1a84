// Remembers the first answer; a failure is asked again.

export function once<T>(ask: () => Promise<T>): () => Promise<T> {
  let answer: Promise<T> | null = null;
  return () => {
    answer ??= ask().catch((failure: unknown) => {
      answer = null;
      throw failure;
    });
    return answer;
  };
}
