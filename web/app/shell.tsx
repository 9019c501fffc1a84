// What stands around every page: navigation, how live it is, what concerns everybody, keys.

import {
  ActionIcon,
  AppShell,
  Burger,
  Group,
  Kbd,
  Menu,
  Modal,
  Table,
  Text,
  useMantineColorScheme,
} from '@mantine/core';
import { useDisclosure } from '@mantine/hooks';
import { IconMoon, IconSun, IconUser } from '@tabler/icons-react';
import { Link as RouterLink, Outlet, useNavigate, useRouterState } from '@tanstack/react-router';
import { useEffect, useRef, useState, type ReactNode } from 'react';
import { useLive } from '../api/live';
import { signOut, useMe } from '../api/session';
import { StopBand } from '../parts/stop';
import { When } from '../parts/when';
import { navigation, pages } from './pages';

export function Shell() {
  const [isOpen, { toggle, close }] = useDisclosure(false);
  const path = useRouterState({ select: (state) => state.location.pathname });
  useTitle(path);
  useEffect(close, [path]); // oxlint-disable-line react/exhaustive-deps
  return (
    <AppShell
      header={{ height: 44 }}
      navbar={{ width: 190, breakpoint: 'sm', collapsed: { mobile: !isOpen } }}
      padding="md"
    >
      <a className="skip" href="#main">
        Skip to the page
      </a>
      <AppShell.Header px="md">
        <Group h="100%" justify="space-between" wrap="nowrap">
          <Group gap="xs" wrap="nowrap">
            <Burger opened={isOpen} onClick={toggle} hiddenFrom="sm" size="sm" aria-label="Navigation" />
            <img src="/mark.svg" alt="" width={22} height={22} />
            <Text fw={700}>Patchline</Text>
          </Group>
          <Group gap="sm" wrap="nowrap">
            <LiveMark />
            <SchemeButton />
            <PersonMenu />
          </Group>
        </Group>
      </AppShell.Header>
      <AppShell.Navbar p="xs" aria-label="Pages">
        {navigation.map((place) => (
          <NavigationLink
            key={place.path}
            to={place.path}
            isHere={path === place.path || path.startsWith(`${place.path}/`)}
          >
            {place.label}
          </NavigationLink>
        ))}
      </AppShell.Navbar>
      <AppShell.Main id="main" tabIndex={-1}>
        <StopBand />
        <Outlet />
      </AppShell.Main>
      <Keys />
    </AppShell>
  );
}

function NavigationLink({ to, isHere, children }: { to: string; isHere: boolean; children: ReactNode }) {
  return (
    <RouterLink
      to={to}
      aria-current={isHere ? 'page' : undefined}
      style={{
        display: 'block',
        padding: '0.35rem 0.6rem',
        borderRadius: 4,
        color: 'inherit',
        textDecoration: 'none',
        fontWeight: isHere ? 700 : 400,
        background: isHere ? 'var(--mark-tint-blue)' : 'transparent',
      }}
    >
      {children}
    </RouterLink>
  );
}

function useTitle(path: string): void {
  useEffect(() => {
    const page = pages.find((one) => matches(one.path, path));
    document.title = page === undefined ? 'Patchline' : `${page.title} · Patchline`;
  }, [path]);
}

function matches(pattern: string, path: string): boolean {
  const [wanted, given] = [pattern.split('/'), path.split('/')];
  return wanted.length === given.length && wanted.every((word, index) => word.startsWith('$') || word === given[index]);
}

function LiveMark() {
  const { standing, beatAt } = useLive();
  const words = {
    connecting: 'Connecting',
    live: '● Live',
    reconnecting: 'Reconnecting',
    stale: 'Not live',
  }[standing];
  return (
    <Text size="sm" role="status" {...(standing === 'live' ? {} : { style: { color: 'var(--mark-ink-amber)' } })}>
      {words}
      {standing === 'live' || beatAt === null ? null : (
        <>
          , as of <When at={beatAt} />
        </>
      )}
    </Text>
  );
}

function SchemeButton() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const isDark =
    colorScheme === 'dark' || (colorScheme === 'auto' && matchMedia('(prefers-color-scheme: dark)').matches);
  return (
    <ActionIcon
      variant="default"
      aria-label={isDark ? 'Light' : 'Dark'}
      onClick={() => setColorScheme(isDark ? 'light' : 'dark')}
    >
      {isDark ? <IconSun size={16} aria-hidden /> : <IconMoon size={16} aria-hidden />}
    </ActionIcon>
  );
}

function PersonMenu() {
  const me = useMe();
  const navigate = useNavigate();
  return (
    <Menu>
      <Menu.Target>
        <ActionIcon variant="default" aria-label={`Signed in as ${me.name}`}>
          <IconUser size={16} aria-hidden />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        <Menu.Label>
          {me.name}: {me.roles.join(', ') || 'no role'}
        </Menu.Label>
        <Menu.Item onClick={() => void navigate({ to: '/settings' })}>Settings</Menu.Item>
        {me.signedInBy === 'session' ? <Menu.Item onClick={() => void signOut()}>Sign out</Menu.Item> : null}
      </Menu.Dropdown>
    </Menu>
  );
}

const keyWords: [string, string][] = [
  ['/', 'the filter of the page'],
  ['?', 'these keys'],
  ['j k', 'the next and the previous row'],
  ['Enter', 'open'],
  ['Esc', 'close'],
];

/** Off where somebody types; no key signs, halts or rolls back. */
function Keys() {
  const navigate = useNavigate();
  const [isShown, setShown] = useState(false);
  const afterG = useRef(false);
  useEffect(() => {
    function onKey(event: globalThis.KeyboardEvent): void {
      const target = event.target as HTMLElement;
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (target.isContentEditable || ['INPUT', 'TEXTAREA', 'SELECT'].includes(target.tagName)) return;
      if (afterG.current) {
        afterG.current = false;
        const place = navigation.find(({ key }) => key === event.key);
        if (place !== undefined) void navigate({ to: place.path });
        return;
      }
      if (event.key === 'g') afterG.current = true;
      else if (event.key === '?') setShown(true);
      else if (event.key === '/') {
        const filter = document.querySelector<HTMLInputElement>('[data-filter]');
        if (filter === null) return;
        event.preventDefault();
        filter.focus();
      }
    }
    addEventListener('keydown', onKey);
    return () => removeEventListener('keydown', onKey);
  }, [navigate]);
  return (
    <Modal opened={isShown} onClose={() => setShown(false)} title="Keys">
      <Table>
        <Table.Tbody>
          {[...keyWords, ...navigation.map(({ key, label }): [string, string] => [`g ${key}`, label])].map(
            ([key, what]) => (
              <Table.Tr key={key}>
                <Table.Td>
                  <Kbd>{key}</Kbd>
                </Table.Td>
                <Table.Td>{what}</Table.Td>
              </Table.Tr>
            ),
          )}
        </Table.Tbody>
      </Table>
    </Modal>
  );
}
