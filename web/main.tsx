// The console. It knows the system by its HTTP API alone.

import '@mantine/core/styles.css';
import './app/theme.css';
import { Anchor, Center, Loader, MantineProvider, Stack, Text, Title } from '@mantine/core';
import { QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { setNonce } from 'get-nonce';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { startLive } from './api/live';
import { queries } from './api/queries';
import { SessionGate, signInAddress } from './api/session';
import { router } from './app/router';
import { readableVariables, theme } from './app/theme';

/** Of this very answer: only styles that carry it are taken. */
const nonce = document.querySelector<HTMLMetaElement>('meta[property="csp-nonce"]')?.nonce ?? '';
setNonce(nonce);

function Started() {
  startLive();
  return <RouterProvider router={router} />;
}

function SignedOut() {
  return (
    <Center mih="80vh">
      <Stack align="center" component="main">
        <img src="/mark.svg" alt="" width={48} height={48} />
        <Title order={1} size="h2">
          Patchline
        </Title>
        <Text>From the vendor’s notice to a verified fleet.</Text>
        <Anchor href={signInAddress()} underline="always">
          Sign in
        </Anchor>
      </Stack>
    </Center>
  );
}

/** Over the page, which stays as it is with whatever was typed. */
function Expired() {
  return (
    <div
      role="alert"
      style={{
        position: 'sticky',
        top: 44,
        zIndex: 200,
        background: 'var(--mark-ink-violet)',
        color: 'var(--mark-filled)',
        padding: '0.5rem 1rem',
      }}
    >
      Your session has ended; nothing was done. What you typed is kept:{' '}
      <a href={signInAddress()} style={{ color: 'inherit' }}>
        sign in and go on
      </a>
      .
    </div>
  );
}

function Waiting({ failure }: { failure: Error | null }) {
  return (
    <Center mih="80vh">
      {failure === null ? (
        <Loader aria-label="Loading" />
      ) : (
        <Stack component="main" role="alert">
          <Title order={1} size="h3">
            Patchline cannot be reached
          </Title>
          <Text>{failure.message}</Text>
        </Stack>
      )}
    </Center>
  );
}

const place = document.getElementById('root');
if (place === null) throw new Error('the page has no place for the console');
createRoot(place).render(
  <StrictMode>
    <MantineProvider
      theme={theme}
      cssVariablesResolver={readableVariables}
      defaultColorScheme="auto"
      getStyleNonce={() => nonce}
    >
      <QueryClientProvider client={queries}>
        <SessionGate
          signedOut={<SignedOut />}
          expired={<Expired />}
          waiting={(failure) => <Waiting failure={failure} />}
        >
          <Started />
        </SessionGate>
      </QueryClientProvider>
    </MantineProvider>
  </StrictMode>,
);
