// Categories: how each is patched, what in staging stands for it, and the baselines that it should meet.

import { Stack, Text, Title } from '@mantine/core';
import { api, ask, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Choice } from '../../parts/choice';
import { counted } from '../../parts/count';
import { Link, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';
import { ProposeTwin, Twins } from './twins';

export default function CategoriesPage() {
  const { search } = useAddress();
  const categories = useRead(['categories'], () => ask(api.GET('/v1/policy/categories')));
  const baselines = useRead(['baselines'], () => ask(api.GET('/v1/baselines', { params: { query: {} } })));
  const wanted = search['category'] ?? categories.data?.[0]?.name;
  return (
    <Stack gap="lg">
      <Title order={1} size="h3">
        Categories and baselines
      </Title>
      <Block
        title="Categories"
        read={categories}
        isEmpty={(rows) => rows.length === 0}
        empty="Policy names no category."
      >
        {(rows) => (
          <RowTable
            label="Categories"
            rows={rows}
            keyOf={(row) => row.name}
            file="categories"
            columns={[
              {
                head: 'Category',
                cell: (row) => <Link to={`/categories?category=${encodeURIComponent(row.name)}`}>{row.name}</Link>,
                text: (row) => row.name,
              },
              { head: 'Order', cell: (row) => row.tier, text: (row) => row.tier, isNumber: true },
              { head: 'Rings', cell: (row) => row.rings.join(', '), text: (row) => row.rings.join(' ') },
              { head: 'Window in staging', cell: (row) => row.windows.staging, text: (row) => row.windows.staging },
              {
                head: 'Window in production',
                cell: (row) => row.windows.production,
                text: (row) => row.windows.production,
              },
              {
                head: 'Machines',
                cell: (row) => <Link to={`/vms?category=${encodeURIComponent(row.name)}`}>show</Link>,
              },
            ]}
          />
        )}
      </Block>
      <Choice
        name="category"
        label="Equivalence of"
        options={(categories.data ?? []).map((one) => ({ value: one.name, label: one.name }))}
      />
      {wanted === undefined ? null : <Equivalence category={wanted} />}
      <Twins />
      <Block
        title="Baselines"
        read={baselines}
        isEmpty={(rows) => rows.length === 0}
        empty="No baseline was captured yet: `patchline baseline capture` makes one of a golden machine."
      >
        {(rows) => (
          <RowTable
            label="Baselines"
            rows={rows}
            keyOf={(row) => `${row.name}${row.version}`}
            file="baselines"
            columns={[
              {
                head: 'Baseline',
                cell: (row) => `${row.name} ${row.version}`,
                text: (row) => `${row.name} ${row.version}`,
              },
              { head: 'Standing', cell: (row) => <Mark is={row.status} />, text: (row) => row.status },
              { head: 'Category', cell: (row) => row.category, text: (row) => row.category },
              { head: 'Captured', cell: (row) => <When at={row.at} />, text: (row) => row.at },
              { head: 'By', cell: (row) => row.author, text: (row) => row.author },
            ]}
          />
        )}
      </Block>
    </Stack>
  );
}

function Equivalence({ category }: { category: string }) {
  const read = useRead(['equivalence', category], () =>
    ask(api.GET('/v1/categories/{name}/equivalence', { params: { path: { name: category } } })),
  );
  return (
    <Block title={`What in staging stands for ${category}`} read={read}>
      {(one) => <Groups one={one} />}
    </Block>
  );
}

function Groups({ one }: { one: Schemas['EquivalenceView'] }) {
  return (
    <Stack gap="sm">
      <Text>
        {counted(one.production, 'machine')} in production, {one.staging.length} in staging; a score of{' '}
        {Math.floor(one.threshold * 100)} is needed.
      </Text>
      {one.gaps.map((gap) => (
        <div key={gap.words}>
          <Mark is="closed" word="Nothing stands for them" /> {gap.line}. {gap.remedies.join(' ')}
          <details>
            <summary>{counted(gap.machines.length, 'machine')}</summary>
            {gap.machines.map((machine) => (
              <span key={machine.vmId} style={{ marginRight: 8 }}>
                <Link to={vmPath(machine.name)}>{machine.name}</Link>
              </span>
            ))}
          </details>
          <ProposeTwin machines={gap.machines} />
        </div>
      ))}
      <RowTable
        label="Groups"
        rows={one.groups}
        keyOf={(group) => group.machines.map((machine) => machine.vmId).join()}
        file={`equivalence-${one.category}`}
        columns={[
          {
            head: 'Staging machine',
            cell: (group) => (group.best === null ? '–' : <Link to={vmPath(group.best.twin)}>{group.best.twin}</Link>),
            text: (group) => group.best?.twin ?? null,
          },
          {
            head: 'Stands',
            cell: (group) => (
              <Mark
                is={group.best?.stands === true ? 'gateOpen' : 'closed'}
                word={group.best?.stands === true ? 'Yes' : 'No'}
              />
            ),
          },
          {
            head: 'Score',
            cell: (group) => Math.floor((group.best?.score ?? 0) * 100),
            text: (group) => Math.floor((group.best?.score ?? 0) * 100),
            isNumber: true,
          },
          {
            head: 'Machines',
            cell: (group) => group.machines.map((machine) => machine.name).join(', '),
            text: (group) => group.machines.map((machine) => machine.name).join(' '),
          },
          {
            head: 'Differences',
            cell: (group) => group.best?.differences.map((one) => one.words).join('; ') ?? '',
            text: (group) => group.best?.differences.map((one) => one.words).join('; ') ?? '',
          },
        ]}
      />
    </Stack>
  );
}
