// A change of the policy, from its text: planned against what is in force before anybody can propose it.

import { Button, Group, Stack, Textarea, Title } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { useDraft } from '../../api/draft';
import { queries } from '../../api/queries';
import { Act } from '../../parts/act';
import { Done, Failure, useRunning } from '../../parts/running';
import { PlanView } from './plan';

type PolicyText = Schemas['PolicyText'];
type Plan = Schemas['PolicyPlan'];
type Sources = PolicyText['sources'];

export function Change({ inForce, onClose }: { inForce: PolicyText; onClose: () => void }) {
  const [draft, write] = useDraft(`policy/${inForce.seq}`);
  const [reason, setReason] = useState('');
  const [planned, setPlanned] = useState<{ plan: Plan; sources: Sources } | null>(null);
  const [done, setDone] = useState<string | null>(null);
  const { isRunning, failure, run } = useRunning();
  const sources = sourcesOf(draft) ?? inForce.sources;

  function edit(file: string, text: string): void {
    write(JSON.stringify(sources.map((one) => (one.file === file ? { file, text } : one))));
    // What was planned is another text.
    setPlanned(null);
  }

  const see = () =>
    run(async () => {
      setDone(null);
      setPlanned({ plan: await ask(api.POST('/v1/policy/plan', { body: { sources } })), sources });
    });

  const propose = (of: { plan: Plan; sources: Sources }) =>
    run(async () => {
      if (reason.trim() === '') throw new Error('A reason is missing: it is kept with the version.');
      const body = { sources: of.sources, basedOn: of.plan.basedOn, reason: reason.trim() };
      const made = await ask(api.POST('/v1/policy/versions', { body }));
      write('');
      setPlanned(null);
      setDone(
        made.status === 'applied'
          ? `Version ${made.seq} is in force.`
          : `Version ${made.seq} waits for a second person: whoever wrote it cannot accept it.`,
      );
      await queries.invalidateQueries({ queryKey: ['policy'] });
    });

  return (
    <section aria-label="A change">
      <Stack gap="sm">
        <Title order={2} size="h4">
          Change it
        </Title>
        {sources.map(({ file, text }) => (
          <Textarea
            key={file}
            label={file}
            value={text}
            autosize
            minRows={8}
            maxRows={30}
            spellCheck={false}
            styles={{ input: { fontFamily: 'var(--mantine-font-family-monospace)', fontSize: 13 } }}
            onChange={(event) => edit(file, event.currentTarget.value)}
          />
        ))}
        <Group>
          <Button variant="default" loading={isRunning} onClick={() => void see()}>
            See what it would change
          </Button>
          <Button variant="default" onClick={() => write('')}>
            Back to what is in force
          </Button>
          <Button variant="default" onClick={onClose}>
            Close
          </Button>
        </Group>
        {planned === null ? null : (
          <>
            <PlanView plan={planned.plan} />
            {planned.plan.changes.length === 0 ? null : (
              <>
                <Textarea
                  label="Reason"
                  required
                  autosize
                  minRows={2}
                  value={reason}
                  onChange={(event) => setReason(event.currentTarget.value)}
                />
                <Group>
                  <Act needs="policy" loading={isRunning} onClick={() => void propose(planned)}>
                    {planned.plan.changes.some((change) => change.guarded !== null)
                      ? 'Propose to a second person'
                      : 'Put into force'}
                  </Act>
                </Group>
              </>
            )}
          </>
        )}
        <Failure of={failure} title="Nothing was changed" />
        <Done words={failure === null ? done : null} />
      </Stack>
    </section>
  );
}

/** A draft may be of another version of this page. */
function sourcesOf(draft: string): Sources | null {
  try {
    const held: unknown = JSON.parse(draft);
    const isWhole =
      Array.isArray(held) &&
      held.every(
        (one: unknown) =>
          typeof one === 'object' && one !== null && 'file' in one && 'text' in one && typeof one.text === 'string',
      );
    return isWhole ? (held as Sources) : null;
  } catch {
    return null;
  }
}
