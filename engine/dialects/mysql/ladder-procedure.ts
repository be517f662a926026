import { procedure, takeLock } from './procedure.ts';
import { execute, longText, quotedName } from './procedure-parts.ts';
import { indexDefinition } from './index-definition.ts';

/** The ways of changing a table beside the traffic, the cheapest first. What needs another one copies it under a lock. */
export const rungs = ['ALGORITHM = INSTANT', 'ALGORITHM = INPLACE, LOCK = NONE'] as const;

/**
 * Under which every statement of ours changes a table: what does not fit is an error and is never cut, and a zero date that
 * another column has keeps nothing from being changed.
 */
export const ourMode = 'STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION';

/** No table has fewer INSTANT changes of its columns than 64; how many it has, a newer server knows alone. */
const versionsAtLeast = 60;

const triesLock = `LEFT(CONCAT('underpin ', copy_name), 64)`;

/** What a foreign key that is tried refers to: the copy of its parent. */
export const parentsCopy = '`underpin`.`underpin_parent`';

const asUsual =
  'SET SESSION lock_wait_timeout = usual_lock, sql_mode = usual_mode, foreign_key_checks = usual_checks;';

// Not everybody may read it: then nobody knows.
const ofInnodb = (what: string, into: string, name: string): string => `BEGIN
      DECLARE CONTINUE HANDLER FOR SQLEXCEPTION SET ${into} = NULL;
      SET ${into} = (SELECT i.${what} FROM information_schema.innodb_tables AS i WHERE i.name = ${name});
    END;`;

/**
 * Tries changes of a table, one after the other, on an empty copy of it, each on one rung after the other. The copy has
 * neither rows nor foreign keys nor triggers. It may be called again at any time; a copy that a dead call left goes.
 */
export const ladderProcedure = procedure(
  'ladder',
  [
    'call_id VARCHAR(36)',
    `in_schema ${longText}`,
    `in_table ${longText}`,
    'lock_seconds BIGINT',
    // Of each: what is behind ALTER TABLE, and the column or index that it is about.
    'actions JSON',
    // The table that a foreign key refers to; null: none is tried. It has an empty copy of its own.
    `parent_schema ${longText}`,
    `parent_table ${longText}`,
  ],
  `BEGIN
  DECLARE copy_name VARCHAR(64) DEFAULT CONCAT('try_', LEFT(SHA2(CONCAT(in_schema, '.', in_table), 256), 40));
  DECLARE copy_full, parent_full, this_action ${longText};
  DECLARE refused, steps JSON;
  DECLARE step, rung VARCHAR(40);
  DECLARE says TEXT;
  DECLARE code, conditions, at_action, at_rung, versions, replayed, before_id, after_id BIGINT DEFAULT 0;
  DECLARE usual_lock BIGINT DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE usual_mode LONGTEXT DEFAULT @@SESSION.sql_mode;
  DECLARE usual_checks BOOLEAN DEFAULT @@SESSION.foreign_key_checks;
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    ${asUsual}
    DO RELEASE_LOCK(${triesLock});
    RESIGNAL;
  END;
  SET SESSION lock_wait_timeout = lock_seconds, sql_mode = '${ourMode}', foreign_key_checks = IF(parent_table IS NULL, usual_checks, 0);
${takeLock(triesLock)}  SET copy_full = CONCAT('underpin.', copy_name), parent_full = CONCAT(copy_full, '_parent'), steps = JSON_ARRAY();
  ${execute(`CONCAT('DROP TABLE IF EXISTS ', copy_full, ', ', parent_full)`)}
  ${execute(`CONCAT('CREATE TABLE ', copy_full, ' LIKE ', ${quotedName('in_schema')}, '.', ${quotedName('in_table')})`)}
  IF parent_table IS NOT NULL THEN
    ${execute(`CONCAT('CREATE TABLE ', parent_full, ' LIKE ', ${quotedName('parent_schema')}, '.', ${quotedName('parent_table')})`)}
  END IF;
  ${ofInnodb('total_row_versions', 'versions', `CONCAT(in_schema, '/', in_table)`)}
  -- A copy begins with none of the versions that the table has used up.
  WHILE versions >= ${versionsAtLeast} AND replayed < versions DO
    ${execute(`CONCAT('ALTER TABLE ', copy_full, IF(replayed % 2 = 0, ' ADD COLUMN underpin_version INT', ' DROP COLUMN underpin_version'), ', ${rungs[0]}')`)}
    SET replayed = replayed + 1;
  END WHILE;
  WHILE at_action < JSON_LENGTH(actions) DO
    SET this_action = REPLACE(JSON_UNQUOTE(JSON_EXTRACT(actions, CONCAT('$[', at_action, '].sql'))), '${parentsCopy}', parent_full),
        refused = JSON_ARRAY(), step = NULL, at_rung = 0;
    ${ofInnodb('table_id', 'before_id', `CONCAT('underpin/', copy_name)`)}
    WHILE step IS NULL AND at_rung < ${rungs.length} DO
      SET rung = ELT(at_rung + 1, ${rungs.map((each) => `'${each}'`).join(', ')}), code = NULL;
      BEGIN
        DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
          -- A warning may have come before the error.
          GET DIAGNOSTICS conditions = NUMBER;
          GET DIAGNOSTICS CONDITION conditions code = MYSQL_ERRNO, says = MESSAGE_TEXT;
          SET refused = JSON_ARRAY_APPEND(refused, '$', JSON_OBJECT('rung', rung, 'code', code, 'says', says));
        END;
        ${execute(`CONCAT('ALTER TABLE ', copy_full, ' ', this_action, ', ', rung)`)}
      END;
      IF code IS NULL THEN
        SET step = rung;
      END IF;
      SET at_rung = at_rung + 1;
    END WHILE;
    ${ofInnodb('table_id', 'after_id', `CONCAT('underpin/', copy_name)`)}
    SET steps = JSON_ARRAY_APPEND(steps, '$', JSON_OBJECT('step', step, 'refused', refused,
      -- A copy always has a number: NULL is what somebody without PROCESS sees.
      'rebuilt', CAST(CASE WHEN before_id = after_id THEN 'false' WHEN before_id <> after_id THEN 'true' ELSE 'null' END AS JSON),
      'column', (SELECT JSON_OBJECT('type', c.column_type, 'nullable', c.is_nullable, 'collation', c.collation_name)
                 FROM information_schema.columns AS c
                 WHERE c.table_schema = 'underpin' AND c.table_name = copy_name
                   AND c.column_name = JSON_UNQUOTE(JSON_EXTRACT(actions, CONCAT('$[', at_action, '].name')))),
      'index', (SELECT /*+ SET_VAR(group_concat_max_len = 65536) */ ${indexDefinition}
                FROM information_schema.statistics AS s
                WHERE s.table_schema = 'underpin' AND s.table_name = copy_name
                  AND s.index_name = JSON_UNQUOTE(JSON_EXTRACT(actions, CONCAT('$[', at_action, '].name')))
                GROUP BY s.index_name)));
    SET at_action = at_action + 1;
  END WHILE;
  ${execute(`CONCAT('DROP TABLE IF EXISTS ', copy_full, ', ', parent_full)`)}
  ${asUsual}
  INSERT INTO underpin.answer (id, answer) VALUES (call_id, JSON_OBJECT('steps', steps)) AS n
  ON DUPLICATE KEY UPDATE answer = n.answer;
  DO RELEASE_LOCK(${triesLock});
END`,
);
