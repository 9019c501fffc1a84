// A patch on its machines: by run, with how each ended.

import type { Schemas } from '../../api/client';
import { Link, runPath, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { Stack, Text } from '@mantine/core';
import { Incidents } from './incidents';

type Patch = Schemas['PatchDetail'];

export function Deployment({ patch }: { patch: Patch }) {
  return (
    <Stack gap="md">
      {patch.machines.length === 0 ? (
        <Text c="dimmed">It is on no machine by Patchline yet.</Text>
      ) : (
        <RowTable
          label="Machines"
          rows={patch.machines}
          keyOf={(row) => `${row.runKey}${row.vmId}`}
          file={`machines-${patch.patchId}`}
          columns={[
            {
              head: 'Machine',
              cell: (row) => <Link to={vmPath(row.vmName)}>{row.vmName}</Link>,
              text: (row) => row.vmName,
            },
            {
              head: 'Run',
              cell: (row) => <Link to={runPath(row.runKey)}>{row.runKey.replace('maintenance/', '')}</Link>,
              text: (row) => row.runKey,
            },
            { head: 'State', cell: (row) => <Mark is={row.state} />, text: (row) => row.state },
            { head: 'Why', cell: (row) => row.reason ?? '', text: (row) => row.reason },
          ]}
        />
      )}
      <Incidents patchId={patch.patchId} />
    </Stack>
  );
}
