// Who may do what, as the table of permissions says it: the documentation's own, so that no page tells another story than the API.

import table from '../../docs/permissions.md?raw';

export interface PermissionWords {
  roles: string[];
  /** What it lets somebody do. */
  means: string;
  /** A pipeline's token can be made for it. */
  token: boolean;
}

const rows = table
  .split('\n')
  .flatMap((line) => (line.startsWith('|') ? [line.split('|').map((cell) => cell.trim())] : []));
const [heads = []] = rows;

const known = new Map(
  rows.slice(2).map((cells): [string, PermissionWords] => [
    (cells[1] ?? '').replaceAll('`', ''),
    {
      roles: heads.filter((_, index) => cells[index] === 'yes'),
      means: cells.at(-2) ?? '',
      token: cells[heads.indexOf('service token')] === 'if made for it',
    },
  ]),
);

export const permissionWords = [...known];

/** `alex (auditor) may not: it takes one of the roles sre, administrator.` */
export function lackWords(permission: string, { name, roles }: { name: string; roles: string[] }): string {
  const allowed = known.get(permission)?.roles.join(', ') ?? 'none that is known';
  return `${name} (${roles.join(', ') || 'no role'}) may not: it takes one of the roles ${allowed}.`;
}
