// Tests of pages. Where CI should have installed Chromium, its absence is a failure.

import { test } from '@jest/globals';
import { chromiumPath } from './chromiumPath.js';

export function testInChromium(): typeof test {
  if (chromiumPath !== null) return test;
  if (process.env['PATCHLINE_REQUIRE_ALL'] === '1')
    throw new Error('Chromium is not installed: CI installs it before the tests');
  console.warn('skipped: no Chromium on the PATH (PATCHLINE_CHROMIUM names one)');
  return test.skip as typeof test;
}
