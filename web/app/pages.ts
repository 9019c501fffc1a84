// Every page, found by its folder.

import type { PageDefinition } from './page';

const found = import.meta.glob<{ page: PageDefinition }>('../pages/*/page.ts', { eager: true });

export const pages: PageDefinition[] = Object.values(found).map((one) => one.page);

export const navigation = pages
  .flatMap(({ path, navigation: place }) => (place === undefined ? [] : [{ path, ...place }]))
  .toSorted((a, b) => a.order - b.order);
