// A page of machines worked on by a few lanes at once: a slow one holds up its own lane alone.

export async function inLanes<T>(page: readonly T[], atOnce: number, work: (one: T) => Promise<void>): Promise<void> {
  const queue = [...page];
  const lane = async (): Promise<void> => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift()) await work(one);
  };
  await Promise.all(Array.from({ length: Math.min(atOnce, page.length) }, lane));
}
