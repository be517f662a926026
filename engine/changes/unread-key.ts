import type { ForeignKey, HeldRule } from '../dialects/rules-sql.ts';
import { expectsNothingNew, heldWarnings, repairOf, type AuthoredRepair } from './held-rule.ts';
import type { CompiledChange, Subject } from './kind.ts';
import type { KnownRule } from './rule.ts';

interface NamedKey {
  readonly name: string;
  readonly key: ForeignKey;
  readonly rule: HeldRule;
  /** What the writers of the table meet. */
  readonly refuses: string;
  readonly repair: AuthoredRepair | null;
}

/**
 * Where no statement reads the rows that are there: the key comes for new ones, then the others are repaired, if the author
 * says how, and every row is compared.
 */
export function comparedKey(
  subject: Subject,
  { refuses, repair: authored, ...named }: NamedKey,
  known: KnownRule,
): CompiledChange {
  const { migration, table, catalog, sql } = subject;
  if (sql.unreadKey === null) throw new Error('a statement validates a key here');
  const { violated } = named.rule;
  const repair = authored === null ? null : repairOf(subject, { ...authored, violated }, known);
  const { phases, walks, warnings } = sql.unreadKey({
    migration,
    table,
    walkedBy: catalog.key,
    repair,
    ...named,
  });
  return {
    shape: { kind: 'none', breaks: violated },
    phases,
    walks,
    warnings: [
      ...heldWarnings(refuses, null),
      ...(repair === null ? [] : [`a rollback keeps what was repaired in ${repair.column}`]),
      ...warnings,
    ],
    expects: {
      ...expectsNothingNew(subject, repair),
      constraints: [{ name: named.name, valid: true }],
    },
  };
}
