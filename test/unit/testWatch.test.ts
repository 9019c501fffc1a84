// What failed stays as it is until something is another: then it is tested again, and nothing is tested over and over.

import { expect, test } from '@jest/globals';
import { watchedFor, type WatchFacts } from '../../domain/testWatch.js';

const at = '2026-11-20T10:00:00.000Z';
const earlier = '2026-11-19T10:00:00.000Z';
const later = '2026-11-21T10:00:00.000Z';
const reached = [{ vmId: 'a', vmName: 'a', system: 'Windows Server 2022', build: '20348.1', level: [] }];

const failed: WatchFacts = {
  test: { verdict: 'failed', at, vmIds: ['a'], reached },
  revisedAt: undefined,
  askedAgainAt: undefined,
  twins: [{ vmId: 'a', build: '20348.1' }],
};

test.each<[string, Partial<WatchFacts>]>([
  ['nothing is another', {}],
  ['the vendor changed it before', { revisedAt: earlier }],
  ['somebody asked before', { askedAgainAt: earlier }],
  ['its build is not known', { twins: [{ vmId: 'a', build: null }] }],
])('left alone, and said why: %s', (_, change) => {
  expect(watchedFor({ ...failed, ...change })).toContain(`failed at ${at} and is watched`);
});

test.each<[string, Partial<WatchFacts>]>([
  ['it was never tested', { test: undefined }],
  ['it passed', { test: { verdict: 'passed', at, vmIds: ['a'] } }],
  ['its test said nothing', { test: { verdict: 'inconclusive', at, vmIds: ['a'] } }],
  ['the vendor changed its content', { revisedAt: later }],
  ['somebody asks for it', { askedAgainAt: later }],
  ['another machine stands in staging', { twins: [{ vmId: 'b', build: '20348.1' }] }],
  ['the machine has another build by now', { twins: [{ vmId: 'a', build: '20348.2' }] }],
])('tested: %s', (_, change) => {
  expect(watchedFor({ ...failed, ...change })).toBeNull();
});
