// A button for what not everybody may do. Whoever may not can still reach it, and it says who may; the API judges each request by itself.

import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe } from '../api/session';
import { lackWords } from './permission';

export function Act({
  needs,
  onClick,
  children,
  ...look
}: ButtonProps & { needs: string; onClick: () => void; children: ReactNode }) {
  const me = useMe();
  if (me.permissions.includes(needs))
    return (
      <Button {...look} onClick={onClick}>
        {children}
      </Button>
    );
  const lack = lackWords(needs, me);
  return (
    <Tooltip label={lack} events={{ hover: true, focus: true, touch: true }} multiline maw={320}>
      <Button {...look} data-disabled aria-disabled aria-description={lack}>
        {children}
      </Button>
    </Tooltip>
  );
}
