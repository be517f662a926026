import * as z from 'zod';
import type { Database } from '../database/database.ts';
import {
  describeColumns,
  describeDependents,
  describeKey,
  describeTable,
  describeTaken,
  describeTriggers,
} from '../dialects/postgres/catalog.ts';
import { askLikeness, type Likeness } from '../dialects/postgres/likeness.ts';
import { freeNames, namesFor } from './inherited-names.ts';
import type { KeyColumn } from '../dialects/postgres/walk.ts';
import type { TableName } from '../spec/spec.ts';

const table = z.object({
  oid: z.string(),
  kind: z.string(),
  partition: z.boolean(),
  inherits: z.boolean(),
  rows: z.number(),
  bytes: z.number(),
  owned: z.boolean(),
  owner: z.string(),
  hidesRows: z.boolean(),
  version: z.number(),
});

const column = z.object({
  name: z.string(),
  type: z.string(),
  collation: z.string().nullable(),
  plain: z.boolean(),
  notNull: z.boolean(),
  default: z.string().nullable(),
  identity: z.boolean(),
  generated: z.boolean(),
  inPrimaryKey: z.boolean(),
  inExclusion: z.boolean(),
  comment: z.string().nullable(),
  grants: z
    .array(z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() }))
    .nullable(),
  sequence: z.string().nullable(),
});
export type Column = z.infer<typeof column>;

const dependent = z.object({ what: z.string(), foreignKey: z.boolean() });

/** What the database says of the table before anything is changed. */
export interface Catalog {
  readonly table: z.infer<typeof table>;
  readonly columns: readonly Column[];
  readonly key: readonly KeyColumn[];
  readonly beforeTriggers: readonly string[];
  /** By column: what would keep it from being dropped. */
  readonly dependents: readonly z.infer<typeof dependent>[];
}

/** Reads the catalog without touching anything; undefined where there is no such table. */
export async function readCatalog(
  database: Database,
  name: TableName,
  oldColumn: string | null,
): Promise<Catalog | undefined> {
  const [found] = await database.rows(describeTable(name), table);
  if (!found) return undefined;
  const columns = await database.rows(describeColumns(name), column);
  const known = oldColumn !== null && columns.some((each) => each.name === oldColumn);
  return {
    table: found,
    columns,
    key: await database.rows(describeKey(name), z.object({ name: z.string(), type: z.string() })),
    beforeTriggers: (await database.rows(describeTriggers(name), z.object({ name: z.string() }))).map(
      (t) => t.name,
    ),
    dependents: known ? await database.rows(describeDependents(name, oldColumn), dependent) : [],
  };
}

const inherited = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('column'),
    type: z.string(),
    collation: z.string().nullable(),
    plain: z.boolean(),
    volatileDefault: z.boolean(),
    volatileOldDefault: z.boolean(),
    upDefault: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('index'),
    name: z.string(),
    unique: z.boolean(),
    constraint: z.boolean(),
    deferrable: z.boolean(),
    deferred: z.boolean(),
    definition: z.string(),
  }),
  z.object({ kind: z.literal('check'), name: z.string(), definition: z.string(), valid: z.boolean() }),
  z.object({ kind: z.literal('foreign key'), name: z.string(), definition: z.string(), valid: z.boolean() }),
  z.object({ kind: z.literal('left behind'), what: z.string() }),
]);
type Inherited = z.infer<typeof inherited>;
/** With the name that it shall have on the new column. */
type Named<T> = T & { readonly as: string };
export type InheritedIndex = Named<Extract<Inherited, { kind: 'index' }>>;
export type InheritedConstraint = Named<Extract<Inherited, { kind: 'check' | 'foreign key' }>>;

/** What the new column takes over from the old one, as PostgreSQL itself would write it. */
export interface Inheritance {
  readonly type: string;
  /** Quoted; null for the type's own. */
  readonly collation: string | null;
  readonly plain: boolean;
  readonly volatileDefault: boolean;
  readonly volatileOldDefault: boolean;
  /** The old column's constant default, converted; null where there is none or it is no constant. */
  readonly upDefault: string | null;
  readonly indexes: readonly InheritedIndex[];
  readonly constraints: readonly InheritedConstraint[];
  /** What computes with the old values and is not carried over to converted ones: `index users_lower_email`. */
  readonly leftBehind: readonly string[];
}

export async function readInheritance(database: Database, ask: Likeness): Promise<Inheritance> {
  const rows = await database.rows(askLikeness(ask), inherited);
  const self = rows.find((row) => row.kind === 'column');
  if (!self) throw new Error('underpin.likeness gave no column');
  const named = await withNames(
    database,
    ask,
    rows.filter((row): row is Heir => 'name' in row),
  );
  return {
    type: self.type,
    collation: self.collation,
    plain: self.plain,
    volatileDefault: self.volatileDefault,
    volatileOldDefault: self.volatileOldDefault,
    upDefault: self.upDefault,
    indexes: named.filter((row): row is InheritedIndex => row.kind === 'index'),
    constraints: named.filter((row): row is InheritedConstraint => row.kind !== 'index'),
    leftBehind: rows.flatMap((row) => (row.kind === 'left behind' ? [row.what] : [])),
  };
}

type Heir = Extract<Inherited, { name: string }>;

/** Names that are free: an index that somebody else made must never be taken for ours. */
async function withNames(
  database: Database,
  ask: Likeness,
  heirs: readonly Heir[],
): Promise<readonly Named<Heir>[]> {
  const wanted = heirs.map(({ name }) => namesFor(name, ask.from ?? '', ask.to));
  const taken = await database.rows(describeTaken(ask.table, wanted.flat()), z.object({ name: z.string() }));
  const names = freeNames(wanted, new Set(taken.map(({ name }) => name)));
  return heirs.map((heir, at) => ({ ...heir, as: names[at] ?? heir.name }));
}
