// The machines of the fleet, page by page as the server filters them.

import { Group, Stack, Text, Title } from '@mantine/core';
import { useNavigate } from '@tanstack/react-router';
import { api, ask, askPage, type Schemas } from '../../api/client';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Choice } from '../../parts/choice';
import { ExportLinks } from '../../parts/exportLinks';
import { Filter } from '../../parts/filter';
import { Link, patchPath, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { usePages } from '../../parts/pages';
import type { Column } from '../../parts/column';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

type Vm = Schemas['VmSummary'];

const columns: Column<Vm>[] = [
  { head: 'Machine', cell: (vm) => <Link to={vmPath(vm.name)}>{vm.name}</Link>, text: (vm) => vm.name },
  { head: 'Environment', cell: (vm) => vm.environment, text: (vm) => vm.environment },
  { head: 'Category', cell: (vm) => vm.category ?? <Mark is="unknown" word="none" />, text: (vm) => vm.category },
  {
    head: 'System',
    cell: (vm) => `${vm.osName ?? 'unknown'} ${vm.build ?? ''}`,
    text: (vm) => `${vm.osName ?? ''} ${vm.build ?? ''}`,
  },
  { head: 'Power', cell: (vm) => vm.power, text: (vm) => vm.power },
  {
    head: 'Lacks',
    cell: (vm) =>
      vm.missing === null && vm.needed.length === 0 ? (
        <Mark is="unknown" word="never assessed" />
      ) : vm.needed.length === 0 ? (
        'nothing'
      ) : (
        vm.needed.slice(0, 3).map((patchId) => (
          <span key={patchId} style={{ marginRight: 6 }}>
            <Link to={patchPath(patchId)}>{patchId}</Link>
          </span>
        ))
      ),
    text: (vm) => vm.needed.join(' '),
  },
  {
    head: 'Due',
    cell: (vm) =>
      vm.deadline === null ? (
        '–'
      ) : (
        <>
          <When at={vm.deadline} /> {vm.tier}
        </>
      ),
    text: (vm) => vm.deadline,
  },
];

const pageSize = 200;

/** An address may say anything. */
function environmentOf(word: string | undefined): 'production' | 'staging' | undefined {
  return word === 'production' || word === 'staging' ? word : undefined;
}

export default function VmsPage() {
  const { search } = useAddress();
  const navigate = useNavigate();
  const categories = useRead(['categories'], () => ask(api.GET('/v1/policy/categories')));
  const { category, name } = search;
  const environment = environmentOf(search['environment']);
  const filters = {
    ...(environment === undefined ? {} : { environment }),
    ...(category === undefined ? {} : { category }),
    ...(name === undefined ? {} : { name }),
  };
  const { read, rows, more } = usePages(['vms', filters], (after) =>
    askPage(
      api.GET('/v1/vms', {
        params: { query: { ...filters, limit: pageSize, ...(after === undefined ? {} : { after }) } },
      }),
    ),
  );
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Machines
      </Title>
      <Group gap="sm" align="flex-end">
        <Filter name="name" label="Name contains" />
        <Choice
          name="environment"
          label="Environment"
          options={['production', 'staging'].map((value) => ({ value, label: value }))}
        />
        <Choice
          name="category"
          label="Category"
          options={(categories.data ?? []).map((one) => ({ value: one.name, label: one.name }))}
        />
      </Group>
      <Block
        title="Machines"
        read={read}
        isEmpty={() => rows.length === 0}
        empty="No machine matches. An inventory synchronisation finds new ones."
        height={400}
        aside={<ExportLinks list="/v1/vms" filters={filters} />}
      >
        {() => (
          <RowTable
            label="Machines"
            rows={rows}
            columns={columns}
            keyOf={(vm) => vm.vmId}
            more={more}
            onOpen={(vm) => void navigate({ to: vmPath(vm.name) })}
          />
        )}
      </Block>
      <Text size="sm" c="dimmed">
        Unknown is never counted as complete.
      </Text>
    </Stack>
  );
}
