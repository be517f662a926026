import type { Applied } from '../ledger/applied.ts';
import type { Plan } from '../plan/plan.ts';

/** Something that is not as it should be, or still there: what, and what to do about it. */
export interface Finding {
  readonly what: string;
  readonly remedy: string;
}

export interface AuditVerdict {
  readonly open: readonly Finding[];
  /** What was looked at and is well, for people. */
  readonly passed: readonly string[];
}

export interface Audit {
  /** `since`: ISO 8601; when the migration ended, for what it has left. */
  readonly open: readonly (Finding & { readonly since: string })[];
  readonly passed: readonly string[];
}

/** What is known of a migration that is over, or nearly, beside its table's catalog. */
export interface AuditSubject {
  readonly plan: Plan;
  readonly outcome: 'completed' | 'rolled-back';
  readonly applied: Applied;
  /** What the read flag says in percent; null where there is no flag. */
  readonly readShare: number | null;
  readonly stubbornRows: number;
  readonly since: string;
}
