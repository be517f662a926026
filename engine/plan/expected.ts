import * as z from 'zod';
import { tableName } from '../spec/table-name.ts';

// What a table is to look like when its migration is over: known when it is compiled, asked by the audit at the end.

const grant = z.object({
  /** null is PUBLIC. */
  grantee: z.string().nullable(),
  privilege: z.string(),
  grantable: z.boolean(),
});
export type Grant = z.infer<typeof grant>;

/** A column's properties, as planned or as the catalog has them. */
export const columnProperties = z.object({
  name: z.string(),
  notNull: z.boolean(),
  hasDefault: z.boolean(),
  comment: z.string().nullable(),
  grants: z.array(grant),
});

/** Part of the plan; JSON. Of a default only whether there is one: the database writes it in words of its own. */
export const expectedTable = z.object({
  owner: z.string(),
  columns: z.array(columnProperties),
  /** As PostgreSQL prints them behind the table's name. */
  indexes: z.array(z.object({ name: z.string(), unique: z.boolean(), definition: z.string() })),
  constraints: z.array(z.object({ name: z.string(), valid: z.boolean() })),
  /** Foreign keys that refer to the new side, and those to the old one whose place they take. */
  referring: z.exactOptional(
    z.array(
      z.object({
        on: tableName,
        name: z.string(),
        replaces: z.string(),
      }),
    ),
  ),
  statistics: z.array(z.string()),
  /** The index that is the replica identity, where it moves with the column. */
  replicaIdentity: z.string().nullable(),
  /** Indexes that are not there afterwards. */
  gone: z.exactOptional(z.array(z.string())),
  /** Sequences of identity columns: made anew, with their names, where the column is another one. */
  identitySequences: z.exactOptional(z.array(tableName)),
  /** What the old column had and the new one does not get: `unique index users_lower_email`. */
  leftBehind: z.array(z.string()),
  /** Those of the dual write, as long as it stands. */
  triggers: z.array(z.string()),
});
export type ExpectedTable = z.infer<typeof expectedTable>;
export type ExpectedColumn = ExpectedTable['columns'][number];
