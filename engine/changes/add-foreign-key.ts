import * as z from 'zod';
import type { IndexFacts } from '../catalog/facts.ts';
import { faultMessage } from '../spec/fault.ts';
import { choice, section, whenSound } from '../spec/spec-fields.ts';
import { columnNames, objectName, tableName } from '../spec/sql-fields.ts';
import { authoredRepair, repairExpressions, repairRefusals } from './authored-repair.ts';
import { heldRule } from './held-rule.ts';
import type { Kind, Refusal, SqlReader, Subject } from './kind.ts';
import { columnNamed, missingColumn, unwalkable } from './refusals.ts';
import { comparedKey } from './unread-key.ts';

const about = {
  is: 'Adds a foreign key.',
  example:
    '{ kind: add-foreign-key, name: orders_user_fkey, columns: user_id, references: public.users, referencedColumns: id }',
};

const actions = ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const;

const keys = section(
  {
    kind: z.literal('add-foreign-key').describe(about.is),
    name: objectName('the name of the constraint', {
      is: 'The name of the constraint.',
      example: 'orders_user_fkey',
    }),
    columns: columnNames({ is: 'The referencing columns.', example: 'user_id' }),
    references: tableName({ is: 'The referenced table.', example: 'public.users' }),
    referencedColumns: columnNames({
      is: 'The referenced columns, in the same order: a unique key of that table.',
      example: 'id',
    }),
    onDelete: z.exactOptional(
      choice(actions, {
        is: 'What happens to a row when the row it refers to is deleted.',
        example: 'restrict',
      }),
    ),
    onUpdate: z.exactOptional(
      choice(actions, {
        is: 'What happens to a row when the key it refers to changes.',
        example: 'restrict',
      }),
    ),
    repair: z.exactOptional(authoredRepair({ column: 'user_id', to: 'NULL' })),
  },
  about,
).refine(({ columns, referencedColumns }) => columns.length === referencedColumns.length, {
  path: ['columns'],
  when: whenSound('columns', 'referencedColumns'),
  error: faultMessage({
    fact: 'There are not as many columns as in `referencedColumns`.',
    remedy: 'Write one for each, in the same order.',
  }),
});

type AddForeignKey = Readonly<z.output<typeof keys>>;

/** A foreign key that holds for new rows at once, and for those that are there once they were looked up beside the traffic. */
export const addForeignKey: Kind<'add-foreign-key', typeof keys> = {
  kind: 'add-foreign-key',
  keys,
  asks: [
    { key: 'name', flag: 'name', asks: 'The name of the constraint?' },
    { key: 'columns', flag: 'columns', asks: 'Which column refers?', offers: 'columns' },
    { key: 'references', flag: 'references', asks: 'To which table?', offers: 'tables' },
    { key: 'referencedColumns', flag: 'referenced-columns', asks: 'To which column of it?' },
  ],
  inWords: 'add a foreign key',
  verb: 'refer',
  goal: (table, { name }) => `Add the foreign key ${name} to ${table}`,
  oldColumns: () => [],
  names: ({ columns, name }) => ({ needs: columns, builds: [name] }),
  faults: settingDefault,
  refusals: ({ columns, repair }, subject) => [
    ...(subject.sql.unreadKey === null ? [] : unwalkable(subject)),
    ...columns
      .filter((column) => columnNamed(subject.catalog, column) === undefined)
      .map((column) => missingColumn(subject, column, 'change.columns')),
    ...repairRefusals(repair, subject),
  ],
  expressions: ({ repair }, subject) => repairExpressions(repair, subject),
  compile: async (change, subject, ask) => {
    const { name, columns, references, referencedColumns, onDelete, onUpdate, repair } = change;
    const key = {
      columns,
      references: { table: references, columns: referencedColumns },
      ...(onDelete === undefined ? {} : { onDelete }),
      ...(onUpdate === undefined ? {} : { onUpdate }),
    };
    const { sql, table } = subject;
    const isIndexed = beginsAnIndex(columns, await ask.indexes());
    const whyIndexed = sql.cannot['foreign key without an index of its columns'];
    if (!isIndexed && whyIndexed !== undefined) return { refused: [withoutIndex(change, table, whyIndexed)] };
    const whyNotItself = sql.cannot['repair by rows of the same table'];
    if (repair !== undefined && whyNotItself !== undefined && isItself(references, table))
      return { refused: [repairedByItself(table, whyNotItself)] };
    const rule = sql.rules.foreignKey(table, key);
    const known = await ask.rule({
      key: 'change.references',
      name,
      made: { as: 'constraint', definition: rule.definition, references },
      forbidden: { kind: 'each', violated: rule.violated },
      isRepaired: repair !== undefined,
      remedy: 'Write `repair:`, or fix them first.',
    });
    const authored = repair === undefined ? null : { column: repair.column, expression: repair.to };
    const refuses = `rows whose ${columns.join(', ')} ${columns.length === 1 ? 'is' : 'are'} not in ${nameOf(references)}`;
    if (sql.unreadKey !== null)
      return comparedKey(subject, { name, key, rule, refuses, repair: authored }, known);
    return heldRule(
      subject,
      {
        ...rule,
        name,
        refuses,
        repair: authored,
        finish: null,
        warnings: warningsOf(change, subject, isIndexed),
        expects: { constraints: [{ name, valid: true }] },
      },
      known,
    );
  },
};

const nameOf = ({ schema, name }: Subject['table']): string => `${schema}.${name}`;

const isItself = (references: Subject['table'], table: Subject['table']): boolean =>
  references.schema === table.schema && references.name === table.name;

const repairedByItself = (table: Subject['table'], why: string): Refusal => ({
  key: 'change.repair',
  fact: `the key refers to ${nameOf(table)} itself: ${why}`,
  remedy: 'Fix the rows first, and leave `repair` out.',
});

const beginsAnIndex = (columns: readonly string[], indexes: readonly IndexFacts[]): boolean =>
  indexes.some(({ valid, partial, columns: indexed }) => {
    const leading = indexed.slice(0, columns.length);
    return valid && !partial && columns.every((column) => leading.includes(column));
  });

const withoutIndex = ({ columns }: AddForeignKey, table: Subject['table'], why: string): Refusal => ({
  key: 'change.columns',
  fact: `no index of ${nameOf(table)} begins with ${columns.join(', ')}: ${why}`,
  remedy: 'Add one first (add-index).',
  waitsFor: 'database',
});

function settingDefault({ onDelete, onUpdate }: AddForeignKey, { sql }: SqlReader): readonly Refusal[] {
  const why = sql.cannot['foreign key that sets a default'];
  if (why === undefined) return [];
  return Object.entries({ onDelete, onUpdate })
    .filter(([, action]) => action === 'set default')
    .map(([key]) => ({
      key: `change.${key}`,
      fact: `\`set default\` is not what would happen: ${why}`,
      remedy: 'Write `restrict`, or `set null`.',
    }));
}

function warningsOf(
  { columns, references }: AddForeignKey,
  { table }: Subject,
  isIndexed: boolean,
): readonly string[] {
  return [
    `${nameOf(references)} is locked too, for milliseconds: SHARE ROW EXCLUSIVE when the constraint comes, ACCESS EXCLUSIVE when a rollback drops it`,
    ...(isIndexed
      ? []
      : [
          `no index of ${nameOf(table)} begins with ${columns.join(', ')}: each DELETE in ${nameOf(references)}, and each UPDATE of its key, scans the table; add one first (add-index)`,
        ]),
  ];
}
