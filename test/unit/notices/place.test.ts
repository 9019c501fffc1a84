// Where notices lead: whoever reads one lands where they can act, on a path that sign-in takes them back to.

import { describe, expect, test } from '@jest/globals';
import { noticeKinds } from '../../../domain/notice.js';
import { placeOf, type PlacedNotice } from '../../../domain/noticePlace.js';
import { ownPath } from '../../../domain/signIn.js';

const notice = (change: Partial<PlacedNotice>): PlacedNotice => ({
  noticeId: 'a1b2',
  kind: 'patchAnnounced',
  urgency: 'routine',
  patchId: 'KB101',
  category: 'web',
  ...change,
});

describe('a notice leads', () => {
  test.each([
    [{ kind: 'decisionNeeded' }, '/decide/web?patch=KB101'],
    [{ kind: 'decisionReminder', category: 'a b/c' }, '/decide/a%20b%2Fc?patch=KB101'],
    [{ kind: 'decisionNeeded', category: null }, '/patches/KB101'],
    [{ kind: 'testInconclusive' }, '/patches/KB101?tab=tests'],
    [{ kind: 'waiver' }, '/patches/KB101?tab=waivers'],
    [{ kind: 'channelFailing', patchId: null }, '/channels'],
    [{ kind: 'alarm', patchId: null }, '/notices/a1b2'],
    [{ kind: 'decisionNeeded', urgency: 'page' }, '/notices/a1b2'],
  ] as [Partial<PlacedNotice>, string][])('%j to %s', (change, path) => {
    expect(placeOf(notice(change))).toBe(path);
  });

  test('nowhere but into the console, whatever a vendor calls its patch', () => {
    for (const kind of noticeKinds)
      for (const patchId of ['//evil.example', '../..', 'KB1?to=//x', null]) {
        const path = placeOf(notice({ kind, patchId, category: '//evil.example' }));
        expect([path, ownPath(path)]).toEqual([path, path]);
      }
  });
});
