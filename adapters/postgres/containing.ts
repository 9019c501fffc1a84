// Whether a column contains words, large or small; signs of patterns in them are plain characters.

import { ilike, type Column, type SQL } from 'drizzle-orm';

export function containing(column: Column | SQL, words: string): SQL {
  return ilike(column, `%${words.replace(/[\\%_]/g, '\\$&')}%`);
}
