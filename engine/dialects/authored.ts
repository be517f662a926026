import type { SqlParser } from '../database/sql-parser.ts';
import type { Plan } from '../plan/plan.ts';
import type { Fault } from '../spec/fault.ts';
import type { Fragment } from '../spec/fragments.ts';

/** SQL that an author writes, and what a plan makes of it, read by the engine's own parser. */
export interface Authored {
  /** What keeps a fragment from being what it claims to be; undefined if nothing does. */
  fault(fragment: Fragment, parser: SqlParser): Fault | undefined;
  /** Raises PreflightFailed where a statement of a plan does what the plan does not mean. */
  checkPlan(plan: Plan, parser: SqlParser): void;
  /** The setting under which the parser and the server agree where quoted text ends. */
  readonly usualQuoting: string;
}
