// Kinds of columns that every table uses.

import { customType } from 'drizzle-orm/pg-core';
import { jsonText } from './json.js';

/** `timestamptz`, read and written as an ISO string in UTC with milliseconds. */
export const instant = customType<{ data: string; driverData: string | Date }>({
  dataType: () => 'timestamp(3) with time zone',
  fromDriver: (value) => new Date(value).toISOString(),
  toDriver: (value) => value,
});

/** `jsonb` that takes any text from outside. */
// oxlint-disable-next-line typescript/no-unnecessary-type-parameters -- it types the column, as drizzle's own $type does
export const json = <T>() =>
  customType<{ data: T; driverData: unknown }>({ dataType: () => 'jsonb', toDriver: (value) => jsonText(value) })();
