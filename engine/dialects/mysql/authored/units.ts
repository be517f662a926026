import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import { rungs } from '../ladder-procedure.ts';
import { beginningOf } from '../settled.ts';
import { alterForm, type AlterForm } from './alter-forms.ts';
import { isWord, readStatement, textFrom, type Statement } from './statement.ts';

/** Each statement is a unit of its own: MySQL commits DDL by itself, and a mark behind each tells how far it came. */
export const ownUnits = (statements: readonly string[], verb: string): readonly Brief[] =>
  statements.map((text, at) => {
    const statement = readStatement(text);
    const form = statement === undefined ? undefined : alterForm(statement);
    const first = statement?.tokens[0];
    return brief(
      `${verb} statement ${at + 1} of the author`,
      isWord(first, 'alter', 'drop', 'rename') ? 'metadata' : 'none',
      [statement === undefined ? text : form === undefined ? direct(statement) : ofForm(form)],
    );
  });

/** How MySQL does it, the plan finds out on an empty copy; but for what no copy has. */
const ofForm = ({ table, action, is }: AlterForm): string =>
  `${beginningOf(table)}${action}${is === 'untried' ? `,\n  ${rungs[1]}` : ''}`;

/** As it was written, with its first words as the ledger's procedure knows them. */
function direct(statement: Statement): string {
  const { tokens } = statement;
  const words = tokens.slice(0, isWord(tokens[1], 'table', 'view') ? 2 : 1);
  return `${words.map(({ word }) => word.toUpperCase()).join(' ')} ${textFrom(statement, words.length)}`;
}

/** Those of the statements that change a table in a way that is known. */
const formsOf = (statements: readonly string[]): readonly AlterForm[] =>
  statements.flatMap((text) => {
    const statement = readStatement(text);
    return (statement === undefined ? undefined : alterForm(statement)) ?? [];
  });

/** The tables that ALTER TABLE changes as a plan knows it: only the migration's own has an empty copy to try it on. */
export const tablesAltered = (statements: readonly string[]): readonly TableName[] =>
  formsOf(statements).map(({ table }) => table);

/** The indexes that are built. */
export const indexesBuilt = (
  statements: readonly string[],
): readonly { readonly name: string; readonly table: TableName }[] =>
  formsOf(statements).flatMap(({ builds, table }) => (builds === null ? [] : [{ name: builds, table }]));
