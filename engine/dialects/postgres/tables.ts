import type { TableName } from '../../spec/table-name.ts';
import { identifier, qualifiedName } from './quote.ts';

export const renameTable = (table: TableName, to: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  RENAME TO ${identifier(to)}`;

// Not IF EXISTS, and not CASCADE: it must be there, and what depends on it is not ours to drop.
export const dropTable = (table: TableName): string => `DROP TABLE ${qualifiedName(table)}`;
