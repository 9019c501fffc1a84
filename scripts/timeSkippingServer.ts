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

const main = 'io.temporal.testserver.TestServer';
const archive = 'classes.jsa';
/** The SDK waits five seconds for it: with its classes read from an archive it is there in a third of the time, on a busy machine too. */
const wrapper = `#!/bin/sh
here=$(dirname "$0")
exec java -XX:TieredStopAtLevel=1 -XX:+UseSerialGC -XX:SharedArchiveFile="$here/${archive}" -Xlog:disable -cp "$here/jars/*" ${main} "$@"
`;
/** Long enough to load what it loads at its start. */
const archiveMs = 15_000;

function folder(): string {
  return join(cacheFolder(), `temporal-test-server-${version}-2`);
}

/** Its archive is of this very Java and these paths; where it cannot be written the server starts without. */
function archiveClasses(): void {
  const jars = join(folder(), 'jars', '*');
  spawnSync('java', [`-XX:ArchiveClassesAtExit=${join(folder(), archive)}`, '-cp', jars, main, '0'], {
    timeout: archiveMs,
    stdio: 'ignore',
  });
}

/** The wrapper, or null where nobody fetched it. */
export function findTimeSkippingServer(): string | null {
  const file = join(folder(), 'test-server');
  return existsSync(file) ? file : null;
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
    writeFileSync(join(aside, 'test-server'), wrapper);
    chmodSync(join(aside, 'test-server'), 0o755);
    if (!existsSync(folder())) renameSync(aside, folder());
    archiveClasses();
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
  return findTimeSkippingServer();
}
