import * as z from 'zod';
import { columnProperties } from '../plan/expected.ts';
import { tableName, type TableName } from '../spec/table-name.ts';

/** What the catalog says of a migration's table, and of what is left there. */
export const auditFacts = z.object({
  /** null where the table is gone. */
  owner: z.string().nullable(),
  /** Those of the asked columns that are there. */
  columns: z.array(columnProperties),
  /** `definition`: what the database prints behind the table's name. */
  indexes: z.array(
    z.object({ name: z.string(), unique: z.boolean(), valid: z.boolean(), definition: z.string() }),
  ),
  constraints: z.array(z.object({ name: z.string(), valid: z.boolean() })),
  statistics: z.array(z.string()),
  replicaIdentity: z.string().nullable(),
  /** Which of the asked relations are there. */
  relations: z.array(tableName),
  /** Our triggers on the table, and our trigger function of this migration. */
  triggers: z.array(z.string()),
  functions: z.array(z.string()),
  /** Statements of this migration that run on by themselves. */
  running: z.number(),
});
export type AuditFacts = z.infer<typeof auditFacts>;

/** Whether a relation that was asked for is there. */
export const isThere = ({ relations }: AuditFacts, { schema, name }: TableName): boolean =>
  relations.some((each) => each.schema === schema && each.name === name);
