import type { TableName } from '../../spec/table-name.ts';
import { alterTable, identifier, qualifiedName } from './quote.ts';

export const renameTable = (table: TableName, to: string): string =>
  alterTable(table, `RENAME TO ${identifier(to)}`);

/** Its indexes, constraints, triggers, row type, and the sequences that it owns go along. */
export const setSchema = (table: TableName, schema: string): string =>
  alterTable(table, `SET SCHEMA ${identifier(schema)}`);

// Not IF EXISTS, and not CASCADE: it must be there, and what depends on it is not ours to drop.
export const dropTable = (table: TableName): string => `DROP TABLE ${qualifiedName(table)}`;

export const lockTable = (table: TableName, mode: 'SHARE ROW EXCLUSIVE' | 'ACCESS EXCLUSIVE'): string =>
  `LOCK TABLE ${qualifiedName(table)} IN ${mode} MODE`;
