// Temporal's test server that skips time, for tests of waits of weeks: its first-party jars from Maven Central behind a small wrapper.

import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cacheFolder } from '../adapters/engine/temporalBinary.js';

const version = '1.35.0';
const copyGoal = 'org.apache.maven.plugins:maven-dependency-plugin:3.6.1:copy-dependencies';
const pom = `<project><modelVersion>4.0.0</modelVersion><groupId>patchline</groupId><artifactId>test-server</artifactId><version>1</version>
<dependencies><dependency><groupId>io.temporal</groupId><artifactId>temporal-test-server</artifactId><version>${version}</version></dependency></dependencies></project>
`;

function folder(): string {
  return join(cacheFolder(), `temporal-test-server-${version}`);
}

/** The wrapper, or null where nobody fetched it. */
export function findTimeSkippingServer(): string | null {
  const wrapper = join(folder(), 'test-server');
  return existsSync(wrapper) ? wrapper : null;
}

/** Fetches it once; null where there is no Maven or no Java. */
export function fetchTimeSkippingServer(progress: (message: string) => void): string | null {
  const held = findTimeSkippingServer();
  if (held !== null) return held;
  if (spawnSync('mvn', ['--version']).status !== 0 || spawnSync('java', ['-version']).status !== 0) return null;
  progress('Fetching the time-skipping test server with Maven (37 MB, once)…');
  mkdirSync(cacheFolder(), { recursive: true });
  const aside = mkdtempSync(join(cacheFolder(), 'test-server-'));
  try {
    writeFileSync(join(aside, 'pom.xml'), pom);
    const run = spawnSync(
      'mvn',
      ['-q', '-B', '-f', join(aside, 'pom.xml'), copyGoal, `-DoutputDirectory=${join(aside, 'jars')}`],
      { encoding: 'utf8' },
    );
    if (run.status !== 0) throw new Error(`Maven could not fetch the test server: ${run.stdout.slice(-1500)}`);
    writeFileSync(
      join(aside, 'test-server'),
      `#!/bin/sh\nexec java -cp "$(dirname "$0")/jars/*" io.temporal.testserver.TestServer "$@"\n`,
    );
    chmodSync(join(aside, 'test-server'), 0o755);
    if (!existsSync(folder())) renameSync(aside, folder());
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return findTimeSkippingServer();
}
