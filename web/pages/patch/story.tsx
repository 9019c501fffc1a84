// The life of a patch as the audit log tells it, newest first.

import { Stack, Text } from '@mantine/core';
import { api, ask } from '../../api/client';
import { useRead } from '../../api/queries';
import { Readable } from '../../parts/block';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

export function Story({ patchId }: { patchId: string }) {
  const read = useRead(
    ['history', patchId],
    () => ask(api.GET('/v1/patches/{patchId}/history', { params: { path: { patchId } } })),
    (change) => change.patchId === patchId,
  );
  return (
    <Readable read={read} height={300}>
      {(history) => (
        <Stack gap="sm">
          <Text size="sm">
            From {history.source.channel}, {history.source.document}; known since <When at={history.firstSeenAt} />
          </Text>
          {history.rollbacks.length === 0 ? null : (
            <ul>
              {history.rollbacks.map((back) => (
                <li key={`${back.vmName}${back.at}`}>
                  {back.vmName} was rolled back <When at={back.at} />: {back.why} ({back.how})
                </li>
              ))}
            </ul>
          )}
          <RowTable
            label="Story"
            rows={history.timeline.toReversed()}
            keyOf={(event) => String(event.seq)}
            file={`story-${patchId}`}
            columns={[
              { head: 'When', cell: (event) => <When at={event.at} />, text: (event) => event.at },
              { head: 'What', cell: (event) => event.what, text: (event) => event.what },
              { head: 'Who', cell: (event) => event.who, text: (event) => event.who },
              { head: 'Why', cell: (event) => event.why, text: (event) => event.why },
            ]}
          />
        </Stack>
      )}
    </Readable>
  );
}
