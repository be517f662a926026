import { mayStillCome } from './ledger-procedures.ts';
import { jsonTruth, literal } from './quote.ts';
import { idempotentProcedure } from './procedure.ts';
import { ledgerText } from './procedure-parts.ts';

/**
 * Marks a statement that runs on by itself, so that it can be found. Of names only what is plain text goes in: nothing of them
 * can end the comment, or is written otherwise in the call that brings the statement.
 */
export const tag = (migration: string, what: string): string =>
  `/* underpin ${migration} ${what.replaceAll(/[^\p{L}\p{N} _.,:()-]/gu, '-')} */`;

/** Whether such a statement runs in another session: as itself, or as the call that runs it. */
export const isRunning = (migration: string, what: string): string =>
  `EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE(${literal(tag(migration, what))}, p.info) > 0)`;

/**
 * Sessions of ours that run something of a migration, in the list of processes as `p`. Anybody can write a comment: the user is
 * what the server knows. Another user's session is not killed, and often could not be: the attempt would fail.
 */
export const ourSessions = (migration: string): string =>
  `p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND CONCAT(p.user, '@') = LEFT(USER(), CHAR_LENGTH(p.user) + 1)
          AND LOCATE(CONCAT('/* underpin ', ${migration}, ' '), p.info) > 0`;

/** A statement that runs on by itself would hold the locks that its undo needs. */
export const cancelProcedure = idempotentProcedure(
  'cancel_online',
  [`of_migration ${ledgerText}`, 'epoch_now BIGINT', `of_phase ${ledgerText}`],
  {
    declares: ['victim BIGINT', 'cancelled BIGINT DEFAULT 0'],
    body: `    BEGIN
      DECLARE is_over BOOLEAN DEFAULT FALSE;
      DECLARE victims CURSOR FOR
        SELECT p.id FROM performance_schema.processlist AS p
        WHERE ${ourSessions('of_migration')};
      DECLARE CONTINUE HANDLER FOR NOT FOUND SET is_over = TRUE;
      -- It ended meanwhile.
      DECLARE CONTINUE HANDLER FOR 1094 BEGIN END;
      OPEN victims;
      search: LOOP
        FETCH victims INTO victim;
        IF is_over THEN
          LEAVE search;
        END IF;
        KILL QUERY victim;
        SET cancelled = cancelled + 1;
      END LOOP;
      CLOSE victims;
    END;
    SET answer = JSON_OBJECT('cancelled', cancelled,
      'mayStillCome', ${jsonTruth(mayStillCome(' AND u.phase = of_phase'))});`,
  },
);
