import * as z from 'zod';
import { identitySequence } from './identity.ts';

// What a table has as a whole that its copy has to have too, beside its columns and indexes.

const grant = z.object({ grantee: z.string().nullable(), privilege: z.string(), grantable: z.boolean() });

export const copiedFacts = z.object({
  /** Who asks. */
  role: z.string(),
  /** Whether the table's owner could own another one beside it. */
  ownerCreates: z.boolean(),
  /** Of its rows: `permanent`, or why they are not. */
  persistence: z.enum(['permanent', 'unlogged', 'temporary']),
  /** The type that the table is of; null: it has columns of its own. */
  typed: z.string().nullable(),
  /** null: the database's own. */
  tablespace: z.string().nullable(),
  /** `fillfactor=70` */
  options: z.array(z.string()),
  rowSecurity: z.boolean(),
  /** How subscribers are told which row is meant. */
  replicaIdentity: z.enum(['default', 'nothing', 'full', 'index']),
  /** Everything that others than the owner may do. */
  grants: z.array(grant),
  /** Behind indexes and beside them. `definition` as the database prints it. */
  constraints: z.array(
    z.object({
      name: z.string(),
      kind: z.enum(['check', 'foreign key', 'primary key', 'unique', 'exclusion']),
      definition: z.string(),
      columns: z.array(z.string()),
      valid: z.boolean(),
      deferrable: z.boolean(),
      comment: z.string().nullable(),
      /** Another table, quoted. */
      refersTo: z.string().nullable(),
      /** It refers to its own table. */
      toItself: z.boolean(),
      /** Of a foreign key: what becomes of the row with the one that it refers to, and whether half of it may be NULL. */
      reference: z
        .object({
          onDelete: z.enum(['no action', 'restrict', 'cascade', 'set null', 'set default']),
          full: z.boolean(),
          /** Whether it is asked at the end of a transaction, unless a session says otherwise. */
          deferred: z.boolean(),
          /** Tables of which one DELETE takes rows together with what they refer to, itself or by cascades: quoted, in a list. */
          together: z.string().nullable(),
          /** Whether who asks may make another one like it. */
          granted: z.boolean(),
        })
        .nullable(),
    }),
  ),
  identities: z.array(z.object({ column: z.string(), sequence: identitySequence })),
  statistics: z.array(
    z.object({
      name: z.string(),
      definition: z.string(),
      target: z.number().nullable(),
      comment: z.string().nullable(),
      /** It is in the table's schema. */
      beside: z.boolean(),
    }),
  ),
});
export type CopiedFacts = z.infer<typeof copiedFacts>;
