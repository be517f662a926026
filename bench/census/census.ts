import * as z from 'zod';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { engineOfUrl } from '../../cli/database/engine-of-url.ts';
import { one, type Database } from '../../engine/database/database.ts';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { inspectorOf, planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { drawColumns } from './draw.ts';
import { withinMysql } from './on-mysql.ts';
import { ofColumn, ofTable, type Question } from './questions.ts';
import { ofMysqlColumn } from './questions-of-mysql.ts';
import { RolledBack } from './rolled-back.ts';
import { reasonOf, Tally } from './tally.ts';

export interface Census {
  readonly tables: number;
  readonly columns: number;
  readonly tally: Tally;
}

export interface CensusOptions {
  /** So many, drawn at random; without it all of them. */
  readonly columns?: number;
  readonly each?: (table: TableName) => void;
}

/** Asks the columns of every table, partitioned ones too, for a plan of each kind. Nothing of a plan is executed. */
export async function census(
  url: string,
  { columns: wanted, each = () => undefined }: CensusOptions = {},
): Promise<Census> {
  const isMysql = engineOfUrl(url) === 'mysql';
  const within = <T>(use: (database: Database) => Promise<T>): Promise<T> =>
    isMysql ? withinMysql(url, use) : RolledBack.within(url, use);
  // A schema of MySQL's is a database to us, and a server has many.
  const schema = decodeURIComponent(new URL(url).pathname.slice(1));
  const asked = await within(async (database) => {
    const found = await inspectorOf(database).tables();
    const tables = isMysql ? found.filter((table) => table.schema === schema) : found;
    return wanted === undefined
      ? tables.map((table) => ({ table, columns: null }))
      : drawColumns(database, tables, wanted);
  });
  const tally = new Tally();
  let columns = 0;
  let tables = 0;
  for (const { table, columns: chosen } of asked) {
    const answered = await within((database) => askTable(database, table, { tally, chosen }));
    if (answered === null) continue;
    tables += 1;
    columns += answered;
    each(table);
  }
  return { tables, columns, tally };
}

interface Asking {
  readonly tally: Tally;
  /** null: all. */
  readonly chosen: ReadonlySet<string> | null;
}

/** How many columns were asked; null where it is a partition or no table. */
async function askTable(
  database: Database,
  table: TableName,
  { tally, chosen }: Asking,
): Promise<number | null> {
  const inspect = inspectorOf(database);
  const facts = await inspect.table(table);
  if (facts === undefined || facts.kind === 'other' || facts.partition) return null;
  const { engine, names, ledgerSchema } = planningDialectOf(database);
  if (!(await hasLedger(database))) await database.run(ledgerSchema.create);
  const columns = await inspect.columns(table);
  for (const question of ofTable(columns)) await ask(question, [], { database, table, tally });
  const asks = engine === 'mysql' ? ofMysqlColumn : ofColumn;
  const asked = columns.filter(({ name }) => chosen === null || chosen.has(name));
  for (const column of asked)
    for (const question of asks(column, columns, names.quoted))
      await ask(question, [`"${column.name}"`, `${table.name}.${column.name}`], { database, table, tally });
  return asked.length;
}

const exists = z.object({ exists: z.boolean() });
const hasLedger = async (database: Database): Promise<boolean> =>
  (await one(database, planningDialectOf(database).ledgerSchema.ask, exists)).exists;

interface Asked {
  readonly database: Database;
  readonly table: TableName;
  readonly tally: Tally;
}

/** As a spec names a table, whatever the engine. */
const asWritten = ({ schema, name }: TableName): string =>
  [schema, name].map((part) => `"${part.replaceAll('"', '""')}"`).join('.');

async function ask(
  { name, change }: Question,
  called: readonly string[],
  { database, table, tally }: Asked,
): Promise<void> {
  const full = `${table.schema}.${table.name}`;
  try {
    const asked = { goal: 'A census', table: asWritten(table), change };
    const spec = parseSpec(JSON.stringify(asked), 'census.yaml');
    const planning = { database, parser: await sqlParser() };
    await compile(spec, await preflight(spec, planning), planning);
    tally.accept(name);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const fact = error instanceof InvalidSpec ? error.problems[0]?.fact : undefined;
    tally.refuse(name, reasonOf(fact ?? `${error.name}: ${error.message}`, [...called, full, table.name]));
  }
}
