// Whom a notice reaches by which way: those concerned, those whom policy adds, and how each of them wants it.

import { describe, expect, test } from '@jest/globals';
import { noticeProblems } from '../../../domain/noticeProblems.js';
import { everybodyOf, isMailAddress, routeNotice, stepRecipients } from '../../../domain/noticeRouting.js';
import { testRecipients, wishProblems } from '../../../domain/noticeWishes.js';
import { admin, noticePolicy, riley, routingFacts, sam, told } from '../../support/notices.js';

const reach = (...args: Parameters<typeof routeNotice>) =>
  routeNotice(...args).routed.map((one) => `${one.recipient} ${one.way}`);

const targets = [
  { name: 'ops', way: 'teams', secret: 'OPS' },
  { name: 'riley-slack', way: 'slack', secret: 'RILEY', person: 'riley' },
];

describe('without anything said', () => {
  test('those whom it concerns hear by mail, each mailbox once', () => {
    expect(
      reach(told({ to: [riley.mail, 'Riley@patchline.example', 'team@contoso.example'] }), routingFacts()),
    ).toEqual(['Riley@patchline.example mail', 'team@contoso.example mail']);
  });

  test('an owner that is no address is a problem, not a header', () => {
    const { routed } = routeNotice(told({ to: ['a@b.example\r\nBcc: c@d.example', 'the web team'] }), routingFacts());
    expect(routed.map((one) => one.problem)).toEqual(['this is not a mail address', 'this is not a mail address']);
  });
});

describe('rules of policy', () => {
  test.each([
    [
      'add roles, people, approvers and targets',
      { approvers: true, roles: ['sre'], people: ['admin'], targets: ['ops'] },
      [
        'team@contoso.example mail',
        'riley@patchline.example mail',
        'sam@patchline.example mail',
        'admin@patchline.example mail',
        'ops teams',
      ],
    ],
    ['speak of their kinds alone', { kinds: ['halted'], roles: ['sre'] }, ['team@contoso.example mail']],
    ['speak of their categories alone', { categories: ['sql'], roles: ['sre'] }, ['team@contoso.example mail']],
    ['take those whom it concerns out', { concerned: false, roles: ['sre'] }, ['sam@patchline.example mail']],
  ])('%s', (_, rule, expected) => {
    const facts = routingFacts({ targets, rules: [{ id: 'r', ...rule }] });
    expect(reach(told({ to: ['team@contoso.example'] }), facts).sort()).toEqual([...expected].sort());
  });

  test('make a kind urgent, and those whom a page concerns always hear of it', () => {
    const facts = routingFacts({ rules: [{ id: 'r', kinds: ['overdue'], urgency: 'page', concerned: false }] });
    const routing = routeNotice(told({ kind: 'overdue', to: ['team@contoso.example'] }), facts);
    expect(routing.urgency).toBe('page');
    expect(routing.routed.map((one) => one.recipient)).toContain('team@contoso.example');
  });
});

describe('own preferences', () => {
  const none = { ways: { patchAnnounced: [], decisionNeeded: [] }, quietHours: null };
  const slack = { ways: { patchAnnounced: ['riley-slack'] }, quietHours: null };

  test('silence what is neither a page nor mandatory, and that is told', () => {
    const routing = routeNotice(told(), routingFacts({}, { riley: none }));
    expect(routing).toMatchObject({ routed: [], left: [{ recipient: riley.mail }] });
  });

  test.each([
    ['what policy marks as mandatory', told({ kind: 'decisionNeeded' })],
    ['a page', told({ urgency: 'page' })],
  ])('never silence %s', (_, notice) => {
    expect(reach(notice, routingFacts({}, { riley: none }))).toContain('riley@patchline.example mail');
  });

  test('choose another own way; one that is gone falls back to mail', () => {
    expect(reach(told(), routingFacts({ targets }, { riley: slack }))).toEqual(['riley-slack slack']);
    expect(reach(told(), routingFacts({}, { riley: slack }))).toEqual(['riley@patchline.example mail']);
  });

  test('a page comes by every way that a person has', () => {
    expect(reach(told({ urgency: 'page' }), routingFacts({ targets }, { riley: none })).sort()).toEqual([
      'riley-slack slack',
      'riley@patchline.example mail',
    ]);
  });

  test.each([
    ['policy', null, '22:00'],
    ['their own', { zone: 'UTC', from: '19:00', until: '08:00' }, '19:00'],
    ['never', 'none' as const, undefined],
  ])('quiet hours: %s', (_, quietHours, from) => {
    const facts = routingFacts(
      { quietHours: { zone: 'UTC', from: '22:00', until: '06:00' } },
      { riley: { ways: {}, quietHours } },
    );
    expect(routeNotice(told(), facts).routed[0]?.quietHours?.from).toBe(from);
    expect(routeNotice(told({ urgency: 'page' }), facts).routed[0]?.quietHours).toBeNull();
  });

  test.each([
    [{ decisionNeeded: [] }, 'mandatory'],
    [{ overdue: ['ops'] }, 'ops is no way of yours'],
    [{ overdue: ['riley-slack'] }, null],
    [{ overdue: [] }, null],
    [{ overdue: ['mail'] }, null],
  ])('%j can be kept or not', (ways, problem) => {
    const problems = wishProblems('riley', ways, noticePolicy({ targets }));
    if (problem === null) expect(problems).toEqual([]);
    else expect(problems.join()).toContain(problem);
  });
});

