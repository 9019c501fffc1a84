// The way back to a baseline: what differs, by which way, what goes with it, and who decides.

import { Group, NativeSelect, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { useMe } from '../../api/session';
import { Act } from '../../parts/act';
import { Readable } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { counted } from '../../parts/count';
import { FormDialog } from '../../parts/formDialog';
import { Mark } from '../../parts/mark';
import { When } from '../../parts/when';
import { Words } from '../../parts/words';

type Restoration = Schemas['RestorationView'];

export function Restorations({ name }: { name: string }) {
  const read = useRead(
    ['restorations', name],
    () => ask(api.GET('/v1/restorations', { params: { query: { vm: name } } })),
    (change) => change.what.includes(name),
  );
  const [isAsking, setAsking] = useState(false);
  return (
    <Stack gap="sm" align="flex-start">
      <Act needs="schedule" variant="default" size="xs" onClick={() => setAsking(true)}>
        Bring it back…
      </Act>
      {isAsking ? <AskRestoration name={name} onClose={() => setAsking(false)} /> : null}
      <Readable read={read}>
        {(all) =>
          all.length === 0 ? (
            <Text c="dimmed">Nobody asked to bring it back to a baseline.</Text>
          ) : (
            <Stack gap="sm">
              {all.map((one) => (
                <RestorationCard key={one.restorationId} held={one} />
              ))}
            </Stack>
          )
        }
      </Readable>
    </Stack>
  );
}

const ways = [
  { value: 'restorePoint', label: 'By its newest restore point: what was written to its OS disk since is lost' },
  { value: 'reinstall', label: 'By installing again what was approved and is missing' },
] as const;

function AskRestoration({ name, onClose }: { name: string; onClose: () => void }) {
  const [way, setWay] = useState<(typeof ways)[number]['value']>('restorePoint');
  const [reason, setReason] = useState('');
  const run = async () => {
    await ask(
      api.POST('/v1/vms/{name}/restorations', { params: { path: { name } }, body: { way, session: null, reason } }),
    );
    await queries.invalidateQueries({ queryKey: ['restorations', name] });
  };
  return (
    <FormDialog
      title={`Bring ${name} back to its baseline`}
      yes="Ask"
      failed="Nothing was asked"
      run={run}
      onClose={onClose}
    >
      <Text size="sm">Nothing happens before somebody else has decided on exactly what is shown then.</Text>
      <NativeSelect
        label="Way"
        value={way}
        data={[...ways]}
        onChange={(event) => setWay(event.currentTarget.value === 'reinstall' ? 'reinstall' : 'restorePoint')}
      />
      <Words label="Reason" value={reason} onChange={setReason} focused />
    </FormDialog>
  );
}

function RestorationCard({ held }: { held: Restoration }) {
  const me = useMe();
  const [question, setQuestion] = useState<Question | null>(null);
  const { subject } = held;
  const decide = (verdict: 'approve' | 'reject'): Question => ({
    title: verdict === 'approve' ? `Restore ${subject.vmName}?` : `Leave ${subject.vmName} as it is?`,
    body: (
      <Text>
        {verdict === 'reject'
          ? 'It stays as it is, and its differences stay findings.'
          : subject.way.kind === 'restorePoint'
            ? 'Its OS disk is replaced: whatever was written to it since then is lost. It is away meanwhile, in its window.'
            : `${counted(subject.way.patches.length, 'patch', 'patches')} that were approved before are installed again, in its window.`}
      </Text>
    ),
    yes: verdict === 'approve' ? 'Approve restoration' : 'Reject',
    no: 'Go back',
    reason: 'Justification',
    harms: verdict === 'approve',
    ...(verdict === 'approve' ? { type: subject.vmName } : {}),
    run: async (justification) => {
      const path = { id: held.restorationId };
      const body = { verdict, digest: held.digest, justification };
      await ask(api.POST('/v1/restorations/{id}/decision', { params: { path }, body }));
      await queries.invalidateQueries({ queryKey: ['restorations', subject.vmName] });
    },
  });
  return (
    <section className="fold" aria-label={`Restoration of ${held.requestedAt}`}>
      <Text>
        <Mark is={held.status} word={held.outcome ?? held.status} /> to baseline {subject.baseline} {subject.version},
        asked for by {held.requestedBy} <When at={held.requestedAt} />
      </Text>
      <Text size="sm" className="plain-text">
        {held.reason}
      </Text>
      {subject.way.kind === 'restorePoint' ? (
        <Text size="sm">
          By the restore point of <When at={subject.way.takenAt} />; with it go{' '}
          {subject.way.undoes.join(', ') || 'no patches'}.
        </Text>
      ) : (
        <Text size="sm">By installing {subject.way.patches.map((one) => one.patchId).join(', ')} again.</Text>
      )}
      <details>
        <summary>{counted(subject.differences.length, 'difference')}</summary>
        <ul>
          {subject.differences.map((one) => (
            <li key={`${one.kind}${one.name}`}>
              {one.kind} {one.name}: {one.verdict}, wanted {one.wanted}, found {one.found ?? 'nothing'}
            </li>
          ))}
          {subject.left.map((one) => (
            <li key={one.name}>
              {one.name} stays: {one.why}
            </li>
          ))}
        </ul>
      </details>
      {held.decidedBy === null ? null : (
        <Text size="sm" className="plain-text">
          {held.decidedBy}, <When at={held.decidedAt} />: {held.justification}
        </Text>
      )}
      {held.status === 'waiting' ? (
        held.requestedBy === me.name ? (
          <Text size="sm">Whoever asked does not decide.</Text>
        ) : (
          <Group gap="sm">
            <Act needs="decide" variant="default" onClick={() => setQuestion(decide('approve'))}>
              Approve…
            </Act>
            <Act needs="decide" variant="default" onClick={() => setQuestion(decide('reject'))}>
              Reject…
            </Act>
          </Group>
        )
      ) : null}
      <Confirm question={question} onClose={() => setQuestion(null)} />
    </section>
  );
}
