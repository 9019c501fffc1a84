// Incidents with the vendor about a patch: written down, noted, closed with what came of them.

import { Group, NativeSelect, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Act } from '../../parts/act';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { FormDialog } from '../../parts/formDialog';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';
import { Words } from '../../parts/words';

type Incident = Schemas['IncidentView'];
type Fix = NonNullable<Incident['fix']>;

const fixWords: Record<Fix, string> = {
  rerelease: 'The vendor released it again',
  workaround: 'A workaround was found',
  configuration: 'A configuration was changed',
  newerPatch: 'A newer patch takes its place',
  unchanged: 'Nothing was changed',
};

const fixes = Object.keys(fixWords) as Fix[];

const again = (patchId: string) => queries.invalidateQueries({ queryKey: ['incidents', patchId] });

export function Incidents({ patchId }: { patchId: string }) {
  const [isOpening, setOpening] = useState(false);
  const read = useRead(
    ['incidents', patchId],
    () => ask(api.GET('/v1/incidents', { params: { query: { patchId } } })),
    (change) => change.patchId === patchId,
  );
  return (
    <>
      <Block
        title="Incidents"
        read={read}
        isEmpty={(held) => held.length === 0}
        empty="None was written down."
        height={20}
        aside={
          <Act needs="record" variant="default" size="xs" onClick={() => setOpening(true)}>
            Write one down…
          </Act>
        }
      >
        {(held) => (
          <Stack gap="sm">
            {held.map((one) => (
              <IncidentCard key={one.incidentId} patchId={patchId} incident={one} />
            ))}
          </Stack>
        )}
      </Block>
      {isOpening ? <WriteDown patchId={patchId} onClose={() => setOpening(false)} /> : null}
    </>
  );
}

function WriteDown({ patchId, onClose }: { patchId: string; onClose: () => void }) {
  const [provider, setProvider] = useState('Microsoft');
  const [number, setNumber] = useState('');
  const [title, setTitle] = useState('');
  const [vm, setVm] = useState('');
  const [note, setNote] = useState('');
  const run = async () => {
    const body = {
      patchId,
      vm: vm.trim() === '' ? null : vm.trim(),
      provider,
      number,
      title,
      openedAt: null,
      note: note.trim() === '' ? null : note,
      links: [],
    };
    await ask(api.POST('/v1/incidents', { body }));
    await again(patchId);
  };
  return (
    <FormDialog
      title={`An incident about ${patchId}`}
      yes="Write it down"
      failed="Nothing was written down"
      run={run}
      onClose={onClose}
    >
      <TextInput
        label="Provider"
        required
        value={provider}
        onChange={(event) => setProvider(event.currentTarget.value)}
      />
      <TextInput
        label="Number"
        description="As the provider counts it"
        required
        data-autofocus
        value={number}
        onChange={(event) => setNumber(event.currentTarget.value)}
      />
      <TextInput label="Title" required value={title} onChange={(event) => setTitle(event.currentTarget.value)} />
      <TextInput
        label="Machine"
        description="Empty: it is of no single one"
        value={vm}
        onChange={(event) => setVm(event.currentTarget.value)}
      />
      <Words label="Note" value={note} onChange={setNote} needed={false} />
    </FormDialog>
  );
}

function IncidentCard({ patchId, incident }: { patchId: string; incident: Incident }) {
  const [question, setQuestion] = useState<Question | null>(null);
  const [isClosing, setClosing] = useState(false);
  const { incidentId, provider, number } = incident;
  const noting: Question = {
    title: `A note on ${provider} ${number}`,
    body: <Text size="sm">It stays as it is written, under your name.</Text>,
    yes: 'Add note',
    no: 'Go back',
    reason: 'Note',
    run: async (text) => {
      const path = { incidentId };
      await ask(api.POST('/v1/incidents/{incidentId}/notes', { params: { path }, body: { text } }));
      await again(patchId);
    },
  };
  return (
    <section className="fold" aria-label={`Incident ${provider} ${number}`}>
      <Text>
        <Mark
          is={incident.closedAt === null ? 'gateOpen' : 'ended'}
          word={incident.closedAt === null ? 'Open' : 'Closed'}
        />{' '}
        {provider} {number}: {incident.title}
      </Text>
      <Text size="sm">
        Opened <When at={incident.openedAt} /> by {incident.openedBy}
        {incident.closedAt === null ? null : (
          <>
            ; closed <When at={incident.closedAt} /> by {incident.closedBy}: {incident.outcome}
            {incident.fix === null ? '' : ` (${fixWords[incident.fix].toLowerCase()})`}
          </>
        )}
      </Text>
      {incident.notes.length === 0 ? null : (
        <ul>
          {incident.notes.map((note) => (
            <li key={`${note.at}${note.text}`} className="plain-text">
              {note.by}, <When at={note.at} />: {note.text}
            </li>
          ))}
        </ul>
      )}
      {incident.closedAt === null ? (
        <Group gap="sm">
          <Act needs="record" variant="default" onClick={() => setQuestion(noting)}>
            Add a note…
          </Act>
          <Act needs="record" variant="default" onClick={() => setClosing(true)}>
            Close…
          </Act>
        </Group>
      ) : null}
      <Confirm question={question} onClose={() => setQuestion(null)} />
      {isClosing ? <Closing patchId={patchId} incident={incident} onClose={() => setClosing(false)} /> : null}
    </section>
  );
}

function Closing({
  patchId,
  incident: { incidentId, provider, number },
  onClose,
}: {
  patchId: string;
  incident: Incident;
  onClose: () => void;
}) {
  const [outcome, setOutcome] = useState('');
  const [fix, setFix] = useState('');
  const run = async () => {
    const body = { outcome, fix: fixes.find((one) => one === fix) ?? null };
    await ask(api.POST('/v1/incidents/{incidentId}/closing', { params: { path: { incidentId } }, body }));
    await again(patchId);
  };
  return (
    <FormDialog title={`Close ${provider} ${number}`} yes="Close it" failed="It stays open" run={run} onClose={onClose}>
      <Text size="sm">A deferral that waits for its end is decided anew.</Text>
      <Words label="Outcome" value={outcome} onChange={setOutcome} focused />
      <NativeSelect
        label="What mended it"
        value={fix}
        data={[{ value: '', label: 'nobody knows' }, ...fixes.map((value) => ({ value, label: fixWords[value] }))]}
        onChange={(event) => setFix(event.currentTarget.value)}
      />
    </FormDialog>
  );
}
