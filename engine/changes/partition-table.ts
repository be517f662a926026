import * as z from 'zod';
import { choice, section, valueMessage } from '../spec/spec-fields.ts';
import { columnName, columnNames } from '../spec/sql-fields.ts';
import { copyPlan, copiedTable } from './copied-table.ts';
import type { Kind, DatabaseQuestions, Subject } from './kind.ts';
import { intervals, partitionsOf } from './partition-bounds.ts';
import { copiedRefusals, hangingRefusals, partitionColumnRefusals } from './partition-refusals.ts';
import { triggersOnPartitions } from './partitioned-refusals.ts';
import { columnNamed } from './refusals.ts';

const about = {
  is: 'Partitions a table; its name stays.',
  example:
    "{ kind: partition-table, by: range, column: created_at, every: month, from: '2026-01-01', to: '2027-07-01' }",
};

const value = z.union([z.string(), z.number(), z.null()], {
  error: valueMessage('a value', { is: 'A value.', example: "'2027-01-01'" }),
});
const end = (is: string, example: string) =>
  z
    .union([z.string(), z.number()], { error: valueMessage('a day or a whole number', { is, example }) })
    .meta({ description: is, examples: [example.replaceAll("'", '')] });
const intervalAbout = {
  is: 'How much each partition holds: a `day`, `week`, `month` or `year`, or that many whole numbers.',
  example: 'month',
};

const keys = section(
  {
    kind: z.literal('partition-table').describe(about.is),
    by: choice(['range', 'list'], {
      is: "How rows are assigned to partitions: by a range of the column's values, or by each value.",
      example: 'range',
    }),
    column: columnName({ is: 'The column to partition by.', example: 'created_at' }),
    primaryKey: z.exactOptional(
      columnNames({
        is: 'The new primary key, where the present one does not include the column.',
        example: '[id, created_at]',
      }),
    ),
    every: z.exactOptional(
      z
        .union([z.enum(intervals), z.int().min(1)], {
          error: valueMessage('`day`, `week`, `month`, `year` or a whole number', intervalAbout),
        })
        .meta({ description: intervalAbout.is, examples: [intervalAbout.example] }),
    ),
    from: z.exactOptional(end('Where the first partition begins.', "'2026-01-01'")),
    to: z.exactOptional(end('Where the last partition ends, at the least.', "'2027-07-01'")),
    partitions: z.exactOptional(
      z
        .record(z.string(), z.array(value), {
          error: valueMessage('names with their values', {
            is: 'The partitions.',
            example: "{ orders_2026: ['2026-01-01', '2027-01-01'] }",
          }),
        })
        .meta({
          examples: [{ orders_2026: ['2026-01-01', '2027-01-01'] }],
          description:
            'Each partition by its name: the values of a list, or the two ends of a range, of which the second is outside.',
        }),
    ),
  },
  about,
);

/**
 * A partitioned copy, filled beside the traffic, that takes the table's name in one lock; the old table follows it until the
 * contract, so that the way back is one lock too.
 */
export const partitionTable: Kind<'partition-table', typeof keys> = {
  kind: 'partition-table',
  keys,
  asks: [
    { key: 'by', flag: 'by', asks: 'By range or by list?' },
    { key: 'column', flag: 'column', asks: 'Which column decides where a row lies?', offers: 'columns' },
    {
      key: 'primaryKey',
      flag: 'primary-key',
      asks: 'What the primary key becomes, where it lacks the column: [a, b]',
      optional: true,
      yaml: true,
    },
    {
      key: 'every',
      flag: 'every',
      asks: 'How much lies in each partition? (day, week, month, year, or a number)',
      optional: true,
    },
    { key: 'from', flag: 'from', asks: 'Where does the first one begin?', optional: true },
    { key: 'to', flag: 'to', asks: 'Where does the last one end?', optional: true },
    {
      key: 'partitions',
      flag: 'partitions',
      asks: 'Or each by name, with its values:',
      optional: true,
      yaml: true,
    },
  ],
  inWords: 'spread a table over partitions',
  verb: 'partition',
  goal: (table, { column }) => `Partition ${table} by ${column}`,
  oldColumns: () => [],
  keepsName: () => true,
  wholeTable: () => true,
  takesAway: () => true,
  names: ({ column }) => ({ needs: [column] }),
  refusals: (change, subject) => [
    ...triggersOnPartitions(subject, 'becomes'),
    ...hangingRefusals(subject),
    ...partitionColumnRefusals(change, subject),
  ],
  expressions: () => [],
  compile: async (change, subject, ask) => {
    const { table, catalog, sql } = subject;
    const facts = await ask.copied();
    const indexes = await ask.indexes();
    const { column } = change;
    const { version } = catalog.table;
    const refused = copiedRefusals({ facts, indexes, column, version }, subject);
    if (refused.length > 0) return { refused };
    const bounds = partitionsOf(change, table, columnNamed(catalog, column)?.type ?? '');
    if ('refused' in bounds) return { refused: [bounds.refused] };
    const partitions = { ...bounds, rest: sql.names.shortened(`${table.name}_default`) };
    const copy = copiedTable(
      {
        partitions,
        facts,
        indexes,
        settings: await ask.settings(),
        primaryKey: await widened(change, subject, ask),
      },
      subject,
    );
    const long = copy.names.flatMap((name) => {
      const fault = sql.names.lengthFault(name);
      return fault === undefined
        ? []
        : [
            {
              key: 'change',
              fact: `the name ${name} ${fault}`,
              remedy: 'Name the partitions yourself, shorter.',
            },
          ];
    });
    const taken = (await ask.taken(copy.names)).map((name) => ({
      key: 'change',
      fact: `there is a relation or a constraint called ${name} already`,
      remedy: 'It may be a leftover: drop or rename it first; or give the partitions other names.',
    }));
    if (long.length + taken.length > 0) return { refused: [...long, ...taken] };
    await ask.tries(sql.copies.tried(copy.table));
    return copyPlan(copy.table, subject);
  },
};

async function widened(
  { primaryKey }: Readonly<z.output<typeof keys>>,
  { sql }: Subject,
  { printed }: Pick<DatabaseQuestions, 'printed'>,
): Promise<{ readonly columns: readonly string[]; readonly printed: string } | null> {
  if (primaryKey === undefined) return null;
  const columns = primaryKey.map((name) => sql.names.quoted(name)).join(', ');
  return { columns: primaryKey, printed: await printed(`USING btree (${columns})`) };
}
