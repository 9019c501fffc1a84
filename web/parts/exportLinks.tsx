// The whole list behind a page, with its filters, as a file that the server writes.

import { Anchor, Group, Text } from '@mantine/core';

export function ExportLinks({ list, filters }: { list: string; filters: Record<string, string | number | undefined> }) {
  const words = new URLSearchParams(
    Object.entries(filters).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]])),
  ).toString();
  const address = (format: string) =>
    `/v1/exports?${new URLSearchParams({ list: words === '' ? list : `${list}?${words}`, format }).toString()}`;
  return (
    <Group gap="xs">
      <Text size="sm">Export all that match:</Text>
      {['csv', 'xlsx', 'json'].map((format) => (
        <Anchor key={format} href={address(format)} download underline="always" size="sm">
          {format.toUpperCase()}
        </Anchor>
      ))}
    </Group>
  );
}
