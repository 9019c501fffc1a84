// The form of a decision: what changed meanwhile, the evidence, the words, and one of three ways. Half of the evidence is never signed.

import { Alert, Button, Group, Stack, Text, Textarea } from '@mantine/core';
import { useEffect, useRef, useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { useDraft } from '../../api/draft';
import { watchChanges } from '../../api/live';
import { Act } from '../../parts/act';
import { Confirm, type Question } from '../../parts/confirm';
import { counted } from '../../parts/count';
import { When, leftWords, minutesWords } from '../../parts/when';
import { Evidence } from './evidence';
import { Exactly } from './exactly';
import { bodyOf, type Order } from './order';
import { questionOf } from './question';
import type { Seen } from './shown';
import { Signed } from './signed';
import { Checks, Patches, Since } from './subject';

/** Whether anything of it changed since it was read; the page itself stays as it was seen. */
function useChanged(seen: Seen): string[] {
  const [changed, setChanged] = useState<string[]>([]);
  useEffect(() => {
    const patchIds = new Set(seen.shown.map(({ patch }) => patch.patchId));
    return watchChanges((changes) => {
      const mine = changes?.filter((one) => one.patchId !== null && patchIds.has(one.patchId)).map((one) => one.what);
      if (mine === undefined) setChanged((before) => [...before, 'much has happened since']);
      else if (mine.length > 0) setChanged((before) => [...before, ...mine].slice(-20));
    });
  }, [seen]);
  return changed;
}

export function Form({
  category,
  seen,
  again,
  isOld,
}: {
  category: string;
  seen: Seen;
  again: () => void;
  isOld: boolean;
}) {
  const { bundle, shown } = seen;
  const place = `decide/${category}/${shown.length === 1 ? (shown[0]?.patch.patchId ?? '') : ''}`;
  const [words, write] = useDraft(place);
  const [out, setOut] = useState<ReadonlySet<string>>(new Set());
  const [question, setQuestion] = useState<Question | null>(null);
  const [result, setResult] = useState<Schemas['BundleView'] | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const sent = useRef<{ key: string; bundleId: string } | null>(null);
  const changed = useChanged(seen);
  const now = Date.now();
  const chosen = shown.filter(({ patch }) => !out.has(patch.patchId));
  const machines = new Set(chosen.flatMap(({ request }) => request.rings.flatMap((ring) => ring.names))).size;

  if (result !== null) return <Signed result={result} category={category} />;

  async function sign(order: Order): Promise<void> {
    const body = bodyOf(seen, out, order);
    // A second click of the same order is the same decision; another order is another one.
    const key = JSON.stringify(body);
    if (sent.current?.key !== key) sent.current = { key, bundleId: crypto.randomUUID() };
    const { bundleId } = sent.current;
    const answer = await ask(
      api.POST('/v1/categories/{category}/decisions', {
        params: { path: { category } },
        body: { ...body, bundleId, dryRun: false },
      }),
    );
    write('');
    setResult(answer);
  }

  function consider(verdict: 'approve' | 'defer' | 'reject'): void {
    const lacks = isOld
      ? 'What is shown is old and could not be read anew: nothing can be signed.'
      : chosen.length === 0
        ? 'Every patch is left out: nothing is decided.'
        : words.trim() === ''
          ? 'A justification is missing: it is read by approvers after you, and by auditors.'
          : null;
    setProblem(lacks);
    if (lacks !== null) return;
    setQuestion(
      questionOf(verdict, {
        category,
        chosen,
        machines,
        out: out.size,
        sign: (deferUntil) => sign({ verdict, justification: words.trim(), deferUntil }),
      }),
    );
  }

  return (
    <Stack gap="md">
      <Text>
        <b>
          {counted(chosen.length, 'patch', 'patches')} for {counted(machines, 'machine')}
        </b>
        ;{' '}
        {bundle.deadline === null ? (
          'no deadline'
        ) : (
          <>
            due <When at={bundle.deadline} />
          </>
        )}
        {bundle.decideBy === null ? null : (
          <>
            ; the request expires <When at={bundle.decideBy} /> ({leftWords(bundle.decideBy, now)}): silence approves
            nothing
          </>
        )}
        ; down {minutesWords(bundle.downtimeMinutes.longest)} at most as tested, {counted(bundle.reboots, 'restart')} in
        test
      </Text>
      {changed.length === 0 ? null : (
        <Alert color="violet" variant="outline" title="Changed since you looked" role="status">
          <ul>
            {[...new Set(changed)].map((what) => (
              <li key={what}>{what}</li>
            ))}
          </ul>
          <Button variant="default" onClick={again}>
            Show it as it is now
          </Button>
        </Alert>
      )}
      <Since shown={shown} />
      <Checks chosen={chosen} />
      <Patches shown={shown} out={out} setOut={setOut} />
      <Evidence category={category} shown={chosen} />
      <Exactly category={category} seen={seen} out={out} words={words} />
      <section aria-label="Your decision">
        <Textarea
          label="Justification"
          description="Kept with the decision for good. It stays in this browser until you sign."
          required
          autosize
          minRows={3}
          maxRows={12}
          value={words}
          onChange={(event) => write(event.currentTarget.value)}
          {...(problem === null ? {} : { error: problem })}
        />
        <Group mt="sm" justify="flex-end">
          <Act closed={bundle.closed} variant="default" onClick={() => consider('reject')}>
            Reject…
          </Act>
          <Act closed={bundle.closed} variant="default" onClick={() => consider('defer')}>
            Defer…
          </Act>
          <Act closed={bundle.closed} onClick={() => consider('approve')}>
            Approve for {counted(machines, 'machine')}…
          </Act>
        </Group>
      </section>
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </Stack>
  );
}
