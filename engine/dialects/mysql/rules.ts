import { foreignKeyRule } from '../foreign-key-rule.ts';
import type { HeldRule } from '../rules-sql.ts';
import { identifier, qualifiedName } from './quote.ts';

export const notNull = (column: string): HeldRule => ({
  definition: `${identifier(column)} IS NOT NULL`,
  violated: `${identifier(column)} IS NULL`,
});

export const foreignKey = foreignKeyRule({ identifier, qualifiedName, select: 'SELECT 1' });

/** MySQL has no unique constraint beside its index. */
export const uniqueKey = (columns: readonly string[]): string => `(${columns.map(identifier).join(', ')})`;
