// A form in a dialog: what it is about, its fields, what went wrong, and the words of both ways out. What was typed stays until it is done.

import { Button, Group, Modal, Stack } from '@mantine/core';
import type { ReactNode } from 'react';
import { Failure, useRunning } from './running';

/** `onDone` instead of `onClose` where something is to be shown of what was done. */
export function FormDialog({
  title,
  yes,
  no = 'Go back',
  harms = false,
  failed,
  run,
  onClose,
  onDone = onClose,
  children,
}: {
  title: string;
  yes: string;
  no?: string;
  harms?: boolean;
  /** Title of what went wrong. */
  failed?: string;
  /** Throws what is lacking, in words. */
  run: () => Promise<void>;
  onClose: () => void;
  onDone?: () => void;
  children: ReactNode;
}) {
  const running = useRunning();
  async function go(): Promise<void> {
    if (await running.run(run)) onDone();
  }
  return (
    <Modal opened onClose={onClose} title={title} size="lg" closeOnClickOutside={false}>
      <Stack gap="sm">
        {children}
        <Failure of={running.failure} {...(failed === undefined ? {} : { title: failed })} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {no}
          </Button>
          <Button {...(harms ? { color: 'red' } : {})} loading={running.isRunning} onClick={() => void go()}>
            {yes}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
