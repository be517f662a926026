import type * as z from 'zod';
import { addCheck } from './add-check.ts';
import { addColumn } from './add-column.ts';
import { addForeignKey } from './add-foreign-key.ts';
import { addIndex } from './add-index.ts';
import { addUnique } from './add-unique.ts';
import { changePrimaryKey } from './change-primary-key.ts';
import { changeType } from './change-type.ts';
import { dropColumn } from './drop-column.ts';
import { dropIndex } from './drop-index.ts';
import { dropNotNull } from './drop-not-null.ts';
import { dropTable } from './drop-table.ts';
import { mergeColumns } from './merge-columns.ts';
import { moveTable } from './move-table.ts';
import { partitionTable } from './partition-table.ts';
import { renameColumn } from './rename-column.ts';
import { renameTable } from './rename-table.ts';
import { setNotNull } from './set-not-null.ts';
import { splitColumn } from './split-column.ts';
import { splitTable } from './split-table.ts';
import { ownSql } from './own-sql.ts';

/** Every kind of change. A new one is one file beside these, and one line here. */
export const kinds = {
  'rename-column': renameColumn,
  'rename-table': renameTable,
  'move-table': moveTable,
  'partition-table': partitionTable,
  'split-table': splitTable,
  'change-type': changeType,
  'change-primary-key': changePrimaryKey,
  'split-column': splitColumn,
  'merge-columns': mergeColumns,
  'add-column': addColumn,
  'drop-not-null': dropNotNull,
  'set-not-null': setNotNull,
  'drop-column': dropColumn,
  'drop-table': dropTable,
  'add-check': addCheck,
  'add-foreign-key': addForeignKey,
  'add-index': addIndex,
  'add-unique': addUnique,
  'drop-index': dropIndex,
  sql: ownSql,
};

export type KindName = keyof typeof kinds;

/** What an author declares, by kind. */
export type ChangeOf<Name extends KindName> = Readonly<z.output<(typeof kinds)[Name]['keys']>>;

/** One declared alteration. */
export type Change = { readonly [Name in KindName]: ChangeOf<Name> }[KindName];

const isKind = (name: string): name is KindName => Object.hasOwn(kinds, name);

export const kindNames = Object.keys(kinds).filter(isKind);
