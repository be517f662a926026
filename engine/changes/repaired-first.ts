import { oneWalk } from '../plan/walk.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import type { RepairPlan } from '../dialects/rules-sql.ts';
import { expectsNothingNew, heldWarnings, repairOf, type AuthoredRepair } from './held-rule.ts';
import type { CompiledChange, Subject } from './kind.ts';
import type { KnownRule } from './rule.ts';

/** A rule that comes last, in statements that read every row. */
interface LateRule extends Omit<RepairPlan, 'repair'> {
  readonly authored: AuthoredRepair & { readonly violated: string };
  /** What the writers of the table meet. */
  readonly refuses: string;
  readonly expects: Partial<ExpectedTable>;
}

/** Where no constraint holds for new rows alone: new breaches are refused, then rows are repaired, then the rule comes. */
export function repairedFirst(
  subject: Subject,
  { authored, refuses, expects, ...late }: LateRule,
  known: KnownRule,
): CompiledChange {
  const { catalog, sql } = subject;
  const repair = repairOf(subject, authored, known);
  if (sql.repairPhases === null) throw new Error('a constraint comes first here');
  return {
    shape: { kind: 'none', breaks: authored.violated },
    phases: sql.repairPhases({ repair, ...late }),
    walks: oneWalk(sql.walk.repair(catalog.key, repair)),
    warnings: [
      ...heldWarnings(refuses, repair, 'stays as its writers have it until a worker repairs it'),
      'INSERT … ON DUPLICATE KEY UPDATE and REPLACE are judged by the row that they bring, where the table has that row already, too: ' +
        `one that leaves ${repair.column} out brings its default, which may be NULL`,
    ],
    expects: { ...expectsNothingNew(subject, repair), ...expects },
  };
}
