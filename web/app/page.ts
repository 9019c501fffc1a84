// What a page of the console is. A page is a folder of `web/pages` with a `page.ts` that exports one of these; nothing else has to know it.

import type { ComponentType } from 'react';

export interface PageDefinition {
  /** Pattern of its address: `/vms/$name`. Query parameters need no word here. */
  path: string;
  title: string;
  /** Its place in the navigation; left out: it is reached from other pages. */
  navigation?: { order: number; label: string; key: string };
  load: () => Promise<{ default: ComponentType }>;
}

export function definePage(page: PageDefinition): PageDefinition {
  return page;
}
