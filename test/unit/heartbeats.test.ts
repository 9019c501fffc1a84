import { expect, test } from '@jest/globals';
import { MockActivityEnvironment, defaultActivityInfo } from '@temporalio/testing';
import { DefaultLogger } from '@temporalio/worker';
import { withHeartbeats } from '../../workers/heartbeats.js';

function environmentOf(heartbeatTimeoutMs: number | undefined): {
  environment: MockActivityEnvironment;
  beats: number[];
} {
  const info = { ...defaultActivityInfo, ...(heartbeatTimeoutMs === undefined ? {} : { heartbeatTimeoutMs }) };
  const environment = new MockActivityEnvironment(info, {
    interceptors: [withHeartbeats],
    logger: new DefaultLogger('ERROR'),
  });
  const beats: number[] = [];
  environment.on('heartbeat', () => beats.push(Date.now()));
  return { environment, beats };
}

test('an activity with a heartbeat time-out says that it lives until it ends, and not afterwards', async () => {
  const { environment, beats } = environmentOf(20);
  const second = new Promise<void>((resolve) => {
    environment.on('heartbeat', () => {
      if (beats.length >= 2) resolve();
    });
  });
  const answer = await environment.run(async () => {
    await second;
    return 'done';
  });
  expect(answer).toBe('done');
  const atItsEnd = beats.length;
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(beats).toHaveLength(atItsEnd);
});

test('one that fails stops too, and its failure is kept', async () => {
  const { environment, beats } = environmentOf(20);
  const failing = environment.run(async () => {
    throw new Error('the guest said no');
  });
  await expect(failing).rejects.toThrow('the guest said no');
  await new Promise((resolve) => setTimeout(resolve, 60));
  expect(beats).toEqual([]);
});

test('one without a heartbeat time-out is left as it is', async () => {
  const { environment, beats } = environmentOf(undefined);
  await environment.run(() => new Promise<void>((resolve) => setTimeout(resolve, 60)));
  expect(beats).toEqual([]);
});
