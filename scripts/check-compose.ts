// Checks docker-compose.yml where no container engine is: its shape, pinned images, names that exist, variables that something reads.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';
import { z } from 'zod';

const Service = z.strictObject({
  image: z
    .string()
    .regex(/^[\w./-]+:(?!latest$)[\w.-]+$/, 'an image needs a tag, and not `latest`')
    .optional(),
  build: z.string().optional(),
  command: z.array(z.string()).optional(),
  entrypoint: z.array(z.string()).optional(),
  depends_on: z
    .record(
      z.string(),
      z.object({ condition: z.enum(['service_healthy', 'service_started', 'service_completed_successfully']) }),
    )
    .optional(),
  environment: z.record(z.string(), z.string()).optional(),
  volumes: z.array(z.string()).optional(),
  ports: z.array(z.string().regex(/^127\.0\.0\.1:\d+:\d+$/, 'a port is published on 127.0.0.1 only')).optional(),
  healthcheck: z
    .object({ test: z.array(z.string()) })
    .loose()
    .optional(),
  restart: z.enum(['unless-stopped', 'on-failure']).optional(),
});
const Compose = z.strictObject({ services: z.record(z.string(), Service), volumes: z.record(z.string(), z.null()) });

/** Everything that is wrong, as sentences. */
export function composeProblems(text: string, source: string): string[] {
  const read = Compose.safeParse(parse(text));
  if (!read.success) return read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
  const { services, volumes } = read.data;
  return Object.entries(services).flatMap(([name, service]) => [
    ...(service.image === undefined && service.build === undefined ? [`${name}: neither image nor build`] : []),
    ...Object.keys(service.depends_on ?? {}).flatMap((other) =>
      services[other] === undefined ? [`${name} depends on ${other}, which is not there`] : [],
    ),
    ...Object.entries(service.depends_on ?? {}).flatMap(([other, { condition }]) =>
      condition === 'service_healthy' && services[other]?.healthcheck === undefined
        ? [`${name} waits for the health of ${other}, which has no healthcheck`]
        : [],
    ),
    ...(service.volumes ?? []).flatMap((volume) => {
      const from = volume.split(':')[0] ?? '';
      return from.startsWith('.') || from in volumes ? [] : [`${name} mounts ${from}, which is not a volume`];
    }),
    ...(service.build === undefined ? [] : unread(name, Object.keys(service.environment ?? {}), source)),
  ]);
}

/** A variable that our code never reads is a setting that somebody believes in. AZURE_* is read by the SDK's credential. */
function unread(name: string, variables: string[], source: string): string[] {
  const bySdk = ['AZURE_TENANT_ID', 'AZURE_CLIENT_ID', 'AZURE_CLIENT_SECRET'];
  return variables
    .filter((variable) => !bySdk.includes(variable) && !source.includes(variable))
    .map((variable) => `${name}: nothing reads ${variable}`);
}

const root = new URL('../', import.meta.url);
const sources = ['composition/settings.ts', 'workers/main.ts', 'api/main.ts', 'adapters/azure/session.ts'];

export function checkCompose(): string[] {
  const source = sources.map((file) => readFileSync(new URL(file, root), 'utf8')).join('\n');
  return composeProblems(readFileSync(new URL('docker-compose.yml', root), 'utf8'), source);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problems = checkCompose();
  for (const problem of problems) console.error(`docker-compose.yml: ${problem}`);
  if (problems.length === 0) console.log('docker-compose.yml: checked by schema');
  process.exit(problems.length === 0 ? 0 : 1);
}
