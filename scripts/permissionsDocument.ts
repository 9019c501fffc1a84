// docs/permissions.md, written from the table that the API itself uses.

import { permissions, rolesFor, ruleOf, tableRoles, tokenPermissions } from '../api/permissions.js';

export function permissionsDocument(): string {
  const head = ['permission', ...tableRoles, 'service token', 'lets them'];
  const rows = permissions.map((permission) => [
    `\`${permission}\``,
    ...tableRoles.map((role) => (rolesFor(permission).includes(role) ? 'yes' : '')),
    tokenPermissions.some((one) => one === permission) ? 'if made for it' : '',
    ruleOf(permission).means,
  ]);
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`;
  return `# Permissions

Written by \`node --import tsx scripts/permissions.ts\` from \`api/permissions.ts\`; a test fails when it is stale. Every route of the API names one of these permissions, or \`public\`, or the API
does not start.

${[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')}

- \`approver-*\`: groups of approvers, which policy names where it says who decides, such as \`approver-databases\`.
- People get roles from \`people.json\`, or from claims of the identity provider by \`signIn.roles\` of the policy. Whoever has no role may be asked who they are, and nothing else.
- What a role opens is a door: who may decide on what is judged by the rules of approval and by separation of duties, each time.
- A service token never decides: it has no role, and what needs a person refuses it.
`;
}
