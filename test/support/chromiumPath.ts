// The Chromium that pages are looked at with: what PATCHLINE_CHROMIUM names, else what is on the PATH; null where there is none.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

function find(): string | null {
  const named = process.env['PATCHLINE_CHROMIUM'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const candidates =
    named === undefined
      ? folders.flatMap((folder) => ['chromium', 'chromium-browser', 'google-chrome'].map((name) => join(folder, name)))
      : [named];
  return (
    candidates.find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        return false;
      }
    }) ?? null
  );
}

export const chromiumPath = find();
