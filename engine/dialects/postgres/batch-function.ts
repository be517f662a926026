import type { SessionSettings } from '../inspector.ts';
import { fencedState } from './errors.ts';
import { dollarQuoted, literal } from './quote.ts';
import { boundObject, type Parameter } from './walk-parameters.ts';

/** The texts of one batch; `$1` is the object of parameters, and `$2` the last key, once it is known. */
export interface BatchTexts {
  /** Locks the checkpoint and gives one row of JSON: `last` and `next` key, `whole` where there are as many rows as asked for, `began`. */
  readonly range: string;
  readonly write: string;
  /** How many rows the range has. */
  readonly count: string;
  /** An expression for the file in which rows lie that are found by their place; null where they have a key. */
  readonly file: string | null;
}

/** One call, one transaction. `settings`: what expressions of the author's are run under, or null. */
export const batchCall = (
  settings: SessionSettings | null,
  parameters: readonly Parameter[],
  { range, write, count, file }: BatchTexts,
): string => `SELECT underpin.batch(
  ${literal(JSON.stringify(settings ?? {}))},
  ${boundObject(parameters)}${file === null ? '' : ` || jsonb_build_object('file', ${file})`},
${dollarQuoted(range, 'range')},
${dollarQuoted(write, 'write')},
${dollarQuoted(count, 'count')})`;

const thisShard = `c.migration = parameters ->> 'migration' AND c.purpose = parameters ->> 'purpose'
    AND c.start = (parameters ->> 'start')::bigint AND c.n = (parameters ->> 'n')::bigint
    AND c.shard = (parameters ->> 'shard')::integer AND c.epoch = (parameters ->> 'epoch')::bigint`;

/**
 * Part of the ledger. A statement of its own writes, so that the server counts the rows: RETURNING builds a row for each of them.
 * A batch that is lost in a crash is lost with its checkpoint, so its commit need not wait for the disk. The last one of
 * a shard does, and with it all before: what follows believes that the walk is finished.
 */
export const batchFunction = `CREATE OR REPLACE FUNCTION underpin.batch(settings jsonb, parameters jsonb, find_range text, write_rows text, count_rows text)
  RETURNS text
  LANGUAGE plpgsql
AS ${dollarQuoted(
  `DECLARE
  range jsonb;
  passed bigint := (parameters ->> 'rows')::bigint;
  written bigint;
  moved underpin.checkpoint;
  state text;
BEGIN
  PERFORM set_config(s.name, s.value, true) FROM jsonb_each_text(settings) AS s (name, value);
  EXECUTE find_range INTO range USING parameters;
  IF range IS NULL THEN
    -- The walk of a shard that nobody has: what refuses to write no row at all is not about a row.
    IF (parameters ->> 'shard')::integer < 0 THEN
      EXECUTE write_rows USING parameters, NULL::jsonb;
    END IF;
    SELECT CASE WHEN c.next IS NULL THEN 'done' WHEN c.next ->> 'file' <> parameters ->> 'file' THEN 'rewritten' ELSE 'going' END, c.rows
    INTO state, passed
    FROM underpin.checkpoint AS c
    WHERE ${thisShard};
    RETURN json_build_object('state', coalesce(state, 'fenced'), 'rows', passed, 'changed', NULL);
  END IF;
  -- Rows that are found by their place lie elsewhere once they are written.
  IF NOT (range ->> 'whole')::boolean THEN
    EXECUTE count_rows INTO passed USING parameters, range -> 'last';
  END IF;
  EXECUTE write_rows USING parameters, range -> 'last';
  GET DIAGNOSTICS written = ROW_COUNT;
  UPDATE underpin.checkpoint AS c
  SET next = nullif(range -> 'next', 'null'), rows = c.rows + passed, changed = c.changed + written, batches = c.batches + 1,
      batch_rows = (parameters ->> 'rows')::bigint,
      started_at = CASE WHEN c.batches = 0 THEN (range ->> 'began')::timestamptz ELSE c.started_at END,
      updated_at = clock_timestamp()
  WHERE ${thisShard}
  RETURNING * INTO moved;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the checkpoint of % is gone', parameters ->> 'migration' USING ERRCODE = '${fencedState}';
  END IF;
  IF moved.next IS NOT NULL THEN
    PERFORM set_config('synchronous_commit', 'off', true);
  END IF;
  RETURN json_build_object(
    'state', CASE WHEN moved.next IS NULL THEN 'done' ELSE 'going' END, 'rows', moved.rows, 'changed', moved.changed,
    'ms', round(extract(epoch FROM clock_timestamp() - (range ->> 'began')::timestamptz) * 1000));
END`,
  'batch',
)};`;
