import type { TableName } from '../../spec/table-name.ts';
import type { OwnKey } from '../own-key.ts';
import { rungs } from './ladder-procedure.ts';
import { identifier, qualifiedName } from './quote.ts';
import { beginningOf } from './settled.ts';

const listed = (columns: readonly string[]): string => `(${columns.map(identifier).join(', ')})`;

/** What stands behind the name of a foreign key. */
export const keyDefinition = ({ columns, references, referenced, onDelete, onUpdate }: OwnKey): string =>
  [
    `FOREIGN KEY ${listed(columns)} REFERENCES ${qualifiedName(references)} ${listed(referenced)}`,
    ...(onDelete === 'NO ACTION' ? [] : [`ON DELETE ${onDelete}`]),
    ...(onUpdate === 'NO ACTION' ? [] : [`ON UPDATE ${onUpdate}`]),
  ].join(' ');

/** MySQL adds a foreign key in place only where the session checks none, and reads no row for it. */
export const withoutKeyChecks = (statements: readonly string[]): readonly string[] => [
  'SET SESSION foreign_key_checks = 0',
  ...statements,
  'SET SESSION foreign_key_checks = 1',
];

export const addKey = (table: TableName, name: string, definition: string): string =>
  `${beginningOf(table)}ADD CONSTRAINT ${identifier(name)} ${definition},\n  ${rungs[1]}`;

export const dropKey = (table: TableName, name: string): string =>
  `${beginningOf(table)}DROP FOREIGN KEY ${identifier(name)},\n  ${rungs[1]}`;
