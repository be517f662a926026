import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';

// What a new column takes over from the one whose place it takes, as every engine's inspector gives it.

const constraint = z.object({
  name: z.string(),
  definition: z.string(),
  valid: z.boolean(),
  comment: z.string().nullable(),
});
export const foreignKey = constraint.extend({
  kind: z.literal('foreign key'),
  /** The table that it is a constraint of. */
  on: tableName,
  /** It refers to the column; else the column is what refers. */
  refers: z.boolean(),
  owned: z.boolean(),
  /** Of a partitioned table whose foreign keys cannot be validated later. */
  partitioned: z.boolean(),
  /** The type of the column that refers to ours; null where ours refers. */
  otherType: z.string().nullable(),
  /** It writes rows by itself, of which no trigger hears. */
  writes: z.boolean().default(false),
});

const varies = z.enum(['never', 'by session', 'at each call']);
export const inheritedFacts = z.discriminatedUnion('kind', [
  z.object({
    kind: z.literal('column'),
    type: z.string(),
    collation: z.string().nullable(),
    /** The collation that its values are compared by, quoted; null for a type without. */
    collates: z.string().nullable(),
    plain: z.boolean(),
    toastable: z.boolean(),
    defaultVaries: varies,
    oldDefaultVaries: varies,
    upDefault: z.string().nullable(),
    typeDefault: z.string().nullable(),
    rewrites: z.boolean(),
    domainRules: z.array(z.string()),
    oldRefusesNull: z.boolean(),
    /** Both types without the domains over them; null where there is no old column. */
    base: z.string(),
    oldBase: z.string().nullable(),
  }),
  z.object({
    kind: z.literal('index'),
    name: z.string(),
    unique: z.boolean(),
    constraint: z.boolean(),
    /** It stands behind the primary key. */
    primary: z.boolean(),
    deferrable: z.boolean(),
    deferred: z.boolean(),
    definition: z.string(),
    /** It tells subscribers which row is meant; `byDefault`: because it is the primary key's. */
    identity: z.boolean(),
    byDefault: z.boolean(),
    clustered: z.boolean(),
    comment: z.string().nullable(),
    constraintComment: z.string().nullable(),
    /** Statistics targets of its own expressions, by their place. */
    targets: z.array(z.object({ column: z.number(), target: z.number() })),
    /** What makes two rows equal to a unique index, and which rows it looks at. */
    keys: z.array(z.string()),
    predicate: z.string().nullable(),
    nullsDistinct: z.boolean(),
  }),
  z.object({
    kind: z.literal('statistics'),
    name: z.string(),
    definition: z.string(),
    target: z.number().nullable(),
    comment: z.string().nullable(),
  }),
  /** What ties the column of a partitioned table to its partitions; `what`: in words that follow the column's name. */
  z.object({ kind: z.literal('in partitions'), what: z.string() }),
  z.object({ kind: z.literal('index once called'), name: z.string(), definition: z.string() }),
  constraint.extend({ kind: z.literal('check') }),
  foreignKey,
  z.object({
    kind: z.literal('left behind'),
    what: z.enum(['index', 'check', 'statistics', 'foreign key']),
    name: z.string(),
    unique: z.boolean(),
    why: z.enum(['computes', 'refused', 'invalid', 'answered', 'replaced']),
    /** The database's words, where it refused. */
    says: z.string().nullable(),
    /** As it would read over the new column. */
    definition: z.string().nullable(),
  }),
]);
export type InheritedFacts = z.infer<typeof inheritedFacts>;
