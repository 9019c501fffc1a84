// The very text that a signature would cover.

import { Button, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask } from '../../api/client';
import { bodyOf } from './order';
import type { Seen } from './shown';

/** Rehearsed by the API: the very text that a signature would cover. */
export function Exactly({
  category,
  seen,
  out,
  words,
}: {
  category: string;
  seen: Seen;
  out: ReadonlySet<string>;
  words: string;
}) {
  const [text, setText] = useState<string | null>(null);
  async function rehearse(): Promise<void> {
    const order = { verdict: 'approve', justification: words.trim() || 'to be written', deferUntil: null } as const;
    const answer = await ask(
      api.POST('/v1/categories/{category}/decisions', {
        params: { path: { category } },
        body: { ...bodyOf(seen, out, order), dryRun: true },
      }),
    );
    setText(answer.text);
  }
  return (
    <section aria-label="What is signed">
      <Text size="sm">
        Signs {seen.shown.length === 1 ? 'the request' : `${seen.shown.length} requests, each by its digest`}:{' '}
        {seen.shown.map(({ request }) => (
          <code key={request.requestId} style={{ marginRight: 8 }}>
            {request.digest.slice(0, 8)}…{request.digest.slice(-4)}
          </code>
        ))}
        <Button variant="default" onClick={() => void rehearse().catch((failure: Error) => setText(failure.message))}>
          See exactly
        </Button>
      </Text>
      {text === null ? null : (
        <pre className="plain-text" tabIndex={0} aria-label="The text of an approval">
          {text}
        </pre>
      )}
    </section>
  );
}
