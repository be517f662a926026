import type * as z from 'zod';
import { addColumn } from './add-column.ts';
import { changeType } from './change-type.ts';
import { dropColumn } from './drop-column.ts';
import { dropNotNull } from './drop-not-null.ts';
import { mergeColumns } from './merge-columns.ts';
import { renameColumn } from './rename-column.ts';
import { setNotNull } from './set-not-null.ts';
import { splitColumn } from './split-column.ts';

/** Every kind of change. A new one is one file beside these, and one line here. */
export const kinds = {
  'rename-column': renameColumn,
  'change-type': changeType,
  'split-column': splitColumn,
  'merge-columns': mergeColumns,
  'add-column': addColumn,
  'drop-not-null': dropNotNull,
  'set-not-null': setNotNull,
  'drop-column': dropColumn,
};

export type KindName = keyof typeof kinds;

/** What an author declares, by kind. */
export type ChangeOf<Name extends KindName> = Readonly<z.output<(typeof kinds)[Name]['keys']>>;

/** One declared alteration. */
export type Change = { readonly [Name in KindName]: ChangeOf<Name> }[KindName];

const isKind = (name: string): name is KindName => Object.hasOwn(kinds, name);

export const kindNames = Object.keys(kinds).filter(isKind);
