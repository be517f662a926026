import * as z from 'zod';
import type { Column } from '../catalog/catalog.ts';
import { section } from '../spec/spec-fields.ts';
import { columnName } from '../spec/sql-fields.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import type { CompiledChange, Kind, Refusal, Subject } from './kind.ts';
import { columnNamed, knownColumn, missingColumn } from './refusals.ts';

const about = { is: 'Lets a column hold NULL.', example: '{ kind: drop-not-null, column: email }' };

const keys = section(
  {
    kind: z.literal('drop-not-null').describe(about.is),
    column: columnName({ is: 'The column to let hold NULL.', example: 'email' }),
  },
  about,
);

/** Lets a column be NULL. It is done in the catalog alone: no row moves, no reader moves, nothing has to be watched for days. */
export const dropNotNull: Kind<'drop-not-null', typeof keys> = {
  kind: 'drop-not-null',
  keys,
  asks: [{ key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' }],
  inWords: 'let a column be NULL',
  verb: 'relax',
  goal: (table, { column }) => `Let ${table}.${column} be NULL`,
  oldColumns: () => [],
  names: ({ column }) => ({ needs: [column] }),
  refusals: ({ column }, subject) => {
    const found = columnNamed(subject.catalog, column);
    return found ? refusals(found, subject) : [missingColumn(subject, column, 'change.column')];
  },
  expressions: () => [],
  compile: ({ column }, subject) => Promise.resolve(compiled(knownColumn(subject.catalog, column), subject)),
};

const refuse = (when: boolean, fact: string, remedy: string): readonly Refusal[] =>
  when ? [{ key: 'change.column', fact, remedy }] : [];

function refusals(column: Column, { table }: Subject): readonly Refusal[] {
  const name = `${table.name}.${column.name}`;
  return [
    ...refuse(!column.notNull, `${name} may be NULL already`, 'There is nothing to do.'),
    ...refuse(
      column.inPrimaryKey,
      `${name} belongs to the primary key, which is never NULL`,
      'Choose another column.',
    ),
    ...refuse(
      column.identity && !column.inPrimaryKey,
      `${name} is an identity column, which is never NULL`,
      'Choose another column.',
    ),
    ...refuse(
      column.inReplicaIdentity && !column.inPrimaryKey,
      `${name} belongs to the index that is the replica identity, whose columns are never NULL`,
      'Give the table another replica identity first.',
    ),
  ];
}

function compiled(column: Column, { migration, table, catalog, sql }: Subject): CompiledChange {
  return {
    shape: { kind: 'none', breaks: null },
    phases: {
      expand: {
        run: [
          {
            ...sql.columns.dropNotNull(migration, table, column.name, column.definition),
            does: `let ${column.name} be NULL`,
          },
        ],
        undo: sql.columns.setNotNull(migration, table, column.name, column.definition),
      },
    },
    walks: [],
    warnings: [
      `readers of ${table.name}.${column.name} meet NULL from then on; a rollback is refused while a row holds it`,
    ],
    expects: {
      ...expectsNothing(catalog.table.owner),
      columns: [{ ...columnAsItIs(column), notNull: false }],
    },
  };
}
