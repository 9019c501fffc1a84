// Runs the named suites of test/ with Jest and ends with the line `N passed, N failed`.
// Engines are fetched before Jest starts: a build of minutes inside a test would look like a hanging test.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const needEngine = ['workflow', 'integration', 'chaos', 'e2e'];

const suites = process.argv.slice(2).filter((word) => !word.startsWith('-'));
const passedOn = process.argv.slice(2).filter((word) => word.startsWith('-'));
const folders = suites.map((suite) => join('test', suite));
const missing = folders.filter((folder) => !existsSync(join(root, folder)));
if (suites.length === 0 || missing.length > 0) {
  console.error(
    missing.length > 0 ? `no such suite: ${missing.join(', ')}` : 'usage: run-tests.js SUITE… (folders of test/)',
  );
  process.exit(2);
}

const env = {
  ...process.env,
  TZ: 'UTC',
  NODE_OPTIONS:
    `${process.env['NODE_OPTIONS'] ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
  ...(process.env['CI'] ? { PATCHLINE_REQUIRE_ALL: '1' } : {}),
};

if (suites.some((suite) => needEngine.includes(suite))) {
  const fetched = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'scripts', 'fetch-engines.ts')], {
    stdio: 'inherit',
    cwd: root,
  });
  if (fetched.status !== 0) process.exit(fetched.status ?? 1);
}

const scratch = mkdtempSync(join(tmpdir(), 'patchline-tests-'));
const report = join(scratch, 'report.json');
// The engine's native runtime keeps threads for the life of the process: Jest is told to end when its tests have.
const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');
const run = spawnSync(
  process.execPath,
  [jest, ...folders.map((folder) => `${folder}/`), '--json', '--forceExit', `--outputFile=${report}`, ...passedOn],
  {
    cwd: root,
    env,
    stdio: ['ignore', 'ignore', 'inherit'],
  },
);

const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
rmSync(scratch, { recursive: true, force: true });
if (result === null) {
  console.error('Jest wrote no report');
  process.exit(1);
}
const failed = result.numFailedTests + result.numRuntimeErrorTestSuites;
const skipped = result.numPendingTests + result.numTodoTests;
console.log(`${result.numPassedTests} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (result.numPassedTests === 0) console.error('no test ran');
process.exit(run.status === 0 && failed === 0 && result.numPassedTests > 0 ? 0 : 1);
