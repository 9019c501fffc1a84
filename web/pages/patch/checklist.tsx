// What only people see of a test: items of its checklists, ticked by whoever is responsible. Nobody's tick is no pass.

import { Group, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { Readable } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';

type Check = Schemas['CheckView'];

export function Checklist({ patchId }: { patchId: string }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const read = useRead(
    ['checks', patchId],
    () => ask(api.GET('/v1/checks', { params: { query: { patchId, limit: 200 } } })),
    (change) => change.patchId === patchId || change.what.includes('checklist'),
  );
  const tick = (check: Check, outcome: 'passed' | 'failed'): Question => ({
    title: `${check.text} ${outcome === 'passed' ? 'It is as it should be?' : 'It is not?'}`,
    body: (
      <Text>
        {outcome === 'passed' ? 'The test goes on.' : 'The test of the set fails.'} It is ticked once, and whoever ticks
        does not approve.
      </Text>
    ),
    yes: outcome === 'passed' ? 'It passed' : 'It failed',
    no: 'Go back',
    reason: 'Note',
    run: async (note) => {
      const body = { category: check.category, item: check.name, outcome, note };
      await ask(api.POST('/v1/patches/{patchId}/checks', { params: { path: { patchId } }, body }));
      await queries.invalidateQueries({ queryKey: ['checks', patchId] });
    },
  });
  return (
    <Readable read={read} height={20}>
      {(checks) =>
        checks.length === 0 ? null : (
          <section className="fold" aria-label="Checklist">
            {checks.map((check) => (
              <Group key={`${check.runKey}${check.name}`} gap="sm">
                <Mark is={check.outcome ?? 'waiting'} />
                <Text>
                  {check.category}: {check.text}
                </Text>
                {check.outcome === null ? (
                  <>
                    <Text size="sm" c="dimmed">
                      {check.person ?? check.role}, until <When at={check.until} />
                    </Text>
                    <Act needs="check" variant="default" onClick={() => setQuestion(tick(check, 'passed'))}>
                      It passed…
                    </Act>
                    <Act needs="check" variant="default" onClick={() => setQuestion(tick(check, 'failed'))}>
                      It failed…
                    </Act>
                  </>
                ) : (
                  <Text size="sm">
                    {check.by} <When at={check.at} />: {check.note}
                  </Text>
                )}
              </Group>
            ))}
            <Confirm question={question} onClose={() => setQuestion(null)} />
          </section>
        )
      }
    </Readable>
  );
}
