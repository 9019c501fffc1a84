// A link inside of the console.

import { Anchor } from '@mantine/core';
import { Link as RouterLink } from '@tanstack/react-router';
import type { ReactNode } from 'react';

export function Link({ to, children }: { to: string; children: ReactNode }) {
  const [path, query] = to.split('?');
  const search = query === undefined ? {} : Object.fromEntries(new URLSearchParams(query));
  return (
    <Anchor component={RouterLink} to={path ?? to} search={search as never} underline="always">
      {children}
    </Anchor>
  );
}

export function patchPath(patchId: string): string {
  return `/patches/${encodeURIComponent(patchId)}`;
}

export function vmPath(name: string): string {
  return `/vms/${encodeURIComponent(name)}`;
}

export function runPath(runKey: string): string {
  return `/maintenance/run?key=${encodeURIComponent(runKey)}`;
}

export function decidePath(category: string, patchId?: string): string {
  return `/decide/${encodeURIComponent(category)}${patchId === undefined ? '' : `?patch=${encodeURIComponent(patchId)}`}`;
}
