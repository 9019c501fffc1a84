// Tokens of pipelines: made for some permissions and some days, shown once, revoked with a reason.

import { Button, Checkbox, CopyButton, Group, Modal, NumberInput, Stack, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, ask, type Schemas } from '../../api/client';
import { queries, useRead } from '../../api/queries';
import { Block } from '../../parts/block';
import { Confirm, type Question } from '../../parts/confirm';
import { FormDialog } from '../../parts/formDialog';
import { Mark } from '../../parts/mark';
import { permissionWords } from '../../parts/permission';
import { RowTable } from '../../parts/table';
import { When } from '../../parts/when';
import { Words } from '../../parts/words';

type Token = Schemas['ServiceTokenView'];

const tokensChange = (change: { what: string }) => change.what.includes('token');

export function Tokens() {
  const [question, setQuestion] = useState<Question | null>(null);
  const [isMaking, setMaking] = useState(false);
  const read = useRead(['tokens'], () => ask(api.GET('/v1/service-tokens')), tokensChange);
  return (
    <>
      <Block
        title="Tokens of pipelines"
        read={read}
        isEmpty={(rows) => rows.length === 0}
        empty="None was made. A token never decides: a pipeline may read, record and start what it is made for."
        aside={<Button onClick={() => setMaking(true)}>Make a token…</Button>}
      >
        {(rows) => (
          <RowTable
            label="Tokens"
            rows={rows}
            keyOf={(row) => row.tokenId}
            file="tokens"
            columns={[
              { head: 'Name', cell: (row) => row.name, text: (row) => row.name },
              {
                head: 'Standing',
                cell: (row) => <Mark is={standingOf(row)} word={standingWords[standingOf(row)]} />,
                text: (row) => standingOf(row),
              },
              { head: 'For', cell: (row) => row.scope.join(', '), text: (row) => row.scope.join(' ') },
              { head: 'Made by', cell: (row) => row.createdBy, text: (row) => row.createdBy },
              { head: 'Expires', cell: (row) => <When at={row.expiresAt} />, text: (row) => row.expiresAt },
              { head: 'Last used', cell: (row) => <When at={row.lastUsedAt} />, text: (row) => row.lastUsedAt },
              {
                head: 'Revoke',
                cell: (row) =>
                  standingOf(row) === 'applied' ? (
                    <Button
                      variant="default"
                      aria-label={`Revoke ${row.name}`}
                      onClick={() => setQuestion(revocation(row))}
                    >
                      Revoke…
                    </Button>
                  ) : null,
              },
            ]}
          />
        )}
      </Block>
      <Confirm question={question} onClose={() => setQuestion(null)} />
      {isMaking ? <Making onClose={() => setMaking(false)} /> : null}
    </>
  );
}

function standingOf(row: Token): 'applied' | 'revoked' | 'expired' {
  if (row.revokedAt !== null) return 'revoked';
  return Date.parse(row.expiresAt) <= Date.now() ? 'expired' : 'applied';
}

const standingWords = { applied: 'In force', revoked: 'Revoked', expired: 'Expired' };

function revocation(row: Token): Question {
  return {
    title: `Revoke ${row.name}?`,
    body: <Text>Whatever still uses it is refused from now on: {row.scope.join(', ')}. It cannot be given back.</Text>,
    yes: 'Revoke token',
    no: 'Keep it',
    reason: 'Reason',
    harms: true,
    run: async (reason) => {
      await ask(
        api.POST('/v1/service-tokens/{id}/revoke', { params: { path: { id: row.tokenId } }, body: { reason } }),
      );
      await queries.invalidateQueries({ queryKey: ['tokens'] });
    },
  };
}

const tokenScopes = permissionWords.filter(([, { token }]) => token);

function Making({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState('');
  const [scope, setScope] = useState<string[]>(['read']);
  const [days, setDays] = useState<string | number>(90);
  const [reason, setReason] = useState('');
  const [made, setMade] = useState<string | null>(null);
  const make = async () => {
    const body = { name: name.trim(), scope, days: Number(days), reason };
    setMade((await ask(api.POST('/v1/service-tokens', { body }))).token);
    await queries.invalidateQueries({ queryKey: ['tokens'] });
  };

  if (made !== null) return <Made token={made} onClose={onClose} />;
  return (
    <FormDialog title="Make a token" yes="Make token" run={make} onClose={onClose} onDone={() => {}}>
      <TextInput
        label="Name"
        description="Lower-case letters, digits and -"
        required
        data-autofocus
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
      />
      <Checkbox.Group label="What it is for" value={scope} onChange={setScope}>
        <Stack gap={4} mt={4}>
          {tokenScopes.map(([value, { means }]) => (
            <Checkbox key={value} value={value} label={`${value}: ${means}`} />
          ))}
        </Stack>
      </Checkbox.Group>
      <NumberInput label="Days" min={1} max={366} value={days} onChange={setDays} hideControls />
      <Words label="Reason" value={reason} onChange={setReason} />
    </FormDialog>
  );
}

function Made({ token, onClose }: { token: string; onClose: () => void }) {
  return (
    <Modal opened onClose={onClose} title="Make a token" size="lg" closeOnClickOutside={false}>
      <Stack gap="sm">
        <Text>This is the only time that it is shown. Put it where the pipeline keeps its secrets.</Text>
        <pre className="plain-text" tabIndex={0} aria-label="The token">
          {token}
        </pre>
        <Group justify="flex-end">
          <CopyButton value={token}>
            {({ copied, copy }) => (
              <Button variant="default" onClick={copy}>
                {copied ? 'Copied' : 'Copy'}
              </Button>
            )}
          </CopyButton>
          <Button onClick={onClose}>I have it</Button>
        </Group>
      </Stack>
    </Modal>
  );
}
