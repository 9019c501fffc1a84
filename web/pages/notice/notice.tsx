// One notice: what it said, whom it reached, and, of a page, the word that it is somebody's now.

import { Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { api, ask } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Act } from '../../parts/act';
import { Readable } from '../../parts/block';
import { Link } from '../../parts/link';
import { When } from '../../parts/when';

export default function NoticePage() {
  const { params } = useAddress();
  const id = params['id'] ?? '';
  const [problem, setProblem] = useState<string | null>(null);
  const read = useRead(['notice', id], () =>
    ask(api.GET('/v1/notices/{noticeId}', { params: { path: { noticeId: id } } })),
  );
  async function acknowledge(): Promise<void> {
    try {
      await ask(
        api.POST('/v1/notices/{noticeId}/acknowledgement', { params: { path: { noticeId: id } }, body: { note: '' } }),
      );
      await queries.invalidateQueries();
    } catch (failure) {
      setProblem(failure instanceof Error ? failure.message : String(failure));
    }
  }
  return (
    <Readable read={read}>
      {(notice) => (
        <Stack gap="sm">
          <Title order={1} size="h3">
            {notice.subject}
          </Title>
          <Text>
            Told <When at={notice.toldAt} />
            {notice.acknowledgedBy === null ? '' : `; ${notice.acknowledgedBy} has it`}
          </Text>
          {notice.lines.map((line, index) => (
            // oxlint-disable-next-line react/no-array-index-key -- lines of one text, which never changes
            <Text key={index} className="plain-text">
              {line}
            </Text>
          ))}
          {notice.place === null ? null : (
            <Text>
              <Link to={notice.place}>Go to where it is acted on</Link>
            </Text>
          )}
          {notice.pageState !== null && notice.acknowledgedBy === null ? (
            <Act needs="acknowledge" style={{ alignSelf: 'flex-start' }} onClick={() => void acknowledge()}>
              Acknowledge: it is mine
            </Act>
          ) : null}
          {problem === null ? null : <Text role="alert">{problem}</Text>}
          <ul>
            {notice.deliveries.map((one) => (
              <li key={one.deliveryId}>
                {one.recipient} by {one.way}: {one.state} {one.problem ?? ''}
              </li>
            ))}
          </ul>
        </Stack>
      )}
    </Readable>
  );
}
