// A part of a page that is read by itself: while it loads, when it fails, when it is old, and when it is empty. One that fails takes no other with it.

import { Alert, Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useEffect, useId, useState, type ReactNode } from 'react';
import type { UseQueryResult } from '@tanstack/react-query';
import { Refused } from '../api/client';
import { ageWords } from './when';

/** Nothing for a second: most answers are there by then, and nothing flickers. */
const quietMs = 1000;

export function Block<T>({
  title,
  read,
  children,
  aside,
  isEmpty,
  empty,
  level = 2,
  height = 120,
}: {
  title: string;
  read: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  aside?: ReactNode;
  isEmpty?: (data: T) => boolean;
  empty?: ReactNode;
  level?: 2 | 3;
  /** Of the skeleton, so that nothing moves when the answer comes. */
  height?: number;
}) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <Group justify="space-between" mb={6} wrap="wrap" gap="xs">
        <Title order={level} size={level === 2 ? 'h4' : 'h5'} id={id}>
          {title}
        </Title>
        {aside}
      </Group>
      <Readable read={read} height={height}>
        {(data) => (isEmpty?.(data) === true ? <Text c="dimmed">{empty ?? 'Nothing yet.'}</Text> : children(data))}
      </Readable>
    </section>
  );
}

export function Readable<T>({
  read,
  children,
  height = 120,
}: {
  read: UseQueryResult<T>;
  children: (data: T) => ReactNode;
  height?: number;
}) {
  if (read.data === undefined && read.error === null) return <Late height={height} />;
  // What is not there yet is no failure: the API says when it comes.
  if (read.data === undefined && read.error instanceof Refused && read.error.status === 404)
    return <Text c="dimmed">{read.error.message}</Text>;
  if (read.data === undefined)
    return (
      <Alert color="red" title="This could not be read" role="alert">
        <Stack gap="xs" align="flex-start">
          <Text size="sm">{read.error?.message}</Text>
          <Button variant="default" onClick={() => void read.refetch()}>
            Try again
          </Button>
        </Stack>
      </Alert>
    );
  return (
    <>
      {read.error === null ? null : (
        <Text size="sm" role="status" style={{ color: 'var(--mark-ink-amber)' }}>
          ◷ As of {ageWords(new Date(read.dataUpdatedAt).toISOString(), Date.now())}: {read.error.message}
        </Text>
      )}
      {children(read.data)}
    </>
  );
}

function Late({ height }: { height: number }) {
  const [late, setLate] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setLate(true), quietMs);
    return () => clearTimeout(timer);
  }, []);
  return (
    <div style={{ minHeight: height }} aria-busy="true">
      {late ? <Skeleton height={height} aria-label="Loading" /> : null}
    </div>
  );
}
