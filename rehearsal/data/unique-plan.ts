import { domainHint, finiteSize } from './value-expression.ts';
import type { Hints } from './check-hints.ts';
import { withoutDomains, type ColumnType } from './column-type.ts';
import type { Column, ForeignKey, TableDescription, UniqueSet } from './table-description.ts';

/** How a column, or the foreign key that it begins, takes its part in keeping unique sets unique. */
export type Role = 'random' | 'fresh' | { readonly stride: number };

export interface UniquePlan {
  readonly columns: ReadonlyMap<string, Role>;
  /** By the constraint's name. */
  readonly foreignKeys: ReadonlyMap<string, Role>;
}

/** A default that gives another value each time, so that the database alone keeps the column unique. */
export function isSelfUnique(column: Column): boolean {
  return (
    column.identity !== null ||
    /nextval\(|gen_random_uuid\(|uuid_generate_v|uuidv[47]\(/u.test(column.default ?? '')
  );
}

/** The foreign keys that give the columns of a unique set, in the order in which they do. */
export function keysInSet(set: UniqueSet, foreignKeys: readonly ForeignKey[]): readonly ForeignKey[] {
  return foreignKeys.filter((key) => key.columns.some((column) => set.columns.includes(column)));
}

/**
 * Decides, for each unique set, what makes its rows differ: nothing, where the database's own default does; else one
 * column that can always be new; else all combinations of the lists at hand (parents' rows, enums, booleans).
 */
export function planUnique(
  { columns, uniqueSets, foreignKeys }: TableDescription,
  hints: Hints,
  parentRows: (key: ForeignKey) => number,
): UniquePlan {
  const roles = new Map<string, Role>();
  const keyRoles = new Map<string, Role>();
  const inKey = new Set(foreignKeys.flatMap((key) => key.columns));
  for (const set of uniqueSets) {
    const members = columns.filter((column) => set.columns.includes(column.name));
    if (
      members.some((member) => isSelfUnique(member) || member.generated || roles.get(member.name) === 'fresh')
    )
      continue;
    const free = members.filter((member) => !inKey.has(member.name));
    const hintOf = (member: Column): number | undefined =>
      finiteSize(member.type, domainHint(member.type, hints.get(member.name) ?? {}));
    const able = free.filter((member) => hintOf(member) === undefined && canBeFresh(member.type));
    // What partitions take comes to an end.
    const fresh = able.find(({ name }) => hints.get(name)?.stretches === undefined) ?? able[0];
    if (fresh !== undefined) {
      roles.set(fresh.name, 'fresh');
      continue;
    }
    let stride = 1;
    for (const key of keysInSet(set, foreignKeys)) {
      keyRoles.set(key.name, { stride });
      stride *= Math.max(1, parentRows(key));
    }
    for (const member of free) {
      roles.set(member.name, { stride });
      stride *= hintOf(member) ?? 1;
    }
  }
  return { columns: roles, foreignKeys: keyRoles };
}

const endlessTypes = new Set(
  'text varchar bpchar citext name uuid int2 int4 int8 oid numeric float4 float8 money timestamp timestamptz date interval bytea inet cidr macaddr macaddr8 jsonb pg_lsn ltree tsvector'.split(
    ' ',
  ),
);

/** Whether ever new values of the type can be made. */
export function canBeFresh(type: ColumnType): boolean {
  const base = withoutDomains(type);
  if (base.kind === 'array') return canBeFresh(base.element);
  return base.kind === 'range' || (base.kind === 'base' && endlessTypes.has(base.name));
}
