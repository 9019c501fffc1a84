// What somebody wants to be told, by which way, and when they want quiet. What they leave open is as policy has it.

import { Button, Checkbox, Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { Block } from '../../parts/block';
import { Done, Failure, useRunning } from '../../parts/running';
import { RowTable } from '../../parts/table';

type Own = Schemas['OwnPreferencesView'];
type Ways = Own['ways'];
type Quiet = Own['quietHours'];

export function NoticeSettings() {
  const read = useRead(['preferences'], () => ask(api.GET('/v1/notices/preferences/mine')));
  return (
    <Block title="What you are told" read={read}>
      {(own) => <Form key={own.setAt ?? 'as policy has it'} own={own} />}
    </Block>
  );
}

function Form({ own }: { own: Own }) {
  const [ways, setWays] = useState<Ways>(own.ways);
  const [quiet, setQuiet] = useState<Quiet>(own.quietHours);
  const [done, setDone] = useState<string | null>(null);
  const { isRunning, failure, run } = useRunning();
  const send = (body: Schemas['PreferencesInput'], words: string) =>
    run(async () => {
      setDone(null);
      await ask(api.POST('/v1/notices/preferences', { body }));
      setDone(words);
      await queries.invalidateQueries({ queryKey: ['preferences'] });
    });
  const test = () =>
    run(async () => {
      setDone(null);
      const { results } = await ask(api.POST('/v1/notices/test', { body: { to: own.person, way: null } }));
      const words = results.map(({ way, recipient, detail }) => `${way} to ${recipient}: ${detail}`).join('; ');
      if (results.some(({ delivered }) => !delivered)) throw new Error(words);
      setDone(words);
    });

  return (
    <Stack gap="md">
      <QuietHours quiet={quiet} onChange={setQuiet} />
      <RowTable
        label="Kinds of notices"
        rows={own.kinds}
        keyOf={({ kind }) => kind}
        columns={[
          { head: 'Kind', cell: ({ kind }) => kindWords(kind) },
          {
            head: 'As policy has it',
            cell: ({ kind }) => (
              <Checkbox
                aria-label={`${kindWords(kind)}: as policy has it`}
                checked={ways[kind] === undefined}
                onChange={(event) => setWays(withWish(ways, kind, event.currentTarget.checked ? null : ['mail']))}
              />
            ),
          },
          ...own.choices.map((way) => ({
            head: way === 'mail' ? 'Mail' : way,
            cell: ({ kind, mandatory }: Own['kinds'][number]) => {
              const chosen = ways[kind];
              return (
                <Checkbox
                  aria-label={`${kindWords(kind)}: ${way}`}
                  checked={chosen?.includes(way) ?? false}
                  disabled={chosen === undefined || (mandatory && chosen.length === 1 && chosen[0] === way)}
                  onChange={(event) =>
                    setWays(
                      withWish(
                        ways,
                        kind,
                        event.currentTarget.checked
                          ? [...(chosen ?? []), way]
                          : (chosen ?? []).filter((one) => one !== way),
                      ),
                    )
                  }
                />
              );
            },
          })),
          {
            head: 'Then',
            cell: ({ kind, mandatory }) =>
              ways[kind] === undefined
                ? ''
                : ways[kind].length === 0
                  ? 'not told'
                  : mandatory
                    ? 'cannot be off'
                    : 'told',
          },
        ]}
      />
      <Failure of={failure} />
      <Done words={failure === null ? done : null} />
      <Group>
        <Button
          loading={isRunning}
          onClick={() =>
            void send({ ways, quietHours: quiet, replace: true, reset: false }, 'What you prefer is saved.')
          }
        >
          Save
        </Button>
        <Button
          variant="default"
          onClick={() => void send({ replace: true, reset: true }, 'Everything is as policy has it.')}
        >
          All as policy has it
        </Button>
        <Act needs="operate" variant="default" onClick={() => void test()}>
          Send me a test
        </Act>
      </Group>
    </Stack>
  );
}

/** Null: as policy has it. */
function withWish(ways: Ways, kind: string, chosen: string[] | null): Ways {
  const { [kind]: _before, ...others } = ways;
  return chosen === null ? others : { ...others, [kind]: chosen };
}

const dayParts = { from: '22:00', until: '07:00' };

function QuietHours({ quiet, onChange }: { quiet: Quiet; onChange: (quiet: Quiet) => void }) {
  const choice = quiet === null ? 'policy' : quiet === 'none' ? 'none' : 'own';
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Group align="flex-end" gap="sm">
      <NativeSelect
        label="Quiet hours"
        value={choice}
        data={[
          { value: 'policy', label: 'as policy has it' },
          { value: 'none', label: 'never quiet' },
          { value: 'own', label: 'my own' },
        ]}
        onChange={({ currentTarget: { value } }) =>
          onChange(value === 'policy' ? null : value === 'none' ? 'none' : { zone, ...dayParts })
        }
      />
      {quiet === null || quiet === 'none' ? null : (
        <>
          <TextInput
            label="From"
            type="time"
            value={quiet.from}
            onChange={(event) => onChange({ ...quiet, from: event.currentTarget.value })}
          />
          <TextInput
            label="Until"
            type="time"
            value={quiet.until}
            onChange={(event) => onChange({ ...quiet, until: event.currentTarget.value })}
          />
          <TextInput
            label="Zone"
            value={quiet.zone}
            onChange={(event) => onChange({ ...quiet, zone: event.currentTarget.value })}
          />
        </>
      )}
      <Text size="sm" c="dimmed">
        Pages come in quiet hours too.
      </Text>
    </Group>
  );
}

/** `decisionNeeded` as words. */
function kindWords(kind: string): string {
  const words = kind.replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
