// A rollout that stands halted has an owner: whoever decides says whether what is left is asked for again, or is over.

import { Group, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries } from '../../api/queries';
import { Act } from '../../parts/act';
import { Confirm, type Question } from '../../parts/confirm';
import { Mark } from '../../parts/mark';

type Patch = Schemas['PatchDetail'];

export function Halted({ patch }: { patch: Patch }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const halted = patch.workflows.filter((one) => one.stage === 'halted');
  if (halted.length === 0) return null;
  const choose = (category: string, choice: 'askAgain' | 'end'): Question => ({
    title: choice === 'askAgain' ? `Ask again for what is left of ${category}?` : `End the rollout for ${category}?`,
    body: (
      <Text>
        {choice === 'askAgain'
          ? 'A new request is opened for the machines that did not get it; nothing is installed before it is decided.'
          : 'Whoever has it keeps it. The machines that did not get it stay without, until a cycle asks again.'}
      </Text>
    ),
    yes: choice === 'askAgain' ? 'Ask again' : 'End rollout',
    no: 'Leave it halted',
    reason: 'Reason',
    harms: choice === 'end',
    run: async (reason) => {
      const path = { patchId: patch.patchId };
      await ask(
        api.POST('/v1/patches/{patchId}/halt-choice', { params: { path }, body: { category, choice, reason } }),
      );
      await queries.invalidateQueries({ queryKey: ['patch', patch.patchId] });
    },
  });
  return (
    <>
      {halted.map(({ workflowId }) => {
        const category = workflowId.slice(workflowId.lastIndexOf('/') + 1);
        return (
          <Group key={workflowId} gap="sm" role="status">
            <Mark is="halted" />
            <Text>
              The rollout for {category} went over its failure budget, or never settled. It waits for a person, and
              installs nothing.
            </Text>
            <Act needs="decide" variant="default" onClick={() => setQuestion(choose(category, 'askAgain'))}>
              Ask again for what is left…
            </Act>
            <Act needs="decide" variant="default" onClick={() => setQuestion(choose(category, 'end'))}>
              End it…
            </Act>
          </Group>
        );
      })}
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </>
  );
}
