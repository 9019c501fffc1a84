// Asked before something that cannot be taken back by a click: what it will do, to how many machines, and the words of both ways out.

import { TextInput } from '@mantine/core';
import { useState, type ReactNode } from 'react';
import { FormDialog } from './formDialog';
import { Words } from './words';

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
  const lacks =
    question.reason !== undefined && reason.trim() === ''
      ? `${question.reason} is missing`
      : question.type !== undefined && typed !== question.type
        ? `Type ${question.type} to go on`
        : null;

  async function run(): Promise<void> {
    if (lacks !== null) throw new Error(lacks);
    await question.run(reason.trim());
  }

  return (
    <FormDialog
      title={question.title}
      yes={question.yes}
      no={question.no}
      harms={question.harms ?? false}
      run={run}
      onClose={onClose}
    >
      <div>{question.body}</div>
      {question.reason === undefined ? null : (
        <Words label={question.reason} value={reason} onChange={setReason} focused />
      )}
      {question.type === undefined ? null : (
        <TextInput
          label={`Type ${question.type}`}
          value={typed}
          onChange={(event) => setTyped(event.currentTarget.value)}
        />
      )}
    </FormDialog>
  );
}
