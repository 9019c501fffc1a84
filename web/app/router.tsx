// Addresses: one route a page, loaded when it is first looked at.

import { createRootRoute, createRoute, createRouter, lazyRouteComponent, Navigate } from '@tanstack/react-router';
import { NotFound } from './notFound';
import { pages } from './pages';
import { Shell } from './shell';

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound });

const routes = pages.map(({ path, title, load }) =>
  createRoute({
    getParentRoute: () => root,
    path,
    component: lazyRouteComponent(load),
    head: () => ({ meta: [{ title }] }),
    // Words as they stand in the address: a number that was typed stays a text.
    validateSearch: (search: Record<string, unknown>): Record<string, string> =>
      Object.fromEntries(Object.entries(search).map(([key, value]) => [key, String(value)])),
  }),
);

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: () => <Navigate to="/today" replace />,
});

export const router = createRouter({
  routeTree: root.addChildren([start, ...routes]),
  // `?view=table&kev=1`, as people write addresses.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const words = new URLSearchParams(
      Object.entries(search).flatMap(([key, value]) =>
        value === undefined || value === null || value === '' ? [] : [[key, String(value)]],
      ),
    ).toString();
    return words === '' ? '' : `?${words}`;
  },
  scrollRestoration: true,
});
