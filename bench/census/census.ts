import * as z from 'zod';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { one } from '../../engine/database/database.ts';
import { InvalidSpec } from '../../engine/database/errors.ts';
import { inspectorOf, planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { parseSpec } from '../../engine/spec/spec.ts';
import type { TableName } from '../../engine/spec/table-name.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { ofColumn, ofTable, type Question } from './questions.ts';
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
  const tables = await RolledBack.within(url, (database) => inspectorOf(database).tables());
  const tally = new Tally();
  let columns = 0;
  let counted = 0;
  for (const table of tables) {
    const asked = await RolledBack.within(url, (database) => askTable(database, table, tally));
    if (asked === null) continue;
    counted += 1;
    columns += asked;
    each(table);
  }
  return { tables: counted, columns, tally };
}

/** How many columns were asked; null where it is a partition or no table. */
async function askTable(database: RolledBack, table: TableName, tally: Tally): Promise<number | null> {
  const inspect = inspectorOf(database);
  const facts = await inspect.table(table);
  if (facts === undefined || facts.kind === 'other' || facts.partition) return null;
  const { names, ledgerSchema } = planningDialectOf(database);
  if (!(await hasLedger(database))) await database.run(ledgerSchema.create);
  const columns = await inspect.columns(table);
  for (const question of ofTable(columns)) await ask(question, [], { database, table, tally });
  for (const column of columns)
    for (const question of ofColumn(column, columns, names.quoted))
      await ask(question, [`"${column.name}"`, `${table.name}.${column.name}`], { database, table, tally });
  return columns.length;
}

const exists = z.object({ exists: z.boolean() });
const hasLedger = async (database: RolledBack): Promise<boolean> =>
  (await one(database, planningDialectOf(database).ledgerSchema.ask, exists)).exists;

interface Asked {
  readonly database: RolledBack;
  readonly table: TableName;
  readonly tally: Tally;
}

async function ask(
  { name, change }: Question,
  called: readonly string[],
  { database, table, tally }: Asked,
): Promise<void> {
  const full = `${table.schema}.${table.name}`;
  try {
    const asked = { goal: 'A census', table: planningDialectOf(database).names.qualified(table), change };
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
