import { ourMode } from './ladder-procedure.ts';
import { migrationOfWalk } from './passing.ts';
import { idempotentProcedure } from './procedure.ts';
import { ledgerText, longText } from './procedure-parts.ts';

const ofWalk = [`of_migration ${ledgerText}`, `of_purpose ${ledgerText}`, 'of_start BIGINT', 'of_n BIGINT'];
const ofShard = [
  ...ofWalk,
  'of_shard BIGINT',
  'epoch_now BIGINT',
  'row_limit BIGINT',
  `patience ${longText}`,
];

const thisWalk = 'migration = of_migration AND purpose = of_purpose AND start = of_start AND n = of_n';
const thisShard = `${thisWalk} AND shard = of_shard AND epoch = epoch_now`;

const execute = (statement: string): string => `SET @underpin_statement = ${statement};
      PREPARE underpin_statement FROM @underpin_statement;
      EXECUTE underpin_statement;`;

// Whole seconds, and at least one. The service forgets a session's settings behind each call; the mode ends with the call.
const settings = `    SET SESSION innodb_lock_wait_timeout = GREATEST(1, CAST(REPLACE(patience, 'ms', '') / 1000 AS SIGNED)),
      sql_mode = '${ourMode}';
    SET ${migrationOfWalk} = of_migration;`;

/** Of the range that is worked on. `end`: where the next one begins, else where the shard ends. */
export type Bound = 'lo' | 'hi' | 'upper' | 'end';

/** What MySQL allows in an index. */
const mostKeyColumns = 16;

/** The parts of a bound, each in a variable of its own: MySQL would read them out of the JSON again for each row of the range. */
const takeApart = (...sides: readonly Bound[]): string =>
  sides
    .map((side) => {
      const parts = Array.from(
        { length: mostKeyColumns },
        (_, at) => `@underpin_${side}_${at} = JSON_UNQUOTE(JSON_EXTRACT(@underpin_${side}, '$[${at}]'))`,
      );
      return `SET ${parts.join(', ')};`;
    })
    .join('\n      ');

const variables = [
  'rows_here BIGINT DEFAULT 0',
  'changed_here BIGINT DEFAULT 0',
  'is_ours BOOLEAN DEFAULT FALSE',
  'began DATETIME(3)',
];

/**
 * Locks the checkpoint (a second copy of this worker waits here), finds the batch's last key and the next one, works on
 * what is between, and moves the checkpoint: one transaction. The statements find the keys in @underpin_lo, @underpin_hi
 * and @underpin_upper, and in @underpin_end where the next range begins, or the shard ends; their parts in
 * @underpin_lo_0 and so on.
 */
const onRange = (called: string, parameters: readonly string[], work: string) =>
  idempotentProcedure(called, [...ofShard, `find_last ${longText}`, `find_next ${longText}`, ...parameters], {
    declares: variables,
    body: `${settings}
    SET @underpin_lo = NULL, @underpin_upper = NULL, @underpin_hi = NULL, @underpin_next = NULL, @underpin_rows = row_limit;
    SELECT c.next, c.upper, TRUE INTO @underpin_lo, @underpin_upper, is_ours FROM underpin.checkpoint AS c
    WHERE ${thisShard} AND c.next IS NOT NULL FOR UPDATE;
    IF is_ours THEN
      SET began = UTC_TIMESTAMP(3);
      ${takeApart('lo', 'upper')}
      SET @underpin_offset = row_limit - 1;
      SET @underpin_statement = find_last;
      PREPARE underpin_statement FROM @underpin_statement;
      EXECUTE underpin_statement USING @underpin_offset;
      IF @underpin_hi IS NULL THEN
        SET @underpin_hi = @underpin_upper, @underpin_rows = NULL;
      END IF;
      ${takeApart('hi')}
      IF @underpin_rows IS NOT NULL THEN
        ${execute('find_next')}
      END IF;
      -- COALESCE would make binary text of it, which is no JSON.
      SET @underpin_end = @underpin_upper;
      IF @underpin_next IS NOT NULL THEN
        SET @underpin_end = @underpin_next;
      END IF;
      ${takeApart('end')}
${work}
      -- The first batch begins the walk's time. Assignments are made from left to right: batches is still what it was.
      UPDATE underpin.checkpoint
      SET started_at = IF(batches = 0, began, started_at), next = @underpin_next, rows_seen = rows_seen + rows_here, changed = changed + changed_here, batches = batches + 1,
          updated_at = UTC_TIMESTAMP(3)
      WHERE ${thisShard};
    END IF;
    SET answer = (SELECT JSON_OBJECT('state', IF(c.next IS NULL, 'done', 'going'), 'rows', IF(is_ours, c.rows_seen, NULL),
                    'changed', IF(is_ours, c.changed, NULL), 'ms', TIMESTAMPDIFF(MICROSECOND, began, UTC_TIMESTAMP(3)) DIV 1000)
                  FROM underpin.checkpoint AS c WHERE ${thisShard});
    SET answer = COALESCE(answer, JSON_OBJECT('state', 'fenced', 'rows', NULL, 'changed', NULL));`,
  });

