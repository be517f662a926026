import * as z from 'zod';
import type { Statement } from '../../database/database.ts';
import type { TableName } from '../../spec/table-name.ts';
import { literal, qualifiedName } from './quote.ts';

export const walkFault = z.object({ fact: z.string(), remedy: z.string() });

/**
 * Rules that rewrite an UPDATE of the table: PostgreSQL takes none in a statement that has others in its WITH, as a batch has, and one
 * INSTEAD would leave a row as it is.
 */
export const describeWalkFaults = (table: TableName): Statement => ({
  text: `SELECT json_build_object('fact', format('rule %s rewrites every UPDATE of %s, that of a backfill too', quote_ident(r.rulename), c.oid::regclass),
  'remedy', format('ALTER TABLE %s DISABLE RULE %s first, or let a trigger do what it does.', c.oid::regclass, quote_ident(r.rulename)))::text
FROM pg_rewrite AS r JOIN pg_class AS c ON c.oid = r.ev_class
WHERE c.oid = ${literal(qualifiedName(table))}::regclass AND r.ev_type = '2' AND r.ev_enabled IN ('O', 'A')
ORDER BY r.rulename`,
});
