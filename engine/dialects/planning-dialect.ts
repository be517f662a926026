import type { Database } from '../database/database.ts';
import type { Dialect } from './dialect.ts';
import type { Inspector } from './inspector.ts';
import type { RunningDialect } from './running-dialect.ts';

// Apart from dialects.ts, which imports every engine: who plans in a function loads the dialect of its database alone.

/** The dialect by which a database's plans are made. Raises an error where it was opened only to run them. */
export function planningDialectOf({ dialect }: Pick<Database, 'dialect'>): Dialect {
  if (makesPlans(dialect)) return dialect;
  throw new Error('this database was opened to run plans, not to make them');
}

const makesPlans = (dialect: RunningDialect): dialect is Dialect => 'inspector' in dialect;

export const inspectorOf = (database: Database): Inspector => planningDialectOf(database).inspector(database);