/** One batch of the backfill; the same, walked again, is the repair. */
export const batchProcedure = onRange(
  'batch',
  [`do_write ${longText}`, `count_range ${longText}`],
  `      ${execute('do_write')}
      SET changed_here = ROW_COUNT();
      IF @underpin_rows IS NULL THEN
        ${execute('count_range')}
      END IF;
      SET rows_here = @underpin_rows;`,
);

/** One range of a verification: counts and compares every row of it in one snapshot. */
export const checkProcedure = onRange(
  'check',
  [`do_compare ${longText}`],
  `      ${execute('do_compare')}
      SET rows_here = @underpin_rows, changed_here = @underpin_changed;`,
);

/** Passes over the one row at the checkpoint whose data refuses the change, and remembers it. */
export const skipProcedure = onRange(
  'skip',
  ['state_now VARCHAR(20)'],
  `      INSERT INTO underpin.stubborn_row (migration, row_key, key_hash, code)
      VALUES (of_migration, @underpin_hi, UNHEX(SHA2(@underpin_hi, 256)), state_now) AS s
      ON DUPLICATE KEY UPDATE code = s.code, attempts = stubborn_row.attempts + 1;
      SET rows_here = 1, changed_here = 1;`,
);

/** Tries one stubborn row again and forgets it when it now agrees. A row that was deleted agrees. */
export const sweepProcedure = idempotentProcedure(
  'sweep',
  [
    `of_migration ${ledgerText}`,
    'epoch_now BIGINT',
    `of_key ${longText}`,
    `patience ${longText}`,
    `do_write ${longText}`,
  ],
  {
    declares: ['changed_here BIGINT DEFAULT 0', 'is_ours BOOLEAN DEFAULT FALSE'],
    body: `${settings}
    SELECT TRUE INTO is_ours FROM underpin.migration AS m WHERE m.name = of_migration AND m.epoch = epoch_now FOR UPDATE;
    IF is_ours THEN
      SET @underpin_lo = CAST(of_key AS JSON);
      ${takeApart('lo')}
      ${execute('do_write')}
      SET changed_here = ROW_COUNT();
      IF changed_here > 0 THEN
        INSERT INTO underpin.swept (migration, swept_at) VALUES (of_migration, UTC_TIMESTAMP(3)) AS n
        ON DUPLICATE KEY UPDATE swept_at = n.swept_at;
      END IF;
      DELETE FROM underpin.stubborn_row WHERE migration = of_migration AND key_hash = UNHEX(SHA2(of_key, 256));
    END IF;
    SET answer = JSON_OBJECT('held', IF(is_ours, 1, 0), 'changed', changed_here);`,
  },
);

/**
 * Cuts the table into shards for a walk, once. `find_above` gives the first key above @underpin_lo; `find_bound` the last key of the shard @underpin_shard of @underpin_shards, or NULL where the keys are no numbers.
 */
export const cutProcedure = idempotentProcedure(
  'cut',
  [
    ...ofWalk,
    'epoch_now BIGINT',
    'shards BIGINT',
    `find_first ${longText}`,
    `find_above ${longText}`,
    `find_last ${longText}`,
    `find_bound ${longText}`,
  ],
  {
    declares: [
      'is_ours BOOLEAN DEFAULT FALSE',
      'cut_now BIGINT DEFAULT 0',
      'last_key JSON',
      'at_shard BIGINT DEFAULT 0',
    ],
    body: `    SELECT TRUE INTO is_ours FROM underpin.migration AS m WHERE m.name = of_migration AND m.epoch = epoch_now FOR UPDATE;
    IF is_ours AND NOT EXISTS (SELECT 1 FROM underpin.checkpoint WHERE ${thisWalk}) THEN
      SET @underpin_hi = NULL, @underpin_lo = NULL, @underpin_shards = IF(find_bound = '', 1, shards);
      ${execute('find_last')}
      SET last_key = @underpin_hi;
      WHILE at_shard < @underpin_shards DO
        SET @underpin_hi = NULL, @underpin_shard = at_shard + 1;
        ${execute('IF(at_shard = 0, find_first, find_above)')}
        SET @underpin_first = @underpin_hi, @underpin_hi = last_key;
        IF at_shard + 1 < @underpin_shards THEN
          ${execute('find_bound')}
        END IF;
        INSERT INTO underpin.checkpoint (migration, purpose, start, n, shard, epoch, next, upper)
        VALUES (of_migration, of_purpose, of_start, of_n, at_shard, epoch_now, @underpin_first, @underpin_hi);
        SET @underpin_lo = @underpin_hi, at_shard = at_shard + 1, cut_now = cut_now + 1;
        ${takeApart('lo')}
      END WHILE;
    END IF;
    SET answer = JSON_OBJECT('held', IF(is_ours, 1, 0), 'cut', cut_now);`,
  },
);

export const walkProcedures = [batchProcedure, checkProcedure, skipProcedure, sweepProcedure, cutProcedure];
