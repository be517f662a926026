import * as z from 'zod';
import type { Likeness } from '../dialects/inspector.ts';
import { faultMessage } from '../spec/fault.ts';
import { section, whenSound } from '../spec/spec-fields.ts';
import { columnName, sqlByName, sqlDefault, sqlExpression, typeName } from '../spec/sql-fields.ts';
import type { Inheritance } from '../catalog/inheritance.ts';
import type { Kind, Refusal, Subject } from './kind.ts';
import { columnNamed, typeRefusals } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { replacementRefusals, type Replacement } from './replacement-refusals.ts';
import { lostPromises } from './replacement-warnings.ts';

const about = {
  is: 'A column gets another type: a new column takes its place, and every value is converted.',
  example: '{ kind: change-type, column: amount, to: amount_v2, type: numeric(14,4), up: …, down: … }',
};

const keys = section(
  {
    kind: z.literal('change-type').describe(about.is),
    column: columnName({ is: 'The column whose type is wrong.', example: 'amount' }),
    to: columnName({
      is: 'The name of the new column. Both live side by side until the contract phase, so it is another name.',
      example: 'amount_v2',
      missing: {
        fact: 'The new column has no name; both live side by side for a while.',
        remedy: 'Write its name, such as `to: amount_v2`.',
      },
    }),
    type: typeName({ is: 'The type of the new column.', example: 'numeric(14,4)' }),
    up: sqlExpression({
      is: 'An SQL expression of the old column that gives the new value.',
      example: 'amount / 100.0',
      missing: {
        fact: 'Nothing says how a value of {column|old_column} becomes a value of {to|new_column}.',
        remedy:
          'Write an SQL expression of {column|old_column}, such as `up: CAST({column|old_column} AS {type|its_type})`.',
      },
    }),
    down: sqlExpression({
      is: 'An SQL expression of the new column that gives the old value, for the old application and for a rollback.',
      example: 'round(amount_v2 * 100)::integer',
      missing: {
        fact: 'Nothing says how a value of {to|new_column} becomes a value of {column|old_column}; a rollback would lose what was written to {to|new_column}.',
        remedy:
          'Write an SQL expression of {to|new_column}, such as `down: CAST({to|new_column} AS integer)` if {column|old_column} is an integer.',
      },
    }),
    default: z.exactOptional(
      sqlDefault({
        is: 'The default of the new column. Left out: the old default, converted by `up`, where it is a constant.',
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
).refine(({ column, to }) => column !== to, {
  path: ['to'],
  when: whenSound('column', 'to'),
  error: faultMessage({
    fact: 'This is the old column; the new one lives beside it until the contract phase.',
    remedy: 'Write another name for the new column.',
  }),
});

type ChangeType = Readonly<z.output<typeof keys>>;

/** Another type: a second column, each computed from the other by the author's two expressions. */
export const changeType: Kind<'change-type', typeof keys> = {
  kind: 'change-type',
  keys,
  asks: [
    { key: 'column', flag: 'column', asks: 'Which column?', offers: 'columns' },
    { key: 'to', flag: 'to', asks: 'The new column?' },
    { key: 'type', flag: 'type', asks: 'Its type, such as numeric(14,4)?' },
    {
      key: 'up',
      flag: 'up',
      asks: 'SQL that makes the new value of the old column, such as amount / 100.0?',
    },
    { key: 'down', flag: 'down', asks: 'SQL that makes the old value of the new column?' },
  ],
  inWords: 'give a column another type',
  verb: 'retype',
  goal: (table, { column, type, to }) => `Keep ${table}.${column} as ${type}, in ${to}`,
  oldColumn: ({ column }) => column,
  refusals: (change, subject) => replacementRefusals(replacement(change), subject),
  // Each side must be told by the other alone: a write of a third column wakes no dual write.
  expressions: ({ column, to, up, down, type }, { catalog }) => {
    const old = { column, type: columnNamed(catalog, column)?.type ?? 'text' };
    return [
      { key: 'change.up', expression: { text: up, type, over: old } },
      { key: 'change.down', expression: { text: down, type: old.type, over: { column: to, type } } },
    ];
  },
  compile: async (change, subject, heirs) => {
    const inheritance = await heirs(likeness(change, subject));
    const refused = [
      ...typeRefusals(
        inheritance,
        'change.type',
        'Write its base type, and the rule as a check of the table.',
      ),
      ...nullRefused(change, subject, inheritance),
      ...unknownDefault(change, subject, inheritance),
      ...unknownAnswers(change, inheritance),
      ...lostPromises(inheritance),
    ];
    return refused.length > 0 ? { refused } : replaceColumn(replacement(change), subject, inheritance);
  },
};

function likeness(change: ChangeType, { table }: Subject): Likeness {
  const { column, to, type, up, down, default: otherwise, indexes, checks } = change;
  return {
    table,
    from: column,
    to,
    type,
    default: otherwise ?? null,
    up,
    down,
    answers: { index: indexes ?? {}, check: checks ?? {} },
  };
}

/** PostgreSQL asks a domain before any trigger runs: a new application that leaves the old column out would fail. */
function nullRefused(
  { column }: ChangeType,
  { catalog }: Subject,
  inheritance: Inheritance,
): readonly Refusal[] {
  const old = columnNamed(catalog, column);
  if (!inheritance.oldRefusesNull || old === undefined || old.default !== null) return [];
  return [
    {
      key: 'change.column',
      fact: `the type of "${column}", ${old.type}, is a domain that is NOT NULL, so an INSERT that leaves "${column}" out fails before any trigger can fill it`,
      remedy: `Give "${column}" a default, or move NOT NULL from the domain to the columns that it is for.`,
    },
  ];
}

function unknownDefault(
  change: ChangeType,
  { catalog }: Subject,
  { upDefault }: Inheritance,
): readonly Refusal[] {
  const otherwise = columnNamed(catalog, change.column)?.default ?? null;
  if (otherwise === null || change.default !== undefined || upDefault !== null) return [];
  return [
    {
      key: 'change.default',
      fact: `the default of "${change.column}" is an expression, ${otherwise}, which cannot be converted once and for all`,
      remedy: `Say what "${change.to}" holds when a writer leaves it out: \`default: …\` under change.`,
    },
  ];
}

/** Nothing of that name hangs on the old column: a slip of the pen would lose what was meant. */
function unknownAnswers(
  { column, indexes = {}, checks = {} }: ChangeType,
  { indexes: inherited, constraints, leftBehind }: Inheritance,
): readonly Refusal[] {
  const left = (what: string): readonly string[] =>
    leftBehind.filter((each) => each.what === what).map(({ name }) => name);
  const known = {
    index: [...inherited.map(({ name }) => name), ...left('index')],
    check: [...constraints.filter(({ kind }) => kind === 'check').map(({ name }) => name), ...left('check')],
  };
  const unknown = (key: string, what: 'index' | 'check', answers: Readonly<Record<string, string>>) =>
    Object.keys(answers)
      .filter((name) => !known[what].includes(name))
      .map((name) => ({
        key: `change.${key}.${name}`,
        fact: `"${column}" has no ${what} "${name}"`,
        remedy: known[what].length === 0 ? 'It has none' : `It has: ${known[what].join(', ')}`,
      }));
  return [...unknown('indexes', 'index', indexes), ...unknown('checks', 'check', checks)];
}

const replacement = ({ column, to, up, down, default: otherwise }: ChangeType): Replacement => ({
  from: column,
  to,
  conversion: { up, down },
  newDefault: otherwise ?? null,
  keys: { from: 'change.column', to: 'change.to' },
});
