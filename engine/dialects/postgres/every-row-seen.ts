import type { TableName } from '../../spec/table-name.ts';
import { dollarQuoted, literal, qualifiedName } from './quote.ts';

/** SQLSTATE of a walk over a table some of whose rows its role may not see. */
export const hiddenRowsState = 'UP004';

/**
 * Part of the ledger. Rows that a policy hides are neither filled nor compared, and a comparison of none finds no mismatch. Row level
 * security may come, and a role may lose what lets it see past the policies, at any time of a walk, and be gone at the next gate:
 * so each statement of a walk asks.
 */
export const everyRowSeenFunction = `CREATE OR REPLACE FUNCTION underpin.sees_every_row(of_table regclass)
  RETURNS boolean
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `BEGIN
  IF row_security_active(of_table::oid) THEN
    RAISE EXCEPTION 'row level security hides rows of %', of_table USING ERRCODE = '${hiddenRowsState}';
  END IF;
  RETURN true;
END`,
  'sees_every_row',
)};`;

export const everyRowSeen = (table: TableName): string =>
  `underpin.sees_every_row(${literal(qualifiedName(table))}::regclass)`;
