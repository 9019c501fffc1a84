// What was told to whom by which way, and what did not arrive.

import { Stack, Title } from '@mantine/core';
import { api, askPage } from '../../api/client';
import { useAddress } from '../../app/address';
import { Block } from '../../parts/block';
import { Choice } from '../../parts/choice';
import { Link } from '../../parts/link';
import { usePages } from '../../parts/pages';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';

export default function NoticesPage() {
  const { search } = useAddress();
  const isProblems = search['problems'] === 'true';
  const { read, rows, more } = usePages(['notices', isProblems], (after) =>
    askPage(
      api.GET('/v1/notices', {
        params: {
          query: {
            limit: 200,
            ...(isProblems ? { problems: 'true' as const } : {}),
            ...(after === undefined ? {} : { after }),
          },
        },
      }),
    ),
  );
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Notices
      </Title>
      <Choice name="problems" label="Which" options={[{ value: 'true', label: 'that did not arrive' }]} />
      <Block title="Deliveries" read={read} isEmpty={() => rows.length === 0} empty="Nothing was told." height={300}>
        {() => (
          <RowTable
            label="Deliveries"
            rows={rows}
            keyOf={(row) => row.deliveryId}
            more={more}
            file="notices"
            columns={[
              { head: 'When', cell: (row) => <When at={row.toldAt} />, text: (row) => row.toldAt },
              {
                head: 'What',
                cell: (row) => <Link to={`/notices/${row.noticeId}`}>{row.subject}</Link>,
                text: (row) => row.subject,
              },
              { head: 'Kind', cell: (row) => row.kind, text: (row) => row.kind },
              { head: 'To', cell: (row) => row.recipient, text: (row) => row.recipient },
              { head: 'Way', cell: (row) => row.way, text: (row) => row.way },
              { head: 'State', cell: (row) => row.state, text: (row) => row.state },
              { head: 'Problem', cell: (row) => row.problem ?? '', text: (row) => row.problem },
            ]}
          />
        )}
      </Block>
    </Stack>
  );
}
