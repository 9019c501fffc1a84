// The way to a Temporal server: the one that the settings name, or the embedded one.

import { Client, Connection } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import { searchAttributes } from '../adapters/temporal/engine.js';
import { startTemporalServer } from '../adapters/engine/temporalServer.js';
import type { Settings } from './settings.js';

export interface Engine {
  client: Client;
  /** What a worker connects with. */
  native: NativeConnection;
  namespace: string;
  address: string;
  uiUrl: string | null;
  close(): Promise<void>;
}

interface Where {
  address: string;
  namespace: string;
  tls: boolean;
  apiKey: string | undefined;
}

export async function connectEngine(where: Where): Promise<Omit<Engine, 'uiUrl'>> {
  const secure = where.tls || where.apiKey !== undefined;
  const options = {
    address: where.address,
    ...(secure ? { tls: true } : {}),
    ...(where.apiKey === undefined ? {} : { apiKey: where.apiKey }),
  };
  const connection = await Connection.connect(options);
  const native = await NativeConnection.connect(options);
  return {
    client: new Client({ connection, namespace: where.namespace }),
    native,
    namespace: where.namespace,
    address: where.address,
    async close() {
      await native.close();
      await connection.close();
    },
  };
}

export function whereEngine(settings: Settings, address: string): Where {
  return {
    address,
    namespace: settings.TEMPORAL_NAMESPACE,
    tls: settings.TEMPORAL_TLS,
    apiKey: settings.TEMPORAL_API_KEY,
  };
}

/** `dataDir` null keeps the embedded server's histories in memory. */
export async function openEngine(
  settings: Settings,
  dataDir: string | null,
  progress: (message: string) => void,
): Promise<Engine> {
  if (settings.TEMPORAL_ADDRESS !== undefined) {
    const engine = await connectEngine(whereEngine(settings, settings.TEMPORAL_ADDRESS));
    return { ...engine, uiUrl: null };
  }
  const server = await startTemporalServer({
    dataDir,
    namespace: settings.TEMPORAL_NAMESPACE,
    searchAttributes,
    progress,
  });
  const engine = await connectEngine({
    address: server.address,
    namespace: server.namespace,
    tls: false,
    apiKey: undefined,
  });
  return {
    ...engine,
    uiUrl: server.uiUrl,
    async close() {
      await engine.close();
      await server.close();
    },
  };
}
