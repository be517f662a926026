import * as z from 'zod';
import { section } from '../spec/spec-fields.ts';
import { columnName, sqlExpression, typeName } from '../spec/sql-fields.ts';
import { changeType } from './change-type.ts';
import type { ChangeType } from './change-type-keys.ts';
import type { Kind, Refusal, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { copyRetyped, retypedCopyRefusals } from './retyped-copy.ts';
import { referrerRefusals, referrerWarnings } from './referrers.ts';

const about = {
  is: 'Widens the type of a primary key column, once every column that refers to it has room for the new values; its name stays.',
  example: '{ kind: change-primary-key, column: id, type: bigint }',
};

const keys = section(
  {
    kind: z.literal('change-primary-key').describe(about.is),
    column: columnName({ is: 'The column of the primary key.', example: 'id' }),
    type: typeName({ is: 'Its new type.', example: 'bigint' }),
    down: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression over the column that computes the old value, for a rollback. If left out, a cast.',
        example: 'id::integer',
      }),
    ),
  },
  about,
);

type ChangePrimaryKey = Readonly<z.output<typeof keys>>;

/**
 * `change-type` under the same name, for the column that others refer to. One migration is about one table: the columns
 * that refer to this one come first, each by a migration of its own, and the plan names them in their order.
 */
export const changePrimaryKey: Kind<'change-primary-key', typeof keys> = {
  kind: 'change-primary-key',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column of the primary key?', offers: 'columns' },
    { key: 'type', flag: 'type', asks: 'Its new type, such as bigint?' },
  ],
  inWords: 'give a primary key a wider type',
  verb: 'widen',
  goal: (table, { column, type }) => `Keep the primary key ${table}.${column} as ${type}`,
  oldColumns: ({ column }) => [column],
  names: () => ({}),
  keepsName: () => true,
  refusals: (change, subject) => [
    ...notInKey(change, subject),
    ...(subject.sql.retypedCopy === null
      ? changeType.refusals(retyped(change, subject), subject)
      : retypedCopyRefusals(change, subject, subject.sql.retypedCopy)),
  ],
  // There is no `up`: the type says what the cast is.
  expressions: (change, subject) =>
    subject.sql.retypedCopy === null
      ? changeType
          .expressions(retyped(change, subject), subject)
          .map((each) => (each.key === 'change.up' ? { ...each, key: 'change.type' } : each))
      : [],
  compile: async (change, subject, ask) => {
    const { table, sql } = subject;
    if (sql.retypedCopy !== null) return copyRetyped(change, subject, sql.retypedCopy, ask);
    const { type } = await ask.retyped(change.column, change.type);
    const key = { of: { table, column: change.column }, type: type ?? change.type };
    const referrers = await ask.referrers(change.column);
    const refused = referrerRefusals(referrers, key, sql);
    if (refused.length > 0) return { refused };
    const compiled = await changeType.compile(retyped(change, subject), subject, ask);
    return 'refused' in compiled
      ? compiled
      : { ...compiled, warnings: [...referrerWarnings(referrers, key), ...compiled.warnings] };
  },
};

/** In both directions a cast: a key's value may not become another one. */
function retyped({ column, type, down }: ChangePrimaryKey, { catalog, sql }: Subject): ChangeType {
  const old = columnNamed(catalog, column)?.type ?? 'text';
  return { kind: 'change-type', column, type, down: down ?? `CAST(${sql.names.quoted(column)} AS ${old})` };
}

function notInKey({ column }: ChangePrimaryKey, { table, catalog }: Subject): readonly Refusal[] {
  const found = columnNamed(catalog, column);
  if (found === undefined || found.inPrimaryKey) return [];
  return [
    {
      key: 'change.column',
      fact: `${table.name}.${column} is not in the primary key`,
      remedy: 'Write `kind: change-type`, with the same column and type.',
    },
  ];
}
