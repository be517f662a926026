import * as z from 'zod';
import type { Statement } from '../../database/database.ts';
import type { UsedColumns } from '../usage.ts';
import { largestWord } from './digest-naming.ts';
import { namesWord } from './mentions.ts';
import { iso, jsonTruth } from './quote.ts';

// How often the server has run each statement, in the schema that was the session's own. A statement inside a procedure or
// a trigger has no line of its own, and so the ledger's work has none.
const digests = 'performance_schema.events_statements_summary_by_digest';

/** Text behind this many characters is not read. */
const longestText = 8000;
const atOnce = 50;

// Bytes of a statement's words that are kept; its text does not say whether there were more.
const room = 'LEAST(@@GLOBAL.max_digest_length, @@GLOBAL.performance_schema_max_digest_length)';

// The table is named, or may be where the text was cut: words that fill so many bytes make at least three quarters of it as text.
const counted = `SELECT CONCAT(COALESCE(d.schema_name, ''), '/', d.digest) AS its_key, d.schema_name, d.digest, d.digest_text, d.count_star
  FROM ${digests} AS d
  WHERE d.digest IS NOT NULL AND (${namesWord('d.digest_text', ':name')} OR LENGTH(d.digest_text) >= 0.75 * (${room} - ${largestWord}))`;

// What found no room is in one line without a digest.
const unkept = `(SELECT COALESCE(SUM(d.count_star), 0) FROM ${digests} AS d WHERE d.digest IS NULL)`;

/** Notes in the ledger how often each statement was called so far. */
export const noteDigests = ({ table: { name } }: UsedColumns): Statement => ({
  text: `INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT m.name, m.epoch, 'statements', JSON_OBJECT('unkept', ${unkept},
  'calls', (SELECT COALESCE(JSON_OBJECTAGG(c.its_key, c.count_star), JSON_OBJECT()) FROM (${counted}) AS c))
FROM underpin.migration AS m
WHERE m.name = :migration AND m.epoch = :epoch`,
  parameters: { name },
});

const isOldEnough = 'e.happened_at <= UTC_TIMESTAMP(3) - INTERVAL :seconds SECOND';

/** The note to count from: the last one that is at least :seconds old, else the first of this epoch. No row where none was made. */
export const noteToCountFrom = `SELECT JSON_OBJECT('id', e.id, 'since', ${iso('e.happened_at')})
FROM underpin.event AS e
WHERE e.migration = :migration AND e.epoch = :epoch AND e.what = 'statements'
ORDER BY ${isOldEnough} DESC, IF(${isOldEnough}, -CAST(e.id AS SIGNED), e.id)
LIMIT 1`;

export const note = z.object({ id: z.number(), since: z.string() });

/** The next statements that were called since a note, by key. */
export const calledSince = ({ table: { name } }: UsedColumns): Statement => ({
  text: `SELECT JSON_OBJECT('key', n.its_key, 'schema', n.schema_name, 'digest', n.digest, 'text', LEFT(n.digest_text, ${longestText}),
  'isWhole', CAST(IF(CHAR_LENGTH(n.digest_text) <= ${longestText}, 'true', 'false') AS JSON), 'room', ${room},
  'calls', n.count_star - COALESCE(JSON_EXTRACT(e.detail, CONCAT('$.calls."', n.its_key, '"')), 0))
FROM (${counted}) AS n
JOIN underpin.event AS e ON e.id = :note
WHERE n.its_key > :after AND n.count_star > COALESCE(JSON_EXTRACT(e.detail, CONCAT('$.calls."', n.its_key, '"')), 0)
ORDER BY n.its_key
LIMIT ${atOnce}`,
  parameters: { name },
});

export const calledDigest = z.object({
  key: z.string(),
  schema: z.string().nullable(),
  digest: z.string(),
  text: z.string(),
  isWhole: z.boolean(),
  /** Bytes that the server keeps of a statement's words. */
  room: z.number(),
  calls: z.number(),
});
export type CalledDigest = z.infer<typeof calledDigest>;

const isOff = (what: string): string => `EXISTS (SELECT 1 FROM performance_schema.${what})`;
// Uptime is in whole seconds. That a server ended within a second of the note shows in its digests, which are gone.
const uptime =
  "(SELECT g.variable_value + 1 FROM performance_schema.global_status AS g WHERE g.variable_name = 'Uptime')";
const age = 'TIMESTAMPDIFF(MICROSECOND, e.happened_at, UTC_TIMESTAMP(6)) / 1000000';

/** What makes the counts since a note worthless. Asked after them, so that nothing is lost unnoticed in between. */
export const digestsTrouble = ({ table: { name } }: UsedColumns): Statement => ({
  text: `SELECT JSON_OBJECT(
  'restarted', CAST(IF(${uptime} < ${age}, 'true', 'false') AS JSON),
  'emptied', CAST(IF(
    (SELECT COALESCE(MIN(UNIX_TIMESTAMP(d.first_seen)), UNIX_TIMESTAMP(NOW(6))) FROM ${digests} AS d) > UNIX_TIMESTAMP(NOW(6)) - ${age}
    OR EXISTS (SELECT 1 FROM JSON_TABLE(JSON_KEYS(e.detail, '$.calls'), '$[*]' COLUMNS (its_key VARCHAR(200) CHARACTER SET utf8mb4 PATH '$')) AS b
               LEFT JOIN (${counted}) AS n ON n.its_key = b.its_key
               WHERE COALESCE(n.count_star, -1) < JSON_EXTRACT(e.detail, CONCAT('$.calls."', b.its_key, '"'))), 'true', 'false') AS JSON),
  'unkept', ${unkept} - JSON_EXTRACT(e.detail, '$.unkept'),
  'dark', ${jsonTruth('NOT @@performance_schema')},
  'off', CAST(IF(${isOff("setup_consumers AS c WHERE c.name IN ('global_instrumentation', 'thread_instrumentation', 'statements_digest') AND c.enabled = 'NO'")}
    OR ${isOff("setup_instruments AS i WHERE (i.name LIKE 'statement/sql/%' OR i.name LIKE 'statement/com/%') AND i.enabled = 'NO'")}
    OR ${isOff("setup_actors AS a WHERE a.enabled = 'NO'")}, 'true', 'false') AS JSON))
FROM underpin.event AS e
WHERE e.id = :note`,
  parameters: { name },
});

export const digestsTroubleFacts = z.object({
  restarted: z.boolean(),
  emptied: z.boolean(),
  unkept: z.number(),
  /** Where it is switched off as a whole, its tables are empty. */
  dark: z.boolean(),
  off: z.boolean(),
});
