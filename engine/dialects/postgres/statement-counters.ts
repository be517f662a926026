import type { Statement } from '../../database/database.ts';
import type { UsedColumns } from '../usage.ts';
import { identifier } from './quote.ts';
import type { Server } from './server.ts';

/**
 * Whether this database counts statements, and where: one row of JSON where the extension is there, else none. `readers`
 * are instances that count for themselves; Aurora's do not show in pg_stat_replication (see health.ts).
 */
export const findCounters = ({ aurora }: Server): Statement => ({
  text: `SELECT json_build_object(
  'schema', n.nspname,
  'loaded', current_setting('pg_stat_statements.max', true) IS NOT NULL,
  'track', coalesce(current_setting('pg_stat_statements.track', true), 'none'),
  'readers', (SELECT count(*) FROM ${aurora ? `aurora_replica_status() WHERE session_id <> 'MASTER_SESSION_ID'` : 'pg_stat_replication'}),
  'version', current_setting('server_version_num')::integer,
  'info', EXISTS (SELECT FROM pg_class AS c WHERE c.relnamespace = n.oid AND c.relname = 'pg_stat_statements_info'))::text
FROM pg_extension AS e JOIN pg_namespace AS n ON n.oid = e.extnamespace
WHERE e.extname = 'pg_stat_statements'`,
});

/** Longer ones are cut and then count as naming what they mention: a row of the Data API holds 64 KB. */
const longestText = 10_000;
const atOnce = 20;

// Of this database, and about the table or anything called like one of the columns. Another role's text is hidden from a role
// without pg_read_all_stats, and a text can be lost: neither may be overlooked.
const counted = (
  schema: string,
): string => `SELECT s.userid::text || '/' || s.queryid::text || '/' || s.toplevel::text AS key,
         s.userid, s.queryid, s.query, s.calls
  FROM ${identifier(schema)}.pg_stat_statements AS s
  WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND s.queryid IS NOT NULL
    AND (s.query IS NULL OR s.query ~* :column_word OR s.query ~* :table_word)`;

/** Notes in the ledger how often each statement was called so far: `calls` only ever grows, so two notes tell what ran between. */
export const noteCounters = (schema: string, used: UsedColumns): Statement => ({
  text: `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT m.name, m.epoch, 'statements', jsonb_build_object(
  'reset', i.stats_reset, 'dealloc', i.dealloc,
  'calls', (SELECT coalesce(jsonb_object_agg(c.key, c.calls), '{}') FROM (${counted(schema)}) AS c))
FROM underpin.migration AS m CROSS JOIN ${identifier(schema)}.pg_stat_statements_info AS i
WHERE m.name = :migration AND m.epoch = :epoch`,
  parameters: words(used),
});

/**
 * The note to count from: the last one that is at least :seconds old, else the first of this epoch since :began.
 * No row where none was made.
 */
export const noteToCountFrom: Statement = {
  text: `SELECT json_build_object('id', e.id, 'since', to_char(e.happened_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'))::text
FROM underpin.event AS e
WHERE e.migration = :migration AND e.epoch = :epoch AND e.what = 'statements'
ORDER BY e.happened_at <= clock_timestamp() - make_interval(secs => :seconds::double precision) DESC,
         CASE WHEN e.happened_at <= clock_timestamp() - make_interval(secs => :seconds::double precision) THEN -e.id ELSE e.id END
LIMIT 1`,
};

/** The next statements that were called since a note, by key. */
export const callsSince = (schema: string, used: UsedColumns): Statement => ({
  text: `WITH base AS (
  SELECT c.key, c.value::bigint AS calls
  FROM underpin.event AS e CROSS JOIN jsonb_each_text(e.detail -> 'calls') AS c
  WHERE e.id = :note
)
SELECT json_build_object('key', n.key, 'queryId', n.queryid::text, 'role', coalesce(pg_get_userbyid(n.userid), 'a role that is gone'),
  'calls', n.calls - coalesce(b.calls, 0), 'text', left(n.query, ${longestText}),
  'isWhole', coalesce(length(n.query) <= ${longestText}, false))::text
FROM (${counted(schema)}) AS n LEFT JOIN base AS b USING (key)
WHERE n.calls > coalesce(b.calls, 0) AND n.key > :after
ORDER BY n.key
LIMIT ${atOnce}`,
  parameters: words(used),
});

/** The next statements that were ever called, by key. */
export const callsSoFar = (schema: string, used: UsedColumns): Statement => ({
  text: `SELECT json_build_object('key', n.key, 'queryId', n.queryid::text, 'role', coalesce(pg_get_userbyid(n.userid), 'a role that is gone'),
  'calls', n.calls, 'text', left(n.query, ${longestText}), 'isWhole', coalesce(length(n.query) <= ${longestText}, false))::text
FROM (${counted(schema)}) AS n
WHERE n.key > :after
ORDER BY n.key
LIMIT ${atOnce}`,
  parameters: words(used),
});

/** What makes the counts since a note worthless. Asked after them, so that nothing is lost unnoticed in between. */
export const countersTrouble = (schema: string, used: UsedColumns): Statement => ({
  text: `SELECT json_build_object(
  'reset', i.stats_reset IS DISTINCT FROM (e.detail ->> 'reset')::timestamptz,
  'dealloc', i.dealloc - (e.detail ->> 'dealloc')::bigint,
  'lost', (SELECT count(*) FROM jsonb_each_text(e.detail -> 'calls') AS b
           LEFT JOIN (${counted(schema)}) AS n USING (key)
           WHERE n.key IS NULL OR n.calls < b.value::bigint),
  'hidden', (SELECT count(*) FROM ${identifier(schema)}.pg_stat_statements AS s
             WHERE s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
               AND (s.queryid IS NULL OR s.query = '<insufficient privilege>')))::text
FROM underpin.event AS e CROSS JOIN ${identifier(schema)}.pg_stat_statements_info AS i
WHERE e.id = :note`,
  parameters: words(used),
});

const words = ({ table, columns }: UsedColumns): { column_word: string; table_word: string } => ({
  column_word: (columns.length === 0 ? [table.name] : columns).map(wordPattern).join('|'),
  table_word: wordPattern(table.name),
});

/** A name as a word of its own, as a regular expression for `~*`. */
export function wordPattern(name: string): string {
  const escaped = name.replaceAll('"', '""').replaceAll(/[^\p{L}\p{N}_]/gu, String.raw`\$&`);
  return `(^|[^[:alnum:]_$])${escaped}($|[^[:alnum:]_$])`;
}
