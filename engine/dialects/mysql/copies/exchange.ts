import type { Online } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { RetypedCopy } from '../../retyped-copy.ts';
import { keysHiddenFrom } from '../hidden-keys.ts';
import { inHeldSession } from '../held-session.ts';
import { literal, qualifiedName } from '../quote.ts';
import { namesOf } from './copied-names.ts';
import { mayExchangeProcedure } from './copy-procedures.ts';
import { onlyInOne } from './differences.ts';
import { markerComment, type Side } from './marker.ts';

type Renamed = readonly [TableName, TableName];

const renamed = (pairs: readonly Renamed[]): string =>
  `RENAME TABLE\n  ${pairs.map(([from, to]) => `${qualifiedName(from)} TO ${qualifiedName(to)}`).join(',\n  ')}`;

/** Which of both tables has the name, by the one statement that changes it. */
function hasName({ marker }: ReturnType<typeof namesOf>, side: Side): string {
  return `EXISTS (
    SELECT 1 FROM information_schema.tables AS t
    WHERE t.table_schema = ${literal(marker.schema)} AND t.table_name = ${literal(marker.name)}
      AND t.table_comment = ${literal(markerComment(side))})`;
}

const mayExchange = (migration: string, hidden: string, unlike: string): string =>
  mayExchangeProcedure.call(...[migration, hidden, unlike].map(literal));

/**
 * Both tables and what tells them apart change their names in one statement: whoever writes meets all of it or nothing, and
 * a server that dies in it has done all of it or nothing.
 */
export function swap(copy: RetypedCopy): Online {
  const names = namesOf(copy.table);
  const { table, fresh, aside, marker, spare } = names;
  return inHeldSession(
    {
      does: `${table.name} is the copy with ${copy.column.name} as ${copy.type} from now on; the old table is kept fresh as ${aside.name}`,
      statement: renamed([
        [aside, spare],
        [table, aside],
        [fresh, table],
        [marker, fresh],
        [spare, marker],
      ]),
      doneWhen: hasName(names, 'new'),
    },
    undefined,
    [mayExchange(copy.migration, keysHiddenFrom(copy.table), onlyInOne(copy, 'there'))],
  );
}

/**
 * Not where a column has come to the copy since: it would be lost with its values; nor where a unique index has gone: the old table cannot
 * have had all rows. What else came, went or is another is said, and keeps nobody from going back.
 */
export function swapBack(copy: RetypedCopy): Online {
  const names = namesOf(copy.table);
  const { table, fresh, aside, marker, spare } = names;
  const lost = `SELECT o.what FROM (${onlyInOne(copy, 'back')}) AS o
    WHERE o.what LIKE 'column % is new' OR (o.what LIKE 'unique index %' AND o.what NOT LIKE '% is new')`;
  return inHeldSession(
    {
      does: `${table.name} is the old table again; the copy is kept fresh as ${fresh.name}`,
      statement: renamed([
        [marker, spare],
        [fresh, marker],
        [table, fresh],
        [aside, table],
        [spare, aside],
      ]),
      doneWhen: hasName(names, 'old'),
    },
    undefined,
    // No snapshot is too old for the old table, and what refers to the copy goes with it.
    [mayExchange('', '', lost)],
  );
}
