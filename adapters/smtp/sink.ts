// The embedded system's mailbox: takes every mail and keeps it as a file. Nothing leaves the machine.

import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SMTPServer } from 'smtp-server';

export interface MailSink {
  url: string;
  folder: string;
  close(): Promise<void>;
}

const sizeMaxBytes = 5_000_000;

/** Messages lie in `folder` as `<instant>-<number>.eml`. */
export async function startMailSink(folder: string): Promise<MailSink> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  let count = 0;
  const server = new SMTPServer({
    authOptional: true,
    disabledCommands: ['STARTTLS', 'AUTH'],
    size: sizeMaxBytes,
    onData(stream, _session, done) {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => void chunks.push(chunk));
      stream.on('end', () => {
        count += 1;
        const name = `${new Date().toISOString().replace(/[:.]/g, '-')}-${String(count).padStart(5, '0')}.eml`;
        writeFile(join(folder, name), Buffer.concat(chunks)).then(
          () => done(),
          (failure: unknown) => done(failure instanceof Error ? failure : new Error(String(failure))),
        );
      });
    },
  });
  // A client that goes away in the middle of a message is not our failure.
  server.on('error', () => {});
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.server.address();
  if (address === null || typeof address === 'string') throw new Error('the mail sink has no port');
  return {
    url: `smtp://127.0.0.1:${address.port}`,
    folder,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  };
}
