// The table of permissions: what each role may, and that the documents tell the same.

import { readFileSync } from 'node:fs';
import { expect, test } from '@jest/globals';
import { mayBy, permissions, tokenPermissions } from '../../api/permissions.js';
import { permissionsDocument } from '../../scripts/permissionsDocument.js';

test('docs/permissions.md is what the table says', () => {
  const words = (text: string) => text.replace(/-{3,}/g, '---').replace(/\s+/g, ' ');
  const written = readFileSync(new URL('../../docs/permissions.md', import.meta.url), 'utf8');
  expect(words(written)).toBe(words(permissionsDocument()));
});

test('a role opens what it is for, an unknown one nothing, and no token what needs a person', () => {
  const may = (role: string) => permissions.filter((permission) => mayBy([role], permission)).join(' ');
  expect(may('viewer')).toBe('signedIn read check');
  expect(may('approver-databases')).toBe('signedIn read acknowledge check decide');
  for (const role of ['', 'approver-', 'approver-*', 'Administrator', 'administrator ', '__proto__', 'root'])
    expect(may(role)).toBe('signedIn');
  expect(tokenPermissions).toEqual(['read', 'record', 'schedule']);
});
