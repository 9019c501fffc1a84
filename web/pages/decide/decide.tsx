// Decide: everything that a careful person has to see before a name stands under it, and exactly what is signed. It never changes by itself.

import { Stack, Text, Title } from '@mantine/core';
import { api, ask } from '../../api/client';
import { useRead } from '../../api/queries';
import { useAddress } from '../../app/address';
import { Readable } from '../../parts/block';
import { Link } from '../../parts/link';
import { Form } from './form';
import { Receipt } from './receipt';
import type { Seen, Shown } from './shown';

/** Of everything that is shown, or nothing: half of the evidence cannot be signed. */
async function readAll(category: string, patchId: string | undefined): Promise<Seen> {
  const query = { category, ...(patchId === undefined ? {} : { patches: patchId }) };
  const bundle = await ask(api.GET('/v1/decisions/waiting', { params: { query } }));
  const shown = await Promise.all(
    bundle.requests.map(async (waiting): Promise<Shown> => {
      const patch = await ask(api.GET('/v1/patches/{patchId}', { params: { path: { patchId: waiting.patchId } } }));
      const request = patch.requests.find((one) => one.requestId === waiting.requestId);
      if (request === undefined) throw new Error(`${waiting.patchId} changed while it was read: look again`);
      return { patch, request };
    }),
  );
  return { bundle, shown };
}

export default function DecidePage() {
  const { params, search } = useAddress();
  const category = params['category'] ?? '';
  const patchId = search['patch'];
  const read = useRead(['decide', category, patchId ?? ''], () => readAll(category, patchId));
  return (
    <Stack gap="md">
      <Title order={1} size="h3">
        Decide: {category}
        {patchId === undefined ? '' : `, ${patchId} alone`}
      </Title>
      <Readable read={read} height={400}>
        {(seen) =>
          seen.shown.length === 0 ? (
            <Nothing category={category} patchId={patchId} />
          ) : (
            <Form
              key={seen.bundle.bundleDigest}
              category={category}
              seen={seen}
              again={() => void read.refetch()}
              isOld={read.error !== null}
            />
          )
        }
      </Readable>
    </Stack>
  );
}

function Nothing({ category, patchId }: { category: string; patchId: string | undefined }) {
  return (
    <>
      <Text>
        No decision on {patchId ?? category} waits now. What was decided stands below
        {patchId === undefined ? ' at each patch' : ''}.
      </Text>
      {patchId === undefined ? (
        <Link to="/decide">What waits elsewhere</Link>
      ) : (
        <Receipt patchId={patchId} category={category} />
      )}
    </>
  );
}
