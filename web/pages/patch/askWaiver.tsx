// Asking for a waiver, or for a longer one: somebody else who decides for the category has to grant it.

import { SegmentedControl, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries } from '../../api/queries';
import { useMe } from '../../api/session';
import { CategoryField } from '../../parts/categoryField';
import { FormDialog } from '../../parts/formDialog';
import { InstantField, instantOf } from '../../parts/instantField';
import { Words } from '../../parts/words';

type Place = 'vm' | 'category';

export function AskWaiver({ patchId, onClose }: { patchId: string; onClose: () => void }) {
  const me = useMe();
  const [place, setPlace] = useState<Place>('vm');
  const [vm, setVm] = useState('');
  const [category, setCategory] = useState('');
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  const [control, setControl] = useState('');
  const [owner, setOwner] = useState(me.name);

  async function run(): Promise<void> {
    const where = place === 'vm' ? vm.trim() : category;
    if (where === '') throw new Error(place === 'vm' ? 'Machine: give its name' : 'Category: choose one');
    const body = {
      patchId,
      vm: place === 'vm' ? where : null,
      category: place === 'category' ? where : null,
      until: instantOf(until, 'Until'),
      reason,
      control,
      owner,
    };
    await ask(api.POST('/v1/waivers', { body }));
    await queries.invalidateQueries({ queryKey: ['patch', patchId] });
  }

  return (
    <FormDialog
      title={`Ask for a waiver of ${patchId}`}
      yes="Ask"
      failed="Nothing was asked"
      run={run}
      onClose={onClose}
    >
      <Text size="sm">
        What it names may lack the patch until then, once somebody else who decides for the category has granted it. It
        rejects nothing: at its end the patch is due again.
      </Text>
      <SegmentedControl
        aria-label="What may lack it"
        value={place}
        onChange={(value) => setPlace(value === 'vm' ? 'vm' : 'category')}
        data={[
          { value: 'vm', label: 'One machine' },
          { value: 'category', label: 'A whole category' },
        ]}
      />
      {place === 'vm' ? (
        <TextInput label="Machine" required value={vm} onChange={(event) => setVm(event.currentTarget.value)} />
      ) : (
        <CategoryField label="Category" empty="choose" value={category} onChange={setCategory} needed />
      )}
      <InstantField label="Until" value={until} onChange={setUntil} />
      <Words label="Reason" description="Why it cannot be installed" value={reason} onChange={setReason} />
      <Words
        label="Compensating control"
        description="What protects the machines meanwhile"
        value={control}
        onChange={setControl}
      />
      <TextInput
        label="Owner"
        description="Who answers for it: a person or a mail address"
        required
        value={owner}
        onChange={(event) => setOwner(event.currentTarget.value)}
      />
    </FormDialog>
  );
}

export function RenewWaiver({ waiver, onClose }: { waiver: Schemas['WaiverView']; onClose: () => void }) {
  const [until, setUntil] = useState('');
  const [reason, setReason] = useState('');
  const [control, setControl] = useState(waiver.control);
  async function run(): Promise<void> {
    await ask(
      api.POST('/v1/waivers/{id}/renewal', {
        params: { path: { id: waiver.waiverId } },
        body: { until: instantOf(until, 'Until'), reason, control },
      }),
    );
    await queries.invalidateQueries({ queryKey: ['patch', waiver.patchId] });
  }
  return (
    <FormDialog
      title={`Ask for a longer waiver of ${waiver.patchId}`}
      yes="Ask"
      failed="Nothing was asked"
      run={run}
      onClose={onClose}
    >
      <Text size="sm">The one that stands counts until its end, or until the new one is granted.</Text>
      <InstantField label="Until" value={until} onChange={setUntil} />
      <Words label="Reason" description="Why it is needed still" value={reason} onChange={setReason} />
      <Words
        label="Compensating control"
        description="What protects the machines meanwhile"
        value={control}
        onChange={setControl}
      />
    </FormDialog>
  );
}
