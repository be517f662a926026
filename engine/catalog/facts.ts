import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';
import { identitySequence } from './identity.ts';

// What a database says of a table, as every engine's inspector gives it.

/** `grantee`: null for everybody. */
const grant = z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() });

export const tableFacts = z.object({
  kind: z.enum(['table', 'partitioned', 'other']),
  /** Which engine stores it, where that is not the one that migrations run on. */
  storageEngine: z.exactOptional(z.string().nullable()),
  /** It is a part of a partitioned table. */
  partition: z.boolean(),
  inherits: z.boolean(),
  rows: z.number(),
  bytes: z.number(),
  owned: z.boolean(),
  owner: z.string(),
  hidesRows: z.boolean(),
  /** It is published, and nothing tells subscribers which row is meant: every UPDATE fails. */
  refusesUpdates: z.boolean().default(false),
  /** Quoted text ends where the engine ends it by default. */
  usualQuoting: z.boolean(),
  version: z.number(),
  comment: z.string().nullable().default(null),
  /** How far rows lie in the order of the first column of their key: from -1 to 1, 0 for not at all; null where nobody knows. */
  keyOrder: z.number().nullable().default(null),
  /** Rights to read and write rows, of others than the owner. */
  grants: z.array(grant).default([]),
});
export type TableFacts = z.infer<typeof tableFacts>;

export const column = z.object({
  name: z.string(),
  type: z.string(),
  collation: z.string().nullable(),
  plain: z.boolean(),
  /** Its values are rows of fields. */
  composite: z.boolean().default(false),
  notNull: z.boolean(),
  default: z.string().nullable(),
  identity: z.boolean(),
  /** The sequence behind an identity column, where the engine has one. */
  identitySequence: identitySequence.nullable().default(null),
  generated: z.boolean(),
  inPrimaryKey: z.boolean(),
  /** Exclusion constraints that it belongs to. */
  exclusions: z.array(z.string()).default([]),
  comment: z.string().nullable(),
  /** The statistics target; null for the default. */
  statistics: z.number().nullable(),
  /** How it is stored, where that is not the type's own way. */
  storage: z.string().nullable(),
  compression: z.string().nullable(),
  /** `n_distinct=-0.5` */
  options: z.array(z.string()).nullable(),
  inReplicaIdentity: z.boolean(),
  grants: z.array(grant).nullable(),
  sequence: z.object({ name: z.string(), type: z.string() }).nullable(),
  /** Sequences that its default draws from, and that it does not own. */
  drawsFrom: z.array(z.object({ name: z.string(), type: z.string() })).default([]),
  /** Every UPDATE of its row sets it, if the statement does not. */
  touched: z.exactOptional(z.boolean()),
  /** All of it but NULL or NOT NULL, where the engine has to write it whole to change a part; null where it cannot be told. */
  definition: z.string().nullable().default(null),
});
export type Column = z.infer<typeof column>;

export const dependent = z.object({
  what: z.string(),
  foreignKey: z.boolean(),
  publication: z.boolean(),
  /** A foreign key over the same columns of its table refers to another column by now. */
  doubled: z.boolean().default(false),
  /** It knows the column by its number, not by its name. */
  bound: z.boolean(),
  trigger: z.boolean(),
  /** It is a view, and no materialized one: its text can be made again. */
  view: z.boolean().default(false),
  /** It is a materialized view. */
  materialized: z.boolean().default(false),
  /** It is a trigger, policy or rule of the table itself: it can be made again with it. */
  remade: z.boolean().default(false),
});
export type Dependent = z.infer<typeof dependent>;

/** Something that holds the column's name as text, and what is known of it: `mentions` where nobody has read it. */
export const mention = z.object({
  what: z.string(),
  trigger: z.boolean(),
  naming: z.enum(['names', 'may name', 'mentions']),
});
export type Mention = z.infer<typeof mention>;

/** What goes with a column, in the database's own words, and how much there is of it. */
export const leavingColumn = z.object({
  goesWith: z.array(z.string()),
  /** An estimate; null where the table was never analysed. */
  bytes: z.number().nullable(),
  /** A write that leaves it out, and has no default for it, fails. */
  refusesNull: z.boolean(),
  /** By a constraint of its type, which no statement about the column takes away. */
  byItsType: z.boolean(),
  /** Indexes that have to be dropped before it: the engine would keep them, without the column. */
  indexes: z.array(z.string()).default([]),
  /** Its foreign keys to others, where each has to be dropped before those. */
  foreignKeys: z.array(z.string()).default([]),
});
export type LeavingColumn = z.infer<typeof leavingColumn>;

/** What goes with a table, or follows it, and keeps nothing. */
const followers = [
  'own rule',
  'own key',
  'own policy',
  'own sequence',
  'own trigger',
  'publication',
  // What a view in the table's place would not have, or not give.
  'invisible column',
  'missing right',
] as const;

/** Something that hangs on a table as a whole, in the database's own words. */
export const attachedObject = z.object({
  kind: z.enum([
    'view',
    'referring key',
    'policy elsewhere',
    'default elsewhere',
    'function',
    'row type',
    'heir',
    'extension',
    'subscription',
    ...followers,
  ]),
  what: z.string(),
  /** The other table of a foreign key. */
  table: z.string().nullable(),
});
export type AttachedObject = z.infer<typeof attachedObject>;

/** Whether it keeps the table from being dropped. */
export const keepsTable = ({ kind }: AttachedObject): boolean =>
  !followers.some((follower) => follower === kind);

/** Whether it knows the table by its number alone, and would not go over to another that gets its name. */
export const staysWithTable = ({ kind }: AttachedObject): boolean =>
  kind !== 'own key' && kind !== 'own sequence';

/** With the column that is meant. */
export type OfColumn<T> = T & { readonly column: string };

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

/** An index, what hangs on it, and how often it was used. */
export const indexFacts = z.object({
  name: z.string(),
  unique: z.boolean(),
  valid: z.boolean(),
  /** What the database prints behind the table's name. */
  definition: z.string(),
  /** Those of its key, in order; null is an expression. */
  columns: z.array(z.string().nullable()),
  partial: z.boolean(),
  /** The constraint that it stands behind. */
  constraint: z.string().nullable(),
  /** Tables whose foreign keys need it. */
  referredBy: z.array(z.string()),
  /** It tells subscribers which row is meant. */
  identity: z.boolean(),
  clustered: z.boolean(),
  /** Null where the engine does not say. */
  bytes: z.number().nullable(),
  comment: z.string().nullable(),
  targets: z.array(z.object({ column: z.number(), target: z.number() })),
  /** On this server alone, since it began to count. */
  scans: z.number(),
  lastScan: z.string().nullable(),
  countedSince: z.string().nullable(),
});
export type IndexFacts = z.infer<typeof indexFacts>;

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
