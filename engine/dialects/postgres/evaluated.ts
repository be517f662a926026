import type { Statement } from '../../database/database.ts';
import { installShared } from './ledger-schema.ts';
import { dollarQuoted } from './quote.ts';

/**
 * Evaluates one value of the author's as a read-only subtransaction, which restores the transaction's own mode when it
 * ends: a function that writes or moves a sequence, whatever it calls itself, is stopped before it has.
 */
export const installEvaluated: Statement = installShared(
  `CREATE OR REPLACE FUNCTION underpin.evaluated(reading text, OUT value text, OUT writes boolean)
  LANGUAGE plpgsql
AS ${dollarQuoted(
    `BEGIN
  PERFORM set_config('transaction_read_only', 'on', true);
  EXECUTE reading INTO value;
  writes := false;
EXCEPTION WHEN read_only_sql_transaction THEN
  value := NULL;
  writes := true;
END`,
    'evaluated',
  )}`,
);

/** For a trial that evaluates what the author wrote: much longer than it takes on a busy server, and shorter than a call lives. */
export const trialWithinMs = 20_000;

/** Whether the tree of a default calls what the catalog knows as VOLATILE: then ADD COLUMN does not evaluate it. */
export const callsVolatile = (nodes: string): string => `(${nodes} ~ 'NEXTVALUEEXPR' OR EXISTS (
      SELECT FROM regexp_matches(${nodes}, ':(?:funcid|opfuncid) (\\d+)', 'g') AS m
      JOIN pg_proc AS p ON p.oid = m[1]::oid
      WHERE p.provolatile = 'v'))`;

/** In a function with variables `writes` and `evaluates`. */
export const refuseWrite = `    IF writes THEN
      evaluates := false;
      RAISE EXCEPTION 'it calls a function that writes or moves a sequence, although its label says that it does not'
        USING ERRCODE = 'invalid_function_definition';
    END IF;`;

export const evaluateFirst = (reading: string): string =>
  `    SELECT e.writes INTO writes FROM underpin.evaluated(${reading}) AS e;\n${refuseWrite}`;

/** How a default varies: PostgreSQL keeps a value once for all rows where it is the same at each call. */
export const variesAs = (nodes: string, column: string): string => `CASE
        WHEN ${nodes} IS NULL THEN 'never'
        WHEN NOT (SELECT x.atthasmissing FROM pg_attribute AS x WHERE x.attrelid = copy::regclass AND x.attname = '${column}')
          THEN 'at each call'
        WHEN ${nodes} ~ varying THEN 'by session'
        ELSE 'never' END`;