describe('escalation', () => {
  const escalation = [
    { categories: ['web'], steps: [{ people: ['sam'] }, { targets: ['ops'] }, { roles: ['administrator'] }] },
    { steps: [{ concerned: true }] },
  ];
  const facts = routingFacts({ targets, pages: { escalation } });

  test('the list of the category counts, else the one for all', () => {
    expect(stepRecipients(0, told(), facts)).toEqual([{ recipient: sam.mail, way: 'mail' }]);
    expect(stepRecipients(1, told(), facts)).toEqual([{ recipient: 'ops', way: 'teams' }]);
    expect(stepRecipients(0, told({ category: null }), facts).map((one) => one.recipient)).toEqual([
      riley.mail,
      'riley-slack',
    ]);
    expect(stepRecipients(7, told(), facts)).toEqual([]);
  });

  test('a page is told to those whom it concerns and to the first step at once', () => {
    expect(reach(told({ urgency: 'page' }), facts).sort()).toEqual([
      'riley-slack slack',
      'riley@patchline.example mail',
      'sam@patchline.example mail',
    ]);
  });

  test('everybody is everybody, once', () => {
    expect(everybodyOf(told(), facts).map((one) => one.recipient)).toEqual([riley.mail, sam.mail, 'ops', admin.mail]);
  });

  test('names that nobody knows and steps that wake nobody are problems', () => {
    const steps = [{ people: ['nobody'] }, { roles: ['scheduler'] }];
    const problems = noticeProblems(
      routingFacts({ pages: { escalation: [{ steps }] }, rules: [{ id: 'r', people: ['gone'] }] }),
    );
    expect(problems.map((one) => one.subject)).toEqual([
      'rule r',
      'escalation of all categories, step 1',
      'escalation of all categories, step 1, reaches nobody',
      'escalation of all categories, step 2, reaches nobody',
    ]);
    expect(noticeProblems(facts)).toEqual([]);
  });
});

test.each([
  ['riley', null, [{ recipient: riley.mail, way: 'mail' }]],
  ['Riley@Patchline.example', null, [{ recipient: riley.mail, way: 'mail' }]],
  ['riley', 'slack', [{ recipient: 'riley-slack', way: 'slack' }]],
  ['ops', null, [{ recipient: 'ops', way: 'teams' }]],
  ['ops', 'slack', 'is reached by teams'],
  ['sam', 'slack', 'no target'],
  ['mallory', null, 'there are riley, sam, admin, ops, riley-slack'],
] as const)('a test to %s by %s', (to, way, expected) => {
  const found = testRecipients(to, way, [riley, sam, admin], noticePolicy({ targets }));
  if (typeof expected === 'string') expect('problem' in found && found.problem).toContain(expected);
  else expect(found).toEqual(expected);
});

test.each([
  ['web-team@contoso.example', true],
  ["o'hara+x@contoso.example", true],
  ['a@b', true],
  ['a@b.example, c@d.example', false],
  ['a@b.example\r\nBcc: c@d.example', false],
  ['<a@b.example>', false],
  ['a b@c.example', false],
  ['a@b@c.example', false],
  ['@c.example', false],
  [`${'a'.repeat(65)}@c.example`, false],
  [`a@${'b'.repeat(300)}.example`, false],
  ['a@-b.example', false],
])('%j is a mail address: %s', (text, expected) => {
  expect(isMailAddress(text)).toBe(expected);
});
