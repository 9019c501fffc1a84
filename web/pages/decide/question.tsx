// The last question before a signature: what it does, to how many machines, and what it leaves.

import { Text } from '@mantine/core';
import type { Question } from '../../parts/confirm';
import { counted } from '../../parts/count';
import { When } from '../../parts/when';
import { WindowTime } from '../../parts/windowTime';
import type { Shown } from './shown';

const weekMs = 7 * 24 * 3600_000;

export function questionOf(
  verdict: 'approve' | 'defer' | 'reject',
  about: {
    category: string;
    chosen: Shown[];
    machines: number;
    out: number;
    sign: (deferUntil: string | null) => Promise<void>;
  },
): Question {
  const { chosen, machines, out } = about;
  const what = counted(chosen.length, 'patch', 'patches');
  const exploited = chosen.filter(({ patch }) => patch.exploited).length;
  const openings = chosen.flatMap(({ request }) => request.urgency?.rings.flatMap((ring) => ring.opensAt ?? []) ?? []);
  const joining = [...new Set(chosen.flatMap(({ request }) => request.arrivals ?? []))];
  const first = openings.toSorted()[0] ?? null;
  const left = out === 0 ? null : <Text>{out} left out: nothing is decided on them.</Text>;
  if (verdict === 'approve')
    return {
      title: `Approve ${what} for ${counted(machines, 'machine')}?`,
      body: (
        <>
          <Text>
            First installation{' '}
            {first === null ? (
              'in the next window'
            ) : (
              <WindowTime at={first} category={about.category} environment="production" />
            )}
            ; way back: {[...new Set(chosen.map(({ request }) => request.unwind))].join(', ')}. You can withdraw until a
            ring starts.
          </Text>
          {joining.map((words) => (
            <Text key={words}>{words}.</Text>
          ))}
          {left}
        </>
      ),
      yes: 'Sign and approve',
      no: 'Go back',
      run: () => about.sign(null),
    };
  if (verdict === 'reject')
    return {
      title: `Reject ${what}?`,
      body: (
        <>
          <Text>
            {machines} machines stay without {what}
            {exploited === 0 ? '' : `; ${exploited} of them fix what is exploited`}.
          </Text>
          {left}
        </>
      ),
      yes: 'Reject',
      no: 'Go back',
      harms: true,
      run: () => about.sign(null),
    };
  const until = new Date(Date.now() + weekMs);
  const missed = chosen.filter(({ request }) => {
    const deadline = request.urgency?.deadline ?? null;
    return deadline !== null && Date.parse(deadline) < until.getTime();
  }).length;
  return {
    title: `Defer ${what}?`,
    body: (
      <>
        <Text>
          It is asked again <When at={until.toISOString()} />.{' '}
          {missed === 0 ? 'No deadline falls before.' : `${missed} of them miss their deadline by then.`}
        </Text>
        {left}
      </>
    ),
    yes: 'Defer',
    no: 'Go back',
    run: () => about.sign(until.toISOString()),
  };
}
