import type { Column } from '../catalog/catalog.ts';
import type { RetypedColumn } from '../dialects/inspector.ts';
import type { Phase } from '../plan/plan.ts';
import type { ChangeType } from './change-type-keys.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import type { CompiledChange, DatabaseQuestions, RefusedChange, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { inItsCollation } from './retyping.ts';

/**
 * A type that the database changes in its catalog alone, such as varchar(64) to text: one statement of milliseconds, and no
 * second column. null where it would write, read or index rows anew, or where the author wants more than a cast.
 */
export async function retypeInPlace(
  change: ChangeType,
  subject: Subject,
  retyped: DatabaseQuestions['retyped'],
): Promise<CompiledChange | RefusedChange | null> {
  const { column, to, up, default: otherwise, indexes, checks } = change;
  const old = columnNamed(subject.catalog, column);
  if (old === undefined || [to, up, otherwise, indexes, checks].some((each) => each !== undefined))
    return null;
  const type = inItsCollation(change.type, old);
  const answer = await retyped(column, type);
  if (answer.type === answer.old) return { refused: [nothingToDo(column, answer.old)] };
  if (answer.refused !== undefined) return { refused: [{ key: 'change.type', ...answer.refused }] };
  return answer.there ? inPlace(old, type, answer, subject) : null;
}

const nothingToDo = (column: string, type: string) => ({
  key: 'change.type',
  fact: `"${column}" is of type ${type} already`,
  remedy: 'There is nothing to do.',
});

function inPlace(
  old: Column,
  type: string,
  { back, old: was }: RetypedColumn,
  { migration, table, catalog, sql }: Subject,
): CompiledChange {
  const { name } = old;
  const verify: Phase = { run: sql.statistics.analyze(migration, table), undo: [] };
  return {
    shape: { kind: 'none', breaks: null },
    phases: {
      expand: {
        run: [sql.columns.changeType(table, old, type)],
        undo: back ? [sql.columns.changeType(table, { ...old, type }, was)] : [],
      },
      // The statistics of a column go with its type.
      verify,
    },
    walks: [],
    warnings: [
      `${table.name}.${name} is changed in the catalog alone: no row is written or read, so there is nothing to copy, to compare or to wait for`,
      ...(back
        ? []
        : [
            `a rollback leaves ${table.name}.${name} as ${type}, which holds all that ${was} does: the way back would rewrite the whole table`,
          ]),
      ...sql.retypeCaution(table, name, 'expand'),
    ],
    expects: { ...expectsNothing(catalog.table.owner), columns: [columnAsItIs(old)] },
  };
}
