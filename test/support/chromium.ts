// The Chromium that pages are looked at with. Where CI should have installed it, its absence is a failure.

import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { test } from '@jest/globals';

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

export function testInChromium(): typeof test {
  if (chromiumPath !== null) return test;
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error('Chromium is not installed: CI installs it before the tests');
  console.warn('skipped: no Chromium on the PATH (PATCHLINE_CHROMIUM names one)');
  return test.skip as typeof test;
}
