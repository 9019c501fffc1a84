// Everything that awaits a decision, by category: that is how it is decided.

import { Stack, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { Block } from '../../parts/block';
import { counted } from '../../parts/count';
import { decidePath, Link, patchPath } from '../../parts/link';
import type { Column } from '../../parts/column';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

type Waiting = Schemas['WaitingView'];

const columns: Column<Waiting>[] = [
  { head: 'Patch', cell: (row) => <Link to={patchPath(row.patchId)}>{row.patchId}</Link>, text: (row) => row.patchId },
  {
    head: 'Category',
    cell: (row) => <Link to={decidePath(row.category, row.patchId)}>{row.category}</Link>,
    text: (row) => row.category,
  },
  { head: 'Tier', cell: (row) => row.tier ?? '–', text: (row) => row.tier },
  { head: 'Due', cell: (row) => <When at={row.deadline} />, text: (row) => row.deadline },
  { head: 'Because', cell: (row) => row.reason ?? '–', text: (row) => row.reason },
  { head: 'Machines', cell: (row) => row.machines, text: (row) => row.machines, isNumber: true },
  { head: 'Overdue', cell: (row) => row.overdue, text: (row) => row.overdue, isNumber: true },
  { head: 'Decide by', cell: (row) => <When at={row.expiresAt} />, text: (row) => row.expiresAt },
];

export default function DecisionsPage() {
  const waiting = useRead(
    ['requests', 'waiting'],
    () => ask(api.GET('/v1/requests/waiting')),
    (change) => change.patchId !== null,
  );
  const navigate = useNavigate();
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Decide
      </Title>
      <Block
        title="Categories"
        read={waiting}
        isEmpty={(rows) => rows.length === 0}
        empty="No decision waits. Patches are asked about once their test has passed."
      >
        {(rows) => (
          <ul>
            {[...new Set(rows.map((row) => row.category))].map((category) => {
              const mine = rows.filter((row) => row.category === category);
              return (
                <li key={category}>
                  <Link to={decidePath(category)}>
                    {`${category}: ${counted(mine.length, 'patch', 'patches')} together`}
                  </Link>
                </li>
              );
            })}
          </ul>
        )}
      </Block>
      <Block title="One by one" read={waiting} isEmpty={(rows) => rows.length === 0} empty="Nothing waits.">
        {(rows) => (
          <RowTable
            label="Waiting decisions"
            rows={rows}
            columns={columns}
            keyOf={(row) => row.requestId}
            file="waiting-decisions"
            onOpen={(row) => void navigate({ to: decidePath(row.category, row.patchId) })}
          />
        )}
      </Block>
    </Stack>
  );
}
