// A button for what not everybody may do. Whoever may not can still reach it, and it says who may; the API judges each request by itself.

import { Button, Tooltip, type ButtonProps } from '@mantine/core';
import type { ReactNode } from 'react';
import { useMe, type Me } from '../api/session';
import { lackWords } from './permission';

/** `needs`: a permission. `closed`: why it is closed to whoever looks, where more than roles says so; null: it is open. */
export function Act({
  onClick,
  children,
  ...given
}: ButtonProps & ({ needs: string } | { closed: string | null }) & { onClick: () => void; children: ReactNode }) {
  const me = useMe();
  const { lack, look } = lackOf(given, me);
  if (lack === null)
    return (
      <Button {...look} onClick={onClick}>
        {children}
      </Button>
    );
  return (
    <Tooltip label={lack} events={{ hover: true, focus: true, touch: true }} multiline maw={320}>
      <Button {...look} data-disabled aria-disabled aria-description={lack}>
        {children}
      </Button>
    </Tooltip>
  );
}

function lackOf(
  given: ButtonProps & ({ needs: string } | { closed: string | null }),
  me: Me,
): { lack: string | null; look: ButtonProps } {
  if ('closed' in given) {
    const { closed, ...look } = given;
    return { lack: closed, look };
  }
  const { needs, ...look } = given;
  return { lack: me.permissions.includes(needs) ? null : lackWords(needs, me), look };
}
