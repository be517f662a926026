import * as z from 'zod';
import type { Database } from '../../../database/database.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import type { Fault } from '../../../spec/fault.ts';
import type { RemadeAsked } from '../../dependents.ts';
import { askBoundParts, installBoundParts } from './bound-parts.ts';
import { changedColumns } from './changed-columns.ts';
import { copyName } from './copy-name.ts';
import { onCopy } from './on-copy.ts';
import { installPartsAside, type PartText } from './parts-aside.ts';
import { askTriedParts, installTriedParts } from './tried-parts.ts';

const boundPart = z.object({
  what: z.string(),
  obstacle: z.string().nullable(),
  trial: z.string(),
  again: z.string(),
});
type BoundPart = Readonly<z.infer<typeof boundPart>>;
const tried = z.object({ against: z.string().nullable(), printed: z.string().nullable() });

interface PartsRemade {
  readonly faults: readonly Fault[];
  readonly warnings: readonly string[];
  /** What parts have on the way back which is printed otherwise once the type is another. */
  readonly texts: readonly PartText[];
}

/**
 * What of a table knows a column by its number that gets another type under its name: triggers, policies and rules, set aside
 * and made again in the lock in which that happens.
 */
export async function planPartsRemade(
  database: Database,
  asked: RemadeAsked,
  parser: SqlParser,
): Promise<PartsRemade> {
  for (const statement of [installBoundParts, ...installPartsAside, installTriedParts])
    await database.run(statement);
  const parts = await database.rows(askBoundParts(asked.table, asked.columns), boundPart);
  return {
    ...(await triedParts(parts, database, asked, parser)),
    warnings: parts.map(
      ({ what }) => `${what} is made again in the same lock, as it is, and from then on means the new type`,
    ),
  };
}

async function triedParts(
  parts: readonly BoundPart[],
  database: Database,
  asked: RemadeAsked,
  parser: SqlParser,
): Promise<Pick<PartsRemade, 'faults' | 'texts'>> {
  const stuck = parts.flatMap(({ what, obstacle }) =>
    obstacle === null ? [] : [obstructed(what, obstacle)],
  );
  if (stuck.length > 0 || parts.length === 0) return { faults: stuck, texts: [] };
  const { table, columns, leaving, changing } = asked;
  const copy = await copyName(database, table, `parts_of_${asked.migration}`);
  const there = (sql: string): string | null => onCopy(sql, { table, copy }, parser);
  const made = parts.map(({ trial }) => there(trial));
  const unread = parts.filter((_, at) => made[at] === null);
  if (unread.length > 0)
    return {
      faults: unread.map(({ what }) => obstructed(what, 'its text cannot be read for sure')),
      texts: [],
    };
  const answers = await database.rows(
    askTriedParts({
      table,
      copy: copy.name,
      changed: changedColumns(changing, parser).map((sql) => there(sql) ?? ''),
      columns,
      leaving,
      parts: made.map((each) => each ?? ''),
    }),
    tried,
  );
  return {
    faults: answers.flatMap(({ against }, at) =>
      against === null ? [] : [unfit(parts[at]?.what ?? '', against)],
    ),
    texts: parts.flatMap(({ trial, again }, at) => {
      const printed = answers[at]?.printed ?? trial;
      return printed === trial ? [] : [{ was: printed, text: again }];
    }),
  };
}

const remedy =
  'Drop it before and create it again afterwards; or give the new column a name of its own, with `to`.';

const obstructed = (what: string, why: string): Fault => ({
  fact: `${what} has to be made again when the column gets its new type, and cannot be: ${why}`,
  remedy,
});

const unfit = (what: string, against: string): Fault => ({
  fact: `${what} cannot be made again by its own text over the new type: ${against}`,
  remedy,
});
