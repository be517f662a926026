import { mayStillCome, name } from './ledger-procedures.ts';
import { jsonTruth, literal } from './quote.ts';
import { idempotentProcedure } from './procedure.ts';

/** Marks a statement that runs on by itself, so that it can be found. */
export const tag = (migration: string, what: string): string =>
  `/* underpin ${migration} ${what.replaceAll('*/', '')} */`;

/** Whether such a statement runs in another session: as itself, or as the call that runs it. */
export const isRunning = (migration: string, what: string): string =>
  `EXISTS (SELECT 1 FROM performance_schema.processlist AS p
    WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep' AND LOCATE(${literal(tag(migration, what))}, p.info) > 0)`;

/** A statement that runs on by itself would hold the locks that its undo needs. */
export const cancelProcedure = idempotentProcedure(
  'cancel_online',
  [`of_migration ${name}`, 'epoch_now BIGINT', `of_phase ${name}`],
  {
    declares: ['victim BIGINT', 'cancelled BIGINT DEFAULT 0'],
    body: `    BEGIN
      DECLARE is_over BOOLEAN DEFAULT FALSE;
      DECLARE victims CURSOR FOR
        SELECT p.id FROM performance_schema.processlist AS p
        WHERE p.id <> CONNECTION_ID() AND p.command <> 'Sleep'
          AND LOCATE(CONCAT('/* underpin ', of_migration, ' '), p.info) > 0;
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
