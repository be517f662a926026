import * as z from 'zod';
import { faultMessage } from '../spec/fault.ts';
import { section, whenSound } from '../spec/spec-fields.ts';
import { columnName, sqlByName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';
import { identityRefusals } from './identity.ts';
import { keyRefusals } from './key-refusals.ts';
import type { Kind } from './kind.ts';
import { columnNamed, typeRefusals } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { declaredIn, replacementRefusals } from './replacement-refusals.ts';
import { lostPromises } from './replacement-warnings.ts';
import { retypeInPlace } from './retype-in-place.ts';
import { retypingOf, withItsDefault } from './retyping.ts';
import { retypingRefusals } from './retyping-refusals.ts';
import { swapColumn } from './swap-column.ts';
import { boundRefusals, swapRefusals } from './swap-refusals.ts';

const about = {
  is: 'A column gets another type: a new column takes its place, and every value is converted.',
  example: '{ kind: change-type, column: amount, to: amount_v2, type: numeric(14,4), up: …, down: … }',
};

const keys = section(
  {
    kind: z.literal('change-type').describe(about.is),
    column: columnName({ is: 'The column whose type is wrong.', example: 'amount' }),
    to: z.exactOptional(
      columnName({
        is: 'The name of the new column; both live side by side until the contract phase, and readers move from one to the other. Left out: the column keeps its name, nobody has to move, and the old and the new column exchange their names in one short lock.',
        example: 'amount_v2',
      }),
    ),
    type: typeName({ is: 'The type of the new column.', example: 'numeric(14,4)' }),
    up: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression of the old column that gives the new value. Where the column keeps its name it may be left out: a cast.',
        example: 'amount / 100.0',
      }),
    ),
    down: z.exactOptional(
      sqlExpression({
        is: 'An SQL expression of the new column that gives the old value, for the old application and for a rollback. Where the column keeps its name, it speaks of that name.',
        example: 'round(amount_v2 * 100)::integer',
      }),
    ),
    default: z.exactOptional(
      sqlDefault({
        is: 'The default of the new column. Left out: the old default, converted by `up`.',
        example: '0',
      }),
    ),
    indexes: z.exactOptional(
      sqlByName('index', {
        is: 'For indexes of the old column that cannot be carried over, by their names: what stands behind `ON table` in CREATE INDEX, over the new column; or `drop`. A unique index stays one.',
        example: '(round(amount_v2))',
      }),
    ),
    checks: z.exactOptional(
      sqlByName('expression', {
        is: 'For checks of the old column that cannot be carried over, by their names: the condition over the new column; or `drop`.',
        example: 'amount_v2 >= 0',
      }),
    ),
  },
  about,
)
  .refine(({ column, to }) => column !== to, {
    path: ['to'],
    when: whenSound('column', 'to'),
    error: faultMessage({
      fact: 'This is the old column; the new one lives beside it until the contract phase.',
      remedy: 'Write another name for the new column; or leave `to` out, and the column keeps its name.',
    }),
  })
  .refine(({ to, up }) => to === undefined || up !== undefined, {
    path: ['up'],
    when: whenSound('to', 'up'),
    error: faultMessage({
      fact: 'Nothing says how a value of {column|old_column} becomes a value of {to|new_column}.',
      remedy:
        'Write an SQL expression of {column|old_column}, such as `up: CAST({column|old_column} AS {type|its_type})`.',
    }),
  })
  .refine(({ to, down }) => to === undefined || down !== undefined, {
    path: ['down'],
    when: whenSound('to', 'down'),
    error: faultMessage({
      fact: 'Nothing says how a value of {to|new_column} becomes a value of {column|old_column}; a rollback would lose what was written to {to|new_column}.',
      remedy:
        'Write an SQL expression of {to|new_column}, such as `down: CAST({to|new_column} AS integer)` if {column|old_column} is an integer.',
    }),
  });

export type ChangeType = Readonly<z.output<typeof keys>>;

/**
 * Another type: a second column, each computed from the other by two expressions. It is the one that stays, under a name
 * of its own, or, without `to`, under the old one's.
 */
export const changeType: Kind<'change-type', typeof keys> = {
  kind: 'change-type',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    {
      key: 'to',
      flag: 'to',
      asks: 'The new column, if it is to have another name?',
      optional: true,
    },
    { key: 'type', flag: 'type', asks: 'Its type, such as numeric(14,4)?' },
    {
      key: 'up',
      flag: 'up',
      asks: 'SQL that makes the new value of the old column, such as amount / 100.0, if not a cast?',
      optional: true,
    },
    { key: 'down', flag: 'down', asks: 'SQL that makes the old value of the new column?', optional: true },
  ],
  inWords: 'give a column another type',
  verb: 'retype',
  goal: (table, { column, type, to }) =>
    `Keep ${table}.${column} as ${type}${to === undefined ? '' : `, in ${to}`}`,
  oldColumns: ({ column }) => [column],
  names: ({ to }) => ({ makes: to === undefined ? [] : [to] }),
  keepsName: ({ to }) => to === undefined,
  // What is done in the catalog alone needs no key and no second column: only the database knows whether it is.
  refusals: (change, subject) =>
    change.to === undefined && columnNamed(subject.catalog, change.column) !== undefined
      ? boundRefusals(change.column, subject)
      : replacementRefusals(declaredIn(retypingOf(change, subject).replacement), subject),
  // Each side must follow from the other alone: a write of a third column wakes no dual write.
  expressions: (change, subject) => {
    if (change.to === undefined && subject.sql.cannot['column that takes the place of another'] !== undefined)
      return [];
    const { column, type, to = column } = change;
    const old = { column, type: columnNamed(subject.catalog, column)?.type ?? 'text' };
    const { up, down } = retypingOf(change, subject);
    return [
      { key: 'change.up', expression: { text: up, type, over: [old] } },
      ...(change.down === undefined
        ? []
        : [
            {
              key: 'change.down',
              expression: { text: down, type: old.type, over: [{ column: to, type }] },
            },
          ]),
    ];
  },
  compile: async (declared, subject, heirs, { retyped, parser }) => {
    const inPlace = await retypeInPlace(declared, subject, retyped);
    if (inPlace !== null) return inPlace;
    const change = withItsDefault(declared, subject, parser);
    const retyping = retypingOf(change, subject);
    const copied = change.to === undefined ? swapRefusals(retyping.replacement, subject) : [];
    if (copied.length > 0) return { refused: copied };
    const inheritance = await heirs(retyping.likeness);
    const refused = [
      ...typeRefusals(
        inheritance,
        'change.type',
        'Write its base type, and the rule as a check of the table.',
      ),
      ...retypingRefusals(change, subject, inheritance),
      ...keyRefusals(retyping.replacement, subject, inheritance, parser),
      ...identityRefusals(retyping.replacement, subject, inheritance.type),
      ...lostPromises(inheritance),
    ];
    if (refused.length > 0) return { refused };
    return change.to === undefined
      ? swapColumn(retyping, subject, inheritance)
      : replaceColumn(retyping.replacement, subject, inheritance);
  },
};
