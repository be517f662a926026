import { judgeCompleted, judgeRolledBack } from './audit-findings.ts';
import type { Audit, AuditSubject } from './audited.ts';
import type { Database } from '../database/database.ts';
import type { Plan } from '../plan/plan.ts';
import { lastingNames } from '../shapes/shape.ts';
import { readAuditFacts, readBuiltFacts } from './read-audit-facts.ts';

export type { Audit, AuditSubject as Audited, Finding } from './audited.ts';

/**
 * Compares a table with what its migration was to make of it, and names what is left over. It reads the catalog only, so
 * that it may be asked as often as somebody looks.
 */
export async function auditLeftovers(database: Database, audited: AuditSubject): Promise<Audit> {
  const { plan, outcome, since } = audited;
  const facts = await readAuditFacts(database, plan);
  const judge = outcome === 'completed' ? judgeCompleted : judgeRolledBack;
  const built = await readBuiltFacts(database, plan, facts);
  const judged = judge(audited, { of: facts, built }, database.dialect.remedies);
  return { open: judged.open.map((finding) => ({ ...finding, since })), passed: judged.passed };
}

// A scan of that many rows takes a second or two; a larger table's comparison is reported instead.
const mostCounted = 1_000_000;

/** Rows and NULLs of the new columns for people, where counting is cheap; undefined elsewhere. */
export async function countedRows(database: Database, plan: Plan): Promise<string | undefined> {
  if (plan.estimatedRows > mostCounted) return undefined;
  const counted: string[] = [];
  for (const name of lastingNames(plan.shape)) {
    const { rows, nulls } = await database.dialect.look.countRows(database, {
      table: plan.table,
      column: name,
    });
    counted.push(`${rows} rows, ${nulls} of them NULL in ${name}`);
  }
  return counted.length === 0 ? undefined : counted.join('; ');
}
