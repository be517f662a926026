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

/** Asks every column of every table, partitioned ones too, for a plan of each kind. Nothing of a plan is executed. */
export async function census(
  url: string,
  each: (table: TableName) => void = () => undefined,
): Promise<Census> {
  const isMysql = engineOfUrl(url) === 'mysql';
  const within = <T>(use: (database: Database) => Promise<T>): Promise<T> =>
    isMysql ? withinMysql(url, use) : RolledBack.within(url, use);
  const found = await within((database) => inspectorOf(database).tables());
  // A schema of MySQL's is a database to us, and a server has many.
  const schema = decodeURIComponent(new URL(url).pathname.slice(1));
  const tables = isMysql ? found.filter((table) => table.schema === schema) : found;
  const tally = new Tally();
  let columns = 0;
  let counted = 0;
  for (const table of tables) {
    const asked = await within((database) => askTable(database, table, tally));
    if (asked === null) continue;
    counted += 1;
    columns += asked;
    each(table);
  }
  return { tables: counted, columns, tally };
}

/** How many columns were asked; null where it is a partition or no table. */
async function askTable(database: Database, table: TableName, tally: Tally): Promise<number | null> {
  const inspect = inspectorOf(database);
  const facts = await inspect.table(table);
  if (facts === undefined || facts.kind === 'other' || facts.partition) return null;
  const { engine, names, ledgerSchema } = planningDialectOf(database);
  if (!(await hasLedger(database))) await database.run(ledgerSchema.create);
  const columns = await inspect.columns(table);
  for (const question of ofTable(columns)) await ask(question, [], { database, table, tally });
  const asks = engine === 'mysql' ? ofMysqlColumn : ofColumn;
  for (const column of columns)
    for (const question of asks(column, columns, names.quoted))
      await ask(question, [`"${column.name}"`, `${table.name}.${column.name}`], { database, table, tally });
  return columns.length;
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
