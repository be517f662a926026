import { purposes } from '../../ledger/walk-id.ts';
import { procedure, takeLock } from './procedure.ts';
import { longText } from './procedure-parts.ts';
import { literal } from './quote.ts';

/** A column of the ledger that holds one of a few words. Lists only grow: an earlier version's refuses what this one writes. */
interface Words {
  readonly table: string;
  readonly column: string;
  readonly words: readonly string[];
}

const lists = {
  status: { table: 'migration', column: 'status', words: ['running', 'rolled-back', 'completed', 'failed'] },
  order: { table: 'migration', column: 'standing_order', words: ['pause', 'abort'] },
  applied: { table: 'applied', column: 'direction', words: ['run', 'undo'] },
  purpose: { table: 'checkpoint', column: 'purpose', words: purposes },
} as const satisfies Readonly<Record<string, Words>>;

/** The rule of such a column, in the definition of its table. */
export const oneOfWords = (list: keyof typeof lists): string => {
  const { column, words } = lists[list];
  return `CHECK (${column} IN (${words.map(literal).join(', ')}))`;
};

const ledgerLock = `'underpin ledger'`;
// Others wait behind whoever waits for a table: triggers of a dual write read the ledger, too. MySQL has no shorter patience.
const lockSeconds = 1;

/**
 * Replaces the CHECK of a column that lacks one of the words. A ledger that lacks none is not locked; where the lock is not to be
 * had, the error says so, and the start is tried again.
 */
export const renewWordsProcedure = procedure(
  'renew_words',
  [`of_table ${longText}`, `of_column ${longText}`, 'words JSON'],
  `BEGIN
  DECLARE usual_lock BIGINT DEFAULT @@SESSION.lock_wait_timeout;
  DECLARE short_check ${longText};
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    SET SESSION lock_wait_timeout = usual_lock;
    DO RELEASE_LOCK(${ledgerLock});
    RESIGNAL;
  END;
${takeLock(ledgerLock)}  SET SESSION lock_wait_timeout = ${lockSeconds};
  SET short_check = (
    SELECT MIN(k.constraint_name)
    FROM information_schema.table_constraints AS t
    JOIN information_schema.check_constraints AS k
      ON k.constraint_schema = t.constraint_schema AND k.constraint_name = t.constraint_name
    WHERE t.table_schema = 'underpin' AND t.table_name = of_table AND t.constraint_type = 'CHECK'
      AND INSTR(k.check_clause, CONCAT('\`', of_column, '\`')) > 0
      AND EXISTS (
        SELECT 1 FROM JSON_TABLE(words, '$[*]' COLUMNS (word VARCHAR(64) PATH '$')) AS w
        WHERE NOT REGEXP_LIKE(k.check_clause, CONCAT('[^a-z-]', w.word, '[^a-z-]'), 'c')
      )
  );
  IF short_check IS NOT NULL THEN
    SET @underpin_statement = CONCAT(
      'ALTER TABLE underpin.\`', of_table, '\` DROP CHECK \`', short_check, '\`, ADD CONSTRAINT \`', short_check, '\` CHECK (\`', of_column, '\` IN (',
      (SELECT GROUP_CONCAT(QUOTE(w.word) ORDER BY w.nth SEPARATOR ', ')
       FROM JSON_TABLE(words, '$[*]' COLUMNS (nth FOR ORDINALITY, word VARCHAR(64) PATH '$')) AS w), '))');
    PREPARE underpin_statement FROM @underpin_statement;
    EXECUTE underpin_statement;
  END IF;
  SET SESSION lock_wait_timeout = usual_lock;
  DO RELEASE_LOCK(${ledgerLock});
END`,
);

/** A call for each list. */
export const renewWords: readonly string[] = Object.values<Words>(lists).map(({ table, column, words }) =>
  renewWordsProcedure.call(literal(table), literal(column), literal(JSON.stringify(words))),
);
