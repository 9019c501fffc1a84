// Holds a value against a definition of an OpenAPI 2.0 document: types, enumerations, required and unknown properties.

import { readFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';

interface Schema {
  $ref?: string;
  type?: string;
  enum?: unknown[];
  format?: string;
  properties?: Record<string, Schema>;
  additionalProperties?: Schema | boolean;
  required?: string[];
  items?: Schema;
  allOf?: Schema[];
}

interface Place {
  schema: Schema;
  file: string;
}

const documents = new Map<string, unknown>();

function documentAt(file: string): unknown {
  if (!documents.has(file)) documents.set(file, JSON.parse(readFileSync(file, 'utf8')));
  return documents.get(file);
}

function follow({ schema, file }: Place): Place {
  if (schema.$ref === undefined) return { schema, file };
  const [path = '', pointer = ''] = schema.$ref.split('#');
  const target = path === '' ? file : resolve(dirname(file), path);
  let found = documentAt(target);
  for (const part of pointer.split('/').slice(1)) found = (found as Record<string, unknown>)[part];
  if (found === undefined) throw new Error(`${schema.$ref} leads nowhere from ${file}`);
  return follow({ schema: found as Schema, file: target });
}

/** Every difference, with where it is. */
export function differencesFrom(file: string, definition: string, value: unknown): string[] {
  return compare({ schema: { $ref: `#/definitions/${definition}` }, file }, value, definition);
}

function compare(at: Place, value: unknown, where: string): string[] {
  const { schema, file } = follow(at);
  if (Array.isArray(value)) {
    if (schema.type !== 'array') return [`${where}: a list, ${schema.type ?? 'an object'} is due`];
    return value.flatMap((one, index) => compare({ schema: schema.items ?? {}, file }, one, `${where}[${index}]`));
  }
  if (value !== null && typeof value === 'object')
    return compareObject({ schema, file }, value as Record<string, unknown>, where);
  return comparePlain(schema, value, where);
}

function comparePlain({ type, enum: allowed, format }: Schema, value: unknown, where: string): string[] {
  const isRight = type === undefined || (type === 'integer' ? Number.isInteger(value) : type === typeof value);
  if (!isRight) return [`${where}: ${JSON.stringify(value)}, ${type} is due`];
  if (allowed !== undefined && !allowed.includes(value))
    return [`${where}: ${JSON.stringify(value)} is none of ${allowed.join(', ')}`];
  if (format === 'date-time' && Number.isNaN(Date.parse(String(value))))
    return [`${where}: ${String(value)} is no instant`];
  return [];
}

function compareObject(at: Place, value: Record<string, unknown>, where: string): string[] {
  if (at.schema.type !== undefined && at.schema.type !== 'object')
    return [`${where}: an object, ${at.schema.type} is due`];
  const { properties, required, additional } = partsOf(at);
  const missing = required.filter((name) => value[name] === undefined).map((name) => `${where}.${name} is missing`);
  const wrong = Object.entries(value).flatMap(([name, held]) => {
    const place = properties.get(name) ?? additional;
    if (place === null) return [`${where}.${name} is unknown`];
    return compare(place, held, `${where}.${name}`);
  });
  return [...missing, ...wrong];
}

/** Own properties and those of everything that the definition builds on. */
function partsOf(at: Place): { properties: Map<string, Place>; required: string[]; additional: Place | null } {
  const { schema, file } = follow(at);
  const properties = new Map(
    Object.entries(schema.properties ?? {}).map(([name, held]) => [name, { schema: held, file }]),
  );
  const required = [...(schema.required ?? [])];
  const free = schema.additionalProperties;
  let additional: Place | null =
    free === undefined || free === false ? null : { schema: free === true ? {} : free, file };
  for (const part of schema.allOf ?? []) {
    const inherited = partsOf({ schema: part, file });
    for (const [name, place] of inherited.properties) if (!properties.has(name)) properties.set(name, place);
    required.push(...inherited.required);
    additional ??= inherited.additional;
  }
  return { properties, required, additional };
}
