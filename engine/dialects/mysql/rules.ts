import type { HeldRule } from '../rules-sql.ts';
import { identifier } from './quote.ts';

export const notNull = (column: string): HeldRule => ({
  definition: `${identifier(column)} IS NOT NULL`,
  violated: `${identifier(column)} IS NULL`,
});

/** MySQL has no unique constraint beside its index. */
export const uniqueKey = (columns: readonly string[]): string => `(${columns.map(identifier).join(', ')})`;
