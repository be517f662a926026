import type { Database } from '../../database/database.ts';
import { PreflightFailed, StatementRefused } from '../../database/errors.ts';
import type { TableName } from '../../spec/table-name.ts';
import { reasonsText, refusalOfAction, triedName, tryActions, type Action } from './ladder.ts';
import { parentsCopy } from './ladder-procedure.ts';
import { hashOf, identifier, qualifiedName } from './quote.ts';
import { keyFaults } from './requirements.ts';

/** Lets MySQL add a foreign key between empty copies of both tables, behind other changes of the one. Raises what is against it. */
export async function triedKey(
  database: Database,
  table: TableName,
  { definition, references }: { readonly definition: string; readonly references: TableName },
  before: readonly Action[] = [],
): Promise<void> {
  const [lack] = await keyFaults(database, references);
  if (lack !== undefined) throw new PreflightFailed(`${lack.fact}. ${lack.remedy} Nothing was changed.`);
  // Names of foreign keys are one for a whole schema, and other tables are tried beside this one.
  const name = `${triedName}_${hashOf(qualifiedName(table))}`;
  const between = definition.replace(
    `REFERENCES ${qualifiedName(references)} (`,
    `REFERENCES ${parentsCopy} (`,
  );
  const sql = `ADD CONSTRAINT ${identifier(name)} ${between}`;
  const tried = (await tryActions(database, table, [...before, { sql, name }], references)).at(-1);
  if (tried === undefined) throw new Error('a key that was not tried');
  const says = refusalOfAction(tried);
  if (says !== undefined) throw new StatementRefused(says);
  if (tried.step === null) throw new StatementRefused(reasonsText(tried));
  if (tried.index !== null)
    throw new StatementRefused(
      'no index of the table begins with these columns whole and in this order, and MySQL would build one by itself, within the statement; add one first (add-index)',
    );
}
