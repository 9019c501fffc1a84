// What somebody typed outlives a session that ends, a page that is left, and a second tab. It stays in this browser.

import { useEffect, useState } from 'react';

const prefix = 'patchline-draft:';

function held(place: string): string {
  try {
    return localStorage.getItem(prefix + place) ?? '';
  } catch {
    return '';
  }
}

export function useDraft(place: string): [text: string, write: (text: string) => void] {
  const [text, setText] = useState(() => held(place));
  useEffect(() => setText(held(place)), [place]);
  return [
    text,
    (next) => {
      setText(next);
      try {
        if (next === '') localStorage.removeItem(prefix + place);
        else localStorage.setItem(prefix + place, next);
      } catch {
        // Storage may be closed: then the text lives as long as the page.
      }
    },
  ];
}
