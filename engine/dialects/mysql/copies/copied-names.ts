import type { TableName } from '../../../spec/table-name.ts';
import { mostCharacters } from '../quote.ts';

/**
 * The names that both tables and what tells them apart have in turn. Each begins with the table's own, and so is locked behind it:
 * whoever writes the table, and a RENAME of all of them, ask for their locks in one order. `marker` is a table of one row,
 * which says who has the table's name. Another such table holds the free one of `fresh` and `aside`: a trigger names both, and a
 * session that has locked its tables by LOCK TABLES may only use what was there.
 */
export interface CopiedNames {
  readonly table: TableName;
  /** The copy, before the names are exchanged. */
  readonly fresh: TableName;
  /** The old table, afterwards. */
  readonly aside: TableName;
  readonly marker: TableName;
  /** In the middle of the exchange. */
  readonly spare: TableName;
}

const endings = {
  fresh: '_underpin_new',
  aside: '_underpin_old',
  marker: '_underpin_side',
  spare: '_underpin_spare',
};

export function namesOf(table: TableName): CopiedNames {
  const called = (ending: string): TableName => ({ ...table, name: `${table.name}${ending}` });
  return {
    table,
    fresh: called(endings.fresh),
    aside: called(endings.aside),
    marker: called(endings.marker),
    spare: called(endings.spare),
  };
}

/** Characters by which the name of a check or a foreign key grows with its table's, where MySQL has made it from that. */
export const grows = Math.max(endings.fresh.length, endings.aside.length);

/** Characters that a table's name may have: a name that was shortened would not begin with it. */
export const longestName = mostCharacters - Math.max(...Object.values(endings).map(({ length }) => length));
