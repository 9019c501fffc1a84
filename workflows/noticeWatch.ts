// By schedule: what owners are to hear ahead, what nobody told them, runs that did not start, and notices whose workflow has died.

import { ActivityFailure, setCurrentDetails } from '@temporalio/workflow';
import { telling } from './proxies.js';

export async function noticeWatch(): Promise<string> {
  // One that fails holds up none of the others.
  const [runs, ahead, attended] = await Promise.all([
    orProblem(telling.watchRuns(), ({ told, late }) => `${told} starts and ends made good, ${late.length} runs late`),
    orProblem(telling.tellOwnersAhead(), ({ told }) => `${told} owners told ahead`),
    orProblem(
      telling.attendNotices(),
      ({ deliveries, pages, problems }) => `${deliveries} deliveries and ${pages} pages attended, ${problems} problems`,
    ),
  ]);
  const report = [runs, ahead, attended].join('; ');
  setCurrentDetails(report);
  return report;
}

async function orProblem<T>(work: Promise<T>, told: (result: T) => string): Promise<string> {
  try {
    return told(await work);
  } catch (failure) {
    if (!(failure instanceof ActivityFailure)) throw failure;
    return `failed: ${failure.cause?.message ?? failure.message}`;
  }
}
