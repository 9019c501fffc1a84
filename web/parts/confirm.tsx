// Asked before something that cannot be taken back by a click: what it will do, to how many machines, and the words of both ways out.

import { Button, Group, Modal, Stack, Textarea, TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { Failure, useRunning } from './running';

export interface Question {
  title: string;
  /** What it does, with counts. */
  body: ReactNode;
  yes: string;
  no: string;
  /** Asks for a reason, with this label. */
  reason?: string;
  /** Has to be typed before it goes. */
  type?: string;
  harms?: boolean;
  run: (reason: string) => Promise<void>;
}

export function Confirm({ question, onClose }: { question: Question | null; onClose: () => void }) {
  return question === null ? null : <Asked key={question.title} question={question} onClose={onClose} />;
}

function Asked({ question, onClose }: { question: Question; onClose: () => void }) {
  const [reason, setReason] = useState('');
  const [typed, setTyped] = useState('');
  const { isRunning, failure, run } = useRunning();
  const lacks =
    question.reason !== undefined && reason.trim() === ''
      ? `${question.reason} is missing`
      : question.type !== undefined && typed !== question.type
        ? `Type ${question.type} to go on`
        : null;

  async function go(): Promise<void> {
    const isDone = await run(async () => {
      if (lacks !== null) throw new Error(lacks);
      await question.run(reason.trim());
    });
    if (isDone) onClose();
  }

  return (
    <Modal opened onClose={onClose} title={question.title} size="lg" closeOnClickOutside={false}>
      <Stack gap="sm">
        <div>{question.body}</div>
        {question.reason === undefined ? null : (
          <Textarea
            label={question.reason}
            required
            autosize
            minRows={2}
            maxRows={8}
            data-autofocus
            value={reason}
            onChange={(event) => setReason(event.currentTarget.value)}
          />
        )}
        {question.type === undefined ? null : (
          <TextInput
            label={`Type ${question.type}`}
            value={typed}
            onChange={(event) => setTyped(event.currentTarget.value)}
          />
        )}
        <Failure of={failure} />
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {question.no}
          </Button>
          <Button {...(question.harms === true ? { color: 'red' } : {})} loading={isRunning} onClick={() => void go()}>
            {question.yes}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
