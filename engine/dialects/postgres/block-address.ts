import type { WalkedRows, WalkSql } from '../walk-sql.ts';
import type { KeyColumn } from '../inspector.ts';
import { identifier, literal } from './quote.ts';
import type { Walked } from './walk-parameters.ts';

/** The system column that stands for the key of a table without one: where a row's version lies, block and number. */
const place = 'ctid';

/** What the inspector gives as the key of a table whose rows have none. */
export const keyOfPlaces: readonly KeyColumn[] = [{ name: place, type: 'tid' }];

/** No column of a table can have this name. */
export const isByPlace = (key: readonly KeyColumn[]): boolean =>
  key.length === 1 && key.every(({ name }) => name === place);

/** The file that the rows lie in. VACUUM FULL, CLUSTER and every rewrite give the table another one, and all rows another place. */
export const fileOf = (regclass: string): string => `pg_relation_filenode(${regclass})::text`;

/** A row's address in JSON. */
export const packedPlace = (tid: string, file: string): string =>
  `jsonb_build_object('ctid', ${tid}::text, 'file', ${file})`;

const byPlace =
  'While the triggers stand, every UPDATE of a row computes its new side, whatever it is about; VACUUM FULL, CLUSTER and whatever ' +
  'rewrites the table make a walk start over; and a row that refuses is named by its place, which its next UPDATE changes';

// A batch then writes on about as many pages as it has rows, and the next one comes back to them: half the speed of one
// statement at 1,000,000 narrow rows, and three quarters of it at 100,000 (bench/README.md).
const isScattered = ({ keyOrder, rows }: WalkedRows['table']): boolean =>
  keyOrder !== null && Math.abs(keyOrder) < 0.5 && rows >= 500_000;

/** What people must know of a walk by place, and of one that had better be one. */
export const walkCautions: WalkSql['cautions'] = ({ schema, name }, { by, key, table }) => {
  const rows = `the rows of ${schema}.${name}`;
  if (!isByPlace(key))
    return isScattered(table)
      ? [
          `${rows} do not lie in the order of their key, so each batch writes on as many pages as it has rows; ` +
            '`backfill: { by: place }` walks them as they lie, each page once (docs/keyless.md says what it asks for)',
        ]
      : [];
  return by === 'place'
    ? [`${rows} are walked as they lie (ctid), not by their key. ${byPlace}`]
    : [
        `${schema}.${name} has no primary key and no unique index over NOT NULL columns: its rows are found by the place where they lie (ctid). ${byPlace}`,
      ];
};

const block = (tid: string): string => `(${tid}::text::point)[0]::bigint`;
const firstOf = (number: string): string => `format('(%s,0)', ${number})`;
const lastOf = (number: string): string => `format('(%s,65535)', ${number})`;

const packedUpper = (number: string): string => `jsonb_build_object('ctid', ${lastOf(number)})`;
const bound = (part: string): string => `here.blocks * (${part}) / here.shards`;

/** A table never analysed says nothing of how full its blocks are. */
const fewestRowsInBlock = 10;

/**
 * Rows by where they lie, for a table without a key: windows of blocks, in the order of ctid inside. The last block is the
 * table's last one when the walk was cut. That is enough: a version that the walk does not meet was written since, and every
 * INSERT and every UPDATE passes the triggers, which then must not spare a row because the statement was about something else.
 * What a checkpoint says holds in one file: in another one the walk is begun anew.
 */
export class BlockAddress {
  /** Rows are found by their place before anything is asked of them. */
  readonly onlyInRange = (condition: string): string => condition;
  readonly inRange = `"ctid" >= (SELECT lo_1 FROM range)\n    AND "ctid" <= (SELECT hi_1 FROM range)`;
  readonly columns = identifier(place);
  readonly bounds = `(next ->> 'ctid')::tid AS lo_1, ($2 ->> 'ctid')::tid AS hi_1`;
  readonly isOutdated: string;
  readonly file: string;
  private readonly regclass: string;

  constructor(private readonly walked: Walked) {
    this.regclass = `${literal(walked.table)}::regclass`;
    this.file = fileOf(this.regclass);
    this.isOutdated = `next ->> 'file' <> ${this.file}`;
  }

  get noted(): string {
    return `${identifier(place)} = (${this.walked.parameter('key')} ->> 'ctid')::tid`;
  }

  get stillMeant(): string {
    return `${this.walked.parameter('key')} ->> 'file' = ${this.file}`;
  }

  packed(end: 'hi' | 'next'): string {
    return packedPlace(`${end}_1`, 'file');
  }

