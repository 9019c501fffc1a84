// A patch on its machines: by run, with how each ended.

import { api, ask, type Schemas } from '../../api/client';
import { Link, runPath, vmPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { RowTable } from '../../parts/table';
import { Text } from '@mantine/core';
import { useRead } from '../../api/queries';
import { Readable } from '../../parts/block';
import { When } from '../../parts/when';

type Patch = Schemas['PatchDetail'];

export function Deployment({ patch }: { patch: Patch }) {
  const incidents = useRead(['incidents', patch.patchId], () =>
    ask(api.GET('/v1/incidents', { params: { query: { patchId: patch.patchId } } })),
  );
  return (
    <>
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
      <Readable read={incidents} height={20}>
        {(held) => (
          <ul>
            {held.map((one) => (
              <li key={one.incidentId}>
                Incident {one.provider} {one.number}: {one.title}, opened <When at={one.openedAt} />
                {one.closedAt === null ? '' : `, closed: ${one.outcome ?? ''}`}
              </li>
            ))}
          </ul>
        )}
      </Readable>
    </>
  );
}
