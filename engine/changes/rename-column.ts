import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { choice, section, whenSound } from '../spec/spec-fields.ts';
import { columnName } from '../spec/sql-fields.ts';
import { aliasColumn, aliasColumnRefusals, orByAlias } from './alias-column.ts';
import { heirRefusals } from './heir-refusals.ts';
import type { Kind } from './kind.ts';
import { walksPartitions } from './partitioned-refusals.ts';
import { knownColumn, typeRefusals } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { declaredIn, replacementRefusals, type Replacement } from './replacement-refusals.ts';
import { inItsCollation } from './retyping.ts';
import { dualWrite } from './written-by.ts';

const about = {
  is: 'Renames a column.',
  example: '{ kind: rename-column, from: email, to: email_address }',
};

const keys = section(
  {
    kind: z.literal('rename-column').describe(about.is),
    from: columnName({ is: "The column's current name.", example: 'email' }),
    to: columnName({ is: 'Its new name.', example: 'email_address' }),
    by: z.exactOptional(
      choice(['copy', 'alias'], {
        is: "`copy` (the default): a second column is filled and kept equal. `alias`: no row is written; until the contract phase a view takes the table's name and shows the column under both names. COPY, TRUNCATE and other statements fail on a view: `underpin plan` finds who sends them.",
        example: 'alias',
      }),
    ),
    dualWrite,
  },
  about,
)
  .refine(({ by, dualWrite: writer }) => by !== 'alias' || writer === undefined, {
    path: ['dualWrite'],
    when: whenSound('by', 'dualWrite'),
    error: faultMessage({
      fact: 'With `by: alias` there is one column under two names: nobody writes two.',
      remedy: 'Remove one of the two.',
    }),
  })
  .refine(({ from, to }) => from !== to, {
    path: ['to'],
    when: whenSound('from', 'to'),
    error: faultMessage({ fact: 'The column has this name already.', remedy: 'Write the new name.' }),
  });

type RenameColumn = Readonly<z.output<typeof keys>>;

/** Rename, without anyone noticing: a second column, kept equal until nobody asks for the first. */
export const renameColumn: Kind<'rename-column', typeof keys> = {
  kind: 'rename-column',
  keys,
  asks: [
    { key: 'from', flag: 'from', asks: 'Which column?', offers: 'columns' },
    { key: 'to', flag: 'to', asks: 'The new column?' },
    {
      key: 'by',
      flag: 'by',
      asks: 'Through a view with both names, without writing a row? Then answer alias.',
      optional: true,
    },
  ],
  inWords: 'give a column another name',
  verb: 'rename',
  goal: (table, { from, to }) => `Rename ${table}.${from} to ${table}.${to}`,
  oldColumns: ({ from }) => [from],
  names: ({ to }) => ({ makes: [to] }),
  wholeTable: ({ by }) => by === 'alias',
  // Foreign keys follow a column that only gets another name.
  takesAway: ({ by }) => by !== 'alias',
  takesPartitioned: ({ by }, sql) => by === 'alias' || walksPartitions(sql),
  refusals: (change, subject) =>
    change.by === 'alias'
      ? aliasColumnRefusals(change, subject)
      : orByAlias(replacementRefusals(declaredIn(replacement(change)), subject), change, subject),
  expressions: () => [],
  compile: async (change, subject, ask) => {
    if (change.by === 'alias') return aliasColumn(change, subject, ask);
    const { from, to } = change;
    const replaced = replacement(change);
    const old = knownColumn(subject.catalog, from);
    const inheritance = await ask.heirs({ from, to, type: inItsCollation(old.type, old), keysFollow: true });
    const refused = [
      ...typeRefusals(
        inheritance,
        'change.from',
        `Write \`by: alias\`, which adds no column; or give "${to}" the base type, ${inheritance.base}, by change-type from "${from}", with what the domain asks as a check of the table; or drop that from the domain first.`,
      ),
      ...(await heirRefusals(replaced, subject, inheritance, ask)),
    ];
    return refused.length > 0
      ? { refused: orByAlias(refused, change, subject) }
      : replaceColumn(replaced, subject, inheritance);
  },
};

const replacement = ({ from, to, dualWrite: by }: RenameColumn): Replacement => ({
  dualWrite: by,
  from,
  to,
  conversion: null,
  newDefault: null,
  keys: { from: 'change.from', to: 'change.to' },
});
