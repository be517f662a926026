import type { TableName } from '../../spec/table-name.ts';
import { literal, qualifiedName } from './quote.ts';

/** A setting of the table's own, else the server's; null in versions that lack it. */
const setting = (name: string): string =>
  `coalesce((SELECT option_value FROM pg_options_to_table(c.reloptions) WHERE option_name = '${name}'), current_setting('${name}', true))`;

const isOff = `(current_setting('autovacuum') <> 'on'
          OR NOT coalesce((SELECT option_value::boolean FROM pg_options_to_table(c.reloptions)
                           WHERE option_name = 'autovacuum_enabled'), true))`;

/**
 * A reading: the dead rows of a table, or of that partition which has most of them for its limit. The limit is `share` of its
 * rows, and no less than what makes autovacuum come: below that nobody would take them away, and a worker would rest for
 * good. Source of the formula: PostgreSQL's documentation, "The Autovacuum Daemon".
 */
export function deadRowsOf(table: TableName, share: number): string {
  const asked = `to_regclass(${literal(qualifiedName(table))})`;
  return `CASE WHEN current_setting('track_counts') <> 'on' THEN json_build_object('hidden', 'track_counts is off')
  ELSE coalesce(
    (SELECT json_build_object('value', dead, 'limit', most, 'note', CASE WHEN is_off THEN 'autovacuum is off for it, so VACUUM it' END)
     FROM (
       SELECT pg_stat_get_dead_tuples(c.oid) AS dead, ${isOff} AS is_off,
         greatest(${share} * greatest(c.reltuples, pg_stat_get_live_tuples(c.oid), 0), CASE WHEN NOT ${isOff} THEN least(
           ${setting('autovacuum_vacuum_threshold')}::float8
             + ${setting('autovacuum_vacuum_scale_factor')}::float8 * greatest(c.reltuples, 0),
           nullif(${setting('autovacuum_vacuum_max_threshold')}::float8, -1)) END) AS most
       FROM (SELECT ${asked}::oid AS oid UNION SELECT relid FROM pg_partition_tree(${asked}) WHERE isleaf) AS p
         JOIN pg_class AS c USING (oid)
     ) AS t
     ORDER BY dead / greatest(most, 1) DESC LIMIT 1),
    json_build_object('hidden', 'the table is not there')) END`;
}
