import * as z from 'zod';
import { one, type Database } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { ladderProcedure } from './ladder-procedure.ts';
import { callParameter } from './procedure.ts';

/** A change of a table: what is behind ALTER TABLE, and the column or index that it is about. */
export interface Action {
  readonly sql: string;
  readonly name: string;
}

const refused = z.object({ rung: z.string(), code: z.number(), says: z.string() });

const tried = z.object({
  /** The first rung that MySQL takes it on; null where it takes it on none. */
  step: z.string().nullable(),
  /** What it said on the rungs before. */
  refused: z.array(refused),
  /** Every row is written anew; null where the role may not see it (PROCESS). */
  rebuilt: z.boolean().nullable(),
  /** The column and the index of that name afterwards. */
  column: z
    .object({ type: z.string(), nullable: z.enum(['YES', 'NO']), collation: z.string().nullable() })
    .nullable(),
  index: z.string().nullable(),
});
export type TriedStep = z.infer<typeof tried>;

const answer = z.object({ steps: z.array(tried) });

/** The server's patience for the table's metadata while it is copied without its rows. */
const lockSeconds = 5;

/**
 * Tries changes, one after the other, on an empty copy of a table: only the server knows what it does how. `parent`: what a
 * foreign key refers to, in the place of which there is a copy too.
 */
export async function tryActions(
  database: Database,
  { schema, name }: TableName,
  actions: readonly Action[],
  parent: TableName | null = null,
): Promise<readonly TriedStep[]> {
  const text = ladderProcedure.call(
    `:${callParameter}`,
    ':schema',
    ':name',
    ':seconds',
    ':actions',
    ':parentSchema',
    ':parentName',
  );
  const of = { schema, name, parentSchema: parent?.schema ?? null, parentName: parent?.name ?? null };
  const parameters = { ...of, seconds: lockSeconds, actions: JSON.stringify(actions) };
  // What it says is said of a table without rows.
  const { steps } = await one(database, { text, parameters, catalogOnly: true }, answer);
  const parentName = parent === null ? '' : `${parent.schema}.${parent.name}`;
  return steps.map((step) => ({
    ...step,
    refused: step.refused.map((each) => ({
      ...each,
      says: saidOfTable(each.says, `${schema}.${name}`, parentName),
    })),
  }));
}

/** What is tried without a name of the author's has this one, and whatever follows. */
export const triedName = 'underpin_tried';

const copy = /`?underpin`?\.`?try_[0-9a-f]{40}(?<parent>_parent)?`?/gu;
const ourName = new RegExp(String.raw`(['\u0060]?)${triedName}\w*\1`, 'gu');
const ourRung = /, ALGORITHM = \w+(?:, LOCK = NONE)?/gu;

/** MySQL speaks of the copy, and of what only the trial calls so. */
const saidOfTable = (says: string, table: string, parent: string): string =>
  says
    .replaceAll(copy, (...[, ofParent]: readonly unknown[]) => (ofParent === undefined ? table : parent))
    .replaceAll(ourName, 'of that name')
    .replaceAll(ourRung, '');

// It cannot be done in this way: ER_ALTER_OPERATION_NOT_SUPPORTED, …_REASON, ER_INNODB_MAX_ROW_VERSION.
const notThisWay: ReadonlySet<number> = new Set([1845, 1846, 4092]);

/** What MySQL says against the change itself, however it is done; undefined where only the way is refused. */
export const refusalOfAction = ({ refused: all }: TriedStep): string | undefined =>
  all.find(({ code }) => !notThisWay.has(code))?.says;

/** `INSTANT: …; INPLACE: …`: why a change is not done by the rungs that MySQL refused. */
export const reasonsText = ({ refused: all }: TriedStep): string =>
  all.map(({ rung, says }) => `${/= (\w+)/u.exec(rung)?.[1] ?? rung}: ${reasonIn(says)}`).join('; ');

/** The reason out of MySQL's sentence; the rung and what else to try are our own business. */
const reasonIn = (says: string): string =>
  /Reason: (?<reason>.*?)\. Try /su.exec(says)?.groups?.['reason'] ??
  says
    .replace(/^ALGORITHM=\w+ is /u, '')
    .replace(/ Try ALGORITHM=.*$/su, '')
    .replace(/\.$/u, '');
