import { firstTriggerName, functionNames, triggerName } from '../made-names.ts';

type Is = (to: readonly string[]) => boolean;

const schema = 'underpin';

/** What a walk and a trigger write in the ledger. All else of it is the ledger's own functions' to write. */
const written = new Set(['checkpoint', 'event', 'stubborn_row']);
const writtenOfMigration = new Set(['swept_at', 'swept_by']);

/**
 * What of the ledger's schema and of Underpin's names on a table one migration's plan may touch: what it makes itself. The functions
 * that all migrations share, and those of another one, are nobody's plan.
 */
export interface OwnObjects {
  readonly isFunction: Is;
  /** `name`: of a trigger. */
  readonly isTrigger: (name: string) => boolean;
  readonly writes: Is;
}

export function ownObjects(migration: string): OwnObjects {
  const functions = new Set(functionNames(migration));
  return {
    isFunction: ([its, name = '', ...more]) => its === schema && functions.has(name) && more.length === 0,
    // Events begin with a line.
    isTrigger: (name) =>
      name === triggerName(migration, '') ||
      name.startsWith(triggerName(migration, '_')) ||
      name.startsWith(firstTriggerName(migration, '_')),
    writes: ([its, name = '', column = '']) =>
      its === schema && (written.has(name) || (name === 'migration' && writtenOfMigration.has(column))),
  };
}
