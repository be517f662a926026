import type { RunningDialect } from '../dialects/running-dialect.ts';
import type { Statement } from './database.ts';

/**
 * Runs a statement and gives its rows. Where the rows of a call may not come, the call is named first, and its answer is
 * asked for by that name. `name`: one that no other call has.
 */
export async function answerOf<T>(
  { answers }: RunningDialect,
  statement: Statement,
  { name, execute }: { readonly name: () => string; readonly execute: (statement: Statement) => Promise<T> },
): Promise<T> {
  if (answers === null || !statement.text.includes(`:${answers.call}`)) return execute(statement);
  const named = { [answers.call]: name() };
  await execute({ ...statement, parameters: { ...statement.parameters, ...named } });
  return execute({ text: answers.ask, parameters: named });
}
