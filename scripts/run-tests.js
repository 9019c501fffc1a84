// Runs the named suites of test/ with Jest and ends with the line `N passed, N failed`.
// Engines are fetched before Jest starts: a build of minutes inside a test would look like a hanging test.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const needEngine = ['workflow', 'integration', 'chaos'];

const named = process.argv.slice(2).filter((word) => !word.startsWith('-'));
/** Of `npm run check`, where that has just run over these very files. */
const checked = process.env['PATCHLINE_CHECKED'] === '1' ? ['unit', 'property', 'replay'] : [];
const suites = named.filter((word) => !checked.includes(word));
const passedOn = process.argv.slice(2).filter((word) => word.startsWith('-'));
const folders = suites.map((suite) => join('test', suite));
const missing = folders.filter((folder) => !existsSync(join(root, folder)));
if (named.length === 0 || missing.length > 0) {
  console.error(
    missing.length > 0 ? `no such suite: ${missing.join(', ')}` : 'usage: run-tests.js SUITE… (folders of test/)',
  );
  process.exit(2);
}

if (checked.length > 0) console.log(`not run again after the check: ${checked.join(', ')}`);

const env = {
  ...process.env,
  TZ: 'UTC',
  NODE_OPTIONS:
    `${process.env['NODE_OPTIONS'] ?? ''} --experimental-vm-modules --disable-warning=ExperimentalWarning`.trim(),
  ...(process.env['CI'] ? { PATCHLINE_REQUIRE_ALL: '1' } : {}),
};

if (named.some((suite) => needEngine.includes(suite))) {
  const fetched = spawnSync(process.execPath, ['--import', 'tsx', join(root, 'scripts', 'fetch-engines.ts')], {
    stdio: 'inherit',
    cwd: root,
  });
  if (fetched.status !== 0) process.exit(fetched.status ?? 1);
}

const jest = join(root, 'node_modules', 'jest', 'bin', 'jest.js');

/**
 * What Jest says of these paths, null when it wrote no report.
 * @param {string[]} paths
 */
function runJest(paths) {
  const scratch = mkdtempSync(join(tmpdir(), 'patchline-tests-'));
  const report = join(scratch, 'report.json');
  // The engine's native runtime keeps threads for the life of the process: Jest is told to end when its tests have.
  const { status } = spawnSync(
    process.execPath,
    [jest, ...paths, '--json', '--forceExit', `--outputFile=${report}`, ...passedOn],
    { cwd: root, env, stdio: ['ignore', 'ignore', 'inherit'] },
  );
  const result = existsSync(report) ? JSON.parse(readFileSync(report, 'utf8')) : null;
  rmSync(scratch, { recursive: true, force: true });
  return result === null ? null : { ...result, status };
}

/** One suite after the other: a server that skips time, and a system that is killed, do not share a busy machine. */
const alone = ['workflow', 'chaos'].map((suite) => join('test', suite));
const beside = folders.filter((folder) => !alone.includes(folder));
const runs = beside.length === 0 ? [] : [() => runJest(beside.map((folder) => `${folder}/`))];
for (const folder of folders.filter((one) => alone.includes(one)))
  runs.push(() => runJest([`${folder}/`, '--runInBand']));
const results = runs.map((run) => run());
if (results.includes(null)) {
  console.error('Jest wrote no report');
  process.exit(1);
}
/** @param {(result: Record<string, any>) => number} count */
const sum = (count) => results.reduce((total, result) => total + count(result), 0);
const passed = sum((result) => result.numPassedTests);
const failed = sum((result) => result.numFailedTests + result.numRuntimeErrorTestSuites);
const skipped = sum((result) => result.numPendingTests + result.numTodoTests);
console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
if (passed === 0) console.error('no test ran');
process.exit(results.every((result) => result.status === 0) && failed === 0 && passed > 0 ? 0 : 1);
