// The reference: a tree of the same shape with activities that do nothing, each tried as often as a session's are.

import { ParentClosePolicy, executeChild, proxyActivities } from '@temporalio/workflow';

interface Bare {
  nothing(): Promise<void>;
  nothingAtFirst(): Promise<void>;
}

const { nothing, nothingAtFirst } = proxyActivities<Bare>({ startToCloseTimeout: '1 minute' });

export async function bareTree({
  prefix,
  children,
  atOnce,
  once,
  twice,
}: {
  prefix: string;
  children: number;
  atOnce: number;
  once: number;
  twice: number;
}): Promise<void> {
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let index = next++; index < children; index = next++) {
      await executeChild(bareChild, {
        workflowId: `${prefix}/${index}`,
        parentClosePolicy: ParentClosePolicy.ABANDON,
        args: [{ once, twice }],
      });
    }
  };
  await Promise.all(Array.from({ length: atOnce }, lane));
}

export async function bareChild({ once, twice }: { once: number; twice: number }): Promise<void> {
  for (let index = 0; index < once; index += 1) await nothing();
  for (let index = 0; index < twice; index += 1) await nothingAtFirst();
}
