// PGlite behind its socket, in a thread of its own: on the main thread its queries would starve heartbeats and HTTP.
import { PGlite } from '@electric-sql/pglite';
import { PGLiteSocketServer } from '@electric-sql/pglite-socket';
import { readFile } from 'node:fs/promises';
import { parentPort, workerData } from 'node:worker_threads';

const { dataDir, copyOf } = workerData;
const db = await PGlite.create(dataDir === null ? { loadDataDir: new Blob([await readFile(copyOf)]) } : { dataDir });
const server = new PGLiteSocketServer({ db, path: workerData.socketPath, maxConnections: 2 });
await server.start();
parentPort?.postMessage('ready');

async function close() {
  await server.stop();
  await db.close();
  parentPort?.postMessage('closed');
}
parentPort?.once('message', () => void close());
