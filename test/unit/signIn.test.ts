// Sessions, names, paths and claims: what decides about sign-ins, as tables.

import { expect, test } from '@jest/globals';
import { rolesFromClaims, type SignInPolicy } from '../../domain/roles.js';
import { accountName, ownPath, sessionProblem } from '../../domain/signIn.js';

const limits = { idleMinutes: 60, hoursMax: 12 };
const session = {
  sessionId: 's',
  accountId: 'a',
  startedAt: '2026-11-30T08:00:00.000Z',
  lastSeenAt: '2026-11-30T09:00:00.000Z',
  endedAt: null,
  browser: '',
  address: '',
};

test('a session ends by rest, by age, or by hand', () => {
  expect(sessionProblem(session, limits, '2026-11-30T09:59:59.999Z')).toBeNull();
  expect(sessionProblem(session, limits, '2026-11-30T10:00:00.000Z')).toMatch(/nothing was asked for 60 minutes/);
  const used = { ...session, lastSeenAt: '2026-11-30T19:59:00.000Z' };
  expect(sessionProblem(used, limits, '2026-11-30T20:00:00.000Z')).toMatch(/lasted 12 hours/);
  // Shorter limits count for sessions that are open already.
  expect(sessionProblem(session, { ...limits, hoursMax: 1 }, '2026-11-30T09:00:00.000Z')).toMatch(/lasted 1 hours/);
  expect(sessionProblem({ ...session, endedAt: session.startedAt }, limits, session.startedAt)).toMatch(/ended/);
});

test('only a path of this console is its own', () => {
  for (const path of [
    '/',
    '/today',
    '/patches/KB5094128?tab=tests',
    '/decide/cycle/2026-11/db-prod#why',
    '/a?next=https://other.example/',
    '/vms?name=%2F%2Fx',
  ])
    expect(ownPath(path)).toBe(path);
  for (const path of [
    '',
    'today',
    '//evil',
    '/\\evil',
    '\\evil',
    'https://evil',
    '/%2fevil',
    '/%252fevil',
    '/%5cevil',
    '/a//evil',
    '/\u0000',
    '/\u007f',
    '/a\nb',
    '/%0d%0aSet-Cookie:x',
    '/auth/login',
    '/AUTH/logout',
    '/%61uth/login',
    '/%',
    `/${'a'.repeat(2000)}`,
  ])
    expect([path, ownPath(path)]).toEqual([path, null]);
});

test('names are plain, and two that look alike are one', () => {
  expect(accountName(' Riley@Contoso.example ')).toBe('riley@contoso.example');
  for (const name of ['', 'r\u0456ley', 'service:ci', 'a b', 'system', 'Nobody', 'x'.repeat(101), 7, null, ['riley']])
    expect(accountName(name)).toBeNull();
});

test('only claims that policy names give roles, exactly and while they are fresh', () => {
  const policy: SignInPolicy = {
    roles: [
      { claim: 'roles', value: 'Patchline.ChangeManager', role: 'changeManager' },
      { claim: 'groups', value: 'c0ffee', role: 'approver-databases' },
      { claim: 'department', value: 'IT', role: 'viewer' },
    ],
    claimsMaxAgeDays: 30,
  };
  const at = '2026-11-30T00:00:00.000Z';
  const of = (claims: Record<string, unknown>, now = at) => rolesFromClaims(claims, at, policy, now);
  expect(of({ roles: ['Patchline.ChangeManager', 'administrator'], groups: ['c0ffee'], department: 'IT' })).toEqual([
    'approver-databases',
    'changeManager',
    'viewer',
  ]);
  for (const claims of [
    {},
    { roles: 'administrator' },
    { roles: ['patchline.changemanager'] },
    { roles: [['Patchline.ChangeManager']] },
    { roles: { 0: 'Patchline.ChangeManager' } },
    { groups: [0xc0ffee] },
    { Roles: ['Patchline.ChangeManager'] },
    JSON.parse('{"__proto__": {"department": "IT"}}') as Record<string, unknown>,
  ])
    expect(of(claims)).toEqual([]);
  const old = '2026-12-30T00:00:00.001Z';
  expect(of({ department: 'IT' }, old)).toEqual([]);
  expect(rolesFromClaims({ department: 'IT' }, 'never', policy, at)).toEqual([]);
});
