// What was signed just now, and what of it counts.

import { Stack, Text, Title } from '@mantine/core';
import type { Schemas } from '../../api/client';
import { Link, patchPath } from '../../parts/link';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';

export function Signed({ result, category }: { result: Schemas['BundleView']; category: string }) {
  const refused = result.entries.filter((entry) => entry.standing !== 'counts');
  return (
    <Stack gap="sm" role="status">
      <Title order={2} size="h4">
        Signed by {result.by} at <When at={result.at} />
      </Title>
      <Text>
        {result.entries.length - refused.length} of {result.entries.length} count.
      </Text>
      <ul>
        {result.entries.map((entry) => (
          <li key={entry.requestId}>
            <Mark is={entry.standing === 'counts' ? entry.verdict : 'refused'} />{' '}
            <Link to={patchPath(entry.patchId)}>{entry.patchId}</Link> {entry.reasons.join('; ')}
          </li>
        ))}
      </ul>
      <Text size="sm">
        Bundle <code>{result.bundleId}</code>, digest <code>{result.digest}</code>
      </Text>
      <Link to={`/decide/${encodeURIComponent(category)}?after=${result.bundleId}`}>
        What still waits for {category}
      </Link>
    </Stack>
  );
}
