import * as z from 'zod';
import { identitySequence } from './identity.ts';

// What a database says of a table, its columns and its indexes, as every engine's inspector gives it.

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
