import type { RetypedCopySql } from '../dialects/retyped-copy.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import type { CompiledChange, DatabaseQuestions, RefusedChange, Refusal, Subject } from './kind.ts';
import { walksAroundSwap } from './exchanged-names.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import { columnNamed, missingColumn, missingKey, unwalkable } from './refusals.ts';

interface Asked {
  readonly column: string;
  readonly type: string;
}

/** What forbids another type of a column by a copy of its table, before the database is asked for more. */
export function retypedCopyRefusals(
  { column, type }: Asked,
  subject: Subject,
  sql: RetypedCopySql,
): readonly Refusal[] {
  const { table, catalog } = subject;
  const found = columnNamed(catalog, column);
  if (found === undefined) return [missingColumn(subject, column, 'change.column')];
  const fault = sql.typed({ table, column: found, type });
  const walked = unwalkable(subject);
  return [
    ...('fact' in fault ? [{ key: 'change.type', ...fault }] : []),
    ...(walked.length > 0 ? walked : missingKey(subject)),
    ...generatedKey(subject, [column, ...catalog.key.map(({ name }) => name)]),
    ...(found.definition === null && !found.identity && !found.generated
      ? [
          {
            key: 'change.column',
            fact: `${table.name}.${column} has a default that cannot be written again as it is`,
            remedy: 'Drop its default first.',
          },
        ]
      : []),
  ];
}

/** What the triggers write a row by has to be written as it is. */
const generatedKey = ({ table, catalog }: Subject, key: readonly string[]): readonly Refusal[] =>
  catalog.columns
    .filter(({ name, generated }) => generated && key.includes(name))
    .map(({ name }) => ({
      key: 'change.column',
      fact: `column ${name} of ${table.schema}.${table.name} is in the key, and is generated`,
      remedy: 'Give the table a key that only the application writes first.',
    }));

/** A copy of the table, in which the column has another type, takes the table's place and its name. */
export async function copyRetyped(
  { column, type: wanted }: Asked,
  { migration, table, catalog }: Subject,
  sql: RetypedCopySql,
  ask: Pick<DatabaseQuestions, 'taken' | 'indexes' | 'copyHindrances'>,
): Promise<CompiledChange | RefusedChange> {
  const found = columnNamed(catalog, column);
  const typed = found === undefined ? undefined : sql.typed({ table, column: found, type: wanted });
  if (found === undefined || typed === undefined || 'fact' in typed)
    throw new Error(`compiling before the refusals were asked: ${migration}, ${column}`);
  const { type } = typed;
  const hindrances = await ask.copyHindrances(column);
  const hindered = hindrances.faults.map((fault): Refusal => ({
    key: 'table',
    ...fault,
    waitsFor: 'database',
  }));
  if (hindered.length > 0) return { refused: hindered };
  const plan = sql.plan({
    migration,
    table,
    columns: catalog.columns,
    key: catalog.key,
    column: found,
    type,
    keys: hindrances.keys,
  });
  const taken = (await ask.taken(plan.names)).map((name) => ({
    key: 'table',
    fact: `there is a table called ${table.schema}.${name} already`,
    remedy: 'It may be a leftover: drop or rename it first.',
  }));
  if (taken.length > 0) return { refused: taken };
  const columns = catalog.columns.map((each) => ({ name: each.name, type: each.type }));
  const expects: ExpectedTable = {
    ...expectsNothing(catalog.table.owner),
    columns: catalog.columns.map(columnAsItIs),
    indexes: (await ask.indexes()).map(({ name, unique, definition }) => ({ name, unique, definition })),
  };
  return {
    shape: {
      kind: 'tables',
      old: { table, columns },
      new: {
        table: plan.fresh,
        columns: columns.map((each) => (each.name === column ? { ...each, type } : each)),
      },
      aside: plan.aside.name,
      parts: [],
    },
    phases: plan.phases,
    walks: walksAroundSwap(plan.walk, plan.compareSwapped),
    warnings: [...hindrances.warnings, ...plan.warnings],
    differences: plan.differences,
    ...(plan.remarks === undefined ? {} : { remarks: plan.remarks }),
    expects: { ...expects, triggers: [...plan.triggers.afterSwap] },
    expectsBeforeSwap: { ...expects, triggers: [...plan.triggers.beforeSwap] },
  };
}
