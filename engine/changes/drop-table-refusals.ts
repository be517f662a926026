import type { AttachedObject } from '../catalog/dependent-objects.ts';
import type { Refusal, Subject } from './kind.ts';

const first = 'drop it or define it without the table, first';

/** What PostgreSQL would not drop the table for, and what to do about it. */
const refusedFor: Partial<
  Readonly<Record<AttachedObject['kind'], (what: string, table: string) => readonly [string, string]>>
> = {
  view: (what, table) => [
    `${what} reads ${table}`,
    `The table cannot be dropped while it is there: ${first}.`,
  ],
  'referring key': (what, table) => [
    `${what} refers to ${table}`,
    'Drop the foreign key first, when nobody relies on it any more.',
  ],
  'policy elsewhere': (what, table) => [
    `${what} reads ${table}`,
    `The table cannot be dropped while it is there: ${first}.`,
  ],
  'default elsewhere': (what, table) => [
    `${what} of ${table} would go with the table, and another table counts by it`,
    'Give the sequence to that table first: ALTER SEQUENCE … OWNED BY.',
  ],
  function: (what, table) => [
    `${what} uses ${table}`,
    `The table cannot be dropped while it is there: ${first}.`,
  ],
  'row type': (what, table) => [
    `${what} uses the row type of ${table}`,
    `The table cannot be dropped while it is there: ${first}.`,
  ],
  heir: (what, table) => [
    `${what} is a part of ${table} or inherits from it, and is used by its own name too`,
    'Detach it, or drop it by a migration of its own, first: the quarantine hides one table.',
  ],
  extension: (what, table) => [`${table} belongs to ${what}`, 'Drop or change the extension instead.'],
  subscription: (what, table) => [
    `${what} writes into ${table}`,
    'Take the table out of what is published to it, and refresh the subscription, first.',
  ],
};

/** Whatever would keep the table from being dropped, or would be broken without it, before anything is touched. */
export function dropTableRefusals({ table, catalog }: Subject): readonly Refusal[] {
  const name = `${table.schema}.${table.name}`;
  return (catalog.whole?.hanging ?? []).flatMap(({ kind, what }): readonly Refusal[] => {
    const said = refusedFor[kind]?.(what, name);
    return said === undefined ? [] : [{ key: 'table', fact: said[0], remedy: said[1] }];
  });
}

/** A name that the table has for a while, and another relation has already. */
export const takenAside = (taken: readonly string[]): readonly Refusal[] =>
  taken.map((name) => ({
    key: 'table',
    fact: `there is a relation or a constraint called ${name} already, and the table would have that name for a while`,
    remedy: 'It may be a leftover: drop or rename it first.',
  }));
