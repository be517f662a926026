import type { Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/table-name.ts';
import { mayEnter, placeParameters, placeVariables } from './ledger-procedures.ts';
import { literal } from './quote.ts';
import { migrationLock, procedure, takeLock } from './procedure.ts';
import { onlineLockSeconds } from './units.ts';

/**
 * Opens a session for one statement of DDL that MySQL does not prepare, so that no procedure can run it: CREATE TRIGGER,
 * CREATE FUNCTION, and their DROP. It takes the migration's lock, asks the epoch, and bounds the wait for the table. The lock goes with the
 * session, which ends with the statement: no such statement comes after the way back has begun.
 */
export const holdProcedure = procedure(
  'hold',
  placeParameters,
  `BEGIN
${[...placeVariables].map((each) => `  DECLARE ${each};`).join('\n')}
  DECLARE EXIT HANDLER FOR SQLEXCEPTION BEGIN
    DO RELEASE_LOCK(${migrationLock});
    RESIGNAL;
  END;
${takeLock(migrationLock, onlineLockSeconds)}${mayEnter}
  SET SESSION lock_wait_timeout = ${onlineLockSeconds};
END`,
);

const holding = holdProcedure.call(':migration', ':epoch', ':phase', ':direction', ':unit');

/**
 * What a trigger hands on is never converted, so it is made under a mode that refuses nothing: a value that the table has is
 * a value that it may have.
 */
const anyValue = '';

interface Alone {
  readonly does: string;
  readonly statement: string;
  readonly doneWhen: string;
}

const alone = (session: readonly string[], { does, statement, doneWhen }: Alone): Online => ({
  kind: 'online',
  does,
  lock: 'metadata',
  session,
  statement,
  scans: 0,
  state: `SELECT JSON_OBJECT('state', IF(${doneWhen}, 'done', 'absent'))`,
  clean: null,
});

const under = (mode: string): string => `SET SESSION sql_mode = '${mode}'`;

/** `mode`: what is made runs under it ever after. `before`: calls that raise what forbids the statement now. */
export const inHeldSession = (unit: Alone, mode = anyValue, before: readonly string[] = []): Online =>
  alone([holding, under(mode), ...before], unit);

/** The same on a table of our own, which no migration holds. */
export const createTriggerAlone = (unit: Alone): Online => alone([under(anyValue)], unit);

export const hasTrigger = (table: TableName, name: string): string => `EXISTS (
    SELECT 1 FROM information_schema.triggers AS g
    WHERE g.trigger_schema = ${literal(table.schema)} AND g.event_object_table = ${literal(table.name)}
      AND g.trigger_name = ${literal(name)})`;
