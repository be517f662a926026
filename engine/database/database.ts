import type { RunningDialect } from '../dialects/running-dialect.ts';
import type { Statements } from './statements.ts';

export { one, type Parameter, type Statement } from './statements.ts';

/** A database with the SQL that it takes: all of the engine's, or what runs plans where none are made. */
export interface Database extends Statements {
  readonly dialect: RunningDialect;
}