  /**
   * Equal numbers of blocks. A walk under way whose table has been rewritten is cut again: the first of its shards that is not
   * done takes the whole table, and the others have nothing left.
   */
  cut(): string {
    const { table, thisWalk, everyRowSeen } = this.walked;
    const outdated = `${thisWalk} AND next ->> 'file' <> here.file`;
    return `WITH fence AS MATERIALIZED (
  SELECT name, epoch, ${everyRowSeen} FROM underpin.migration WHERE name = :migration AND epoch = :epoch FOR UPDATE
), here AS MATERIALIZED (
  SELECT ${this.file} AS file, blocks, greatest(1, least(:shards::bigint, blocks)) AS shards
  FROM (SELECT pg_relation_size(${this.regclass}) / current_setting('block_size')::bigint AS blocks) AS size
  -- Holds the table in its file for as long as it is looked at.
  WHERE NOT EXISTS (SELECT FROM ${table} LIMIT 0)
), cut AS (
  INSERT INTO underpin.checkpoint (migration, purpose, start, n, shard, epoch, next, upper)
  SELECT f.name, :purpose, :start, :n, s.shard, f.epoch,
         CASE WHEN here.blocks > 0 THEN jsonb_build_object('ctid', ${firstOf(bound('s.shard'))}, 'file', here.file) END,
         ${packedUpper(`${bound('s.shard + 1')} - 1`)}
  FROM fence AS f CROSS JOIN here CROSS JOIN generate_series(0, here.shards - 1) AS s (shard)
  WHERE NOT EXISTS (SELECT FROM underpin.checkpoint WHERE ${thisWalk})
  ON CONFLICT DO NOTHING
  RETURNING shard
), heir AS MATERIALIZED (
  SELECT min(shard) AS shard FROM underpin.checkpoint CROSS JOIN here WHERE ${outdated}
), again AS (
  UPDATE underpin.checkpoint AS c
  SET next = CASE WHEN c.shard = heir.shard AND here.blocks > 0 THEN jsonb_build_object('ctid', ${firstOf('0')}, 'file', here.file) END,
      upper = ${packedUpper('here.blocks - 1')},
      updated_at = clock_timestamp()
  FROM fence CROSS JOIN here CROSS JOIN heir
  WHERE ${outdated}
  RETURNING c.shard
), forgotten AS (
  -- Places in the former file; whatever refuses still, this walk finds again.
  DELETE FROM underpin.stubborn_row AS r USING here
  WHERE r.migration = :migration AND r.key ->> 'file' <> here.file
    AND (EXISTS (SELECT FROM cut) OR EXISTS (SELECT FROM again))
)
SELECT json_build_object('held', (SELECT count(*) FROM fence), 'cut', (SELECT count(*) FROM cut))::text`;
  }

  range(): string {
    const { table, parameter, thisWalk, thisShard, everyRowSeen } = this.walked;
    const rows = parameter('rows');
    const blocks = `ceil(${rows} / (
           SELECT greatest(${fewestRowsInBlock}, reltuples / nullif(relpages, 0)) FROM pg_class WHERE oid = ${this.regclass}
         ))::bigint`;
    return `WITH fence AS MATERIALIZED (
  SELECT (next ->> 'ctid')::tid AS lo_1, (upper ->> 'ctid')::tid AS upper_1, next ->> 'file' AS file,
         set_config('underpin.worker', 'on', true), ${everyRowSeen}
  FROM underpin.checkpoint
  WHERE ${thisWalk}
    AND ${thisShard} AND next ->> 'file' = ${this.file}
  FOR UPDATE
), blocks AS MATERIALIZED (
  SELECT lo_1, upper_1, file,
         ${lastOf(`least(${block('upper_1')}, ${block('lo_1')} - 1 + ${blocks})`)}::tid AS last_1
  FROM fence
), ends AS MATERIALIZED (
  SELECT "ctid" AS key_1, row_number() OVER () AS nth
  FROM (
    SELECT "ctid"
    FROM ${table}
    WHERE "ctid" >= (SELECT lo_1 FROM blocks)
      AND "ctid" <= (SELECT last_1 FROM blocks)
    ORDER BY "ctid"
    OFFSET ${rows} - 1 LIMIT 2
  ) AS two
), range AS MATERIALIZED (
  SELECT clock_timestamp() AS began, set_config('lock_timeout', ${parameter('lock_timeout')}, true),
         lo_1, file,
         coalesce((SELECT key_1 FROM ends WHERE nth = 1), last_1) AS hi_1,
         coalesce((SELECT key_1 FROM ends WHERE nth = 2),
                  CASE WHEN last_1 < upper_1 THEN ${firstOf(`${block('last_1')} + 1`)}::tid END) AS next_1,
         EXISTS (SELECT FROM ends) AS whole
  FROM blocks
)`;
  }
}
