import { PreflightFailed } from '../database/errors.ts';
import type { Plan } from '../plan/plan.ts';
import type { Applied } from './applied.ts';
import type { Status } from './summary.ts';

/** A worker's right to write: it ends when the epoch does. */
export interface Claim {
  readonly migration: string;
  readonly epoch: number;
}

/** What a claim stores. */
export interface ClaimEntry {
  readonly migration: string;
  /** The epoch that the caller has seen; 0 where there was no record. */
  readonly seen: number;
  readonly execution: string;
  readonly declaration: string;
  readonly plan: Plan;
  readonly settings: unknown;
}

/** Raises PreflightFailed. */
export function refuseIfCompleted(migration: string, status: Status, standing: Applied): void {
  if (status === 'completed' || standing.contracted())
    throw new PreflightFailed(`${migration} was completed already; a new change needs a new migration file`);
}
