import type { ForeignKey, HeldRule } from '../dialects/rules-sql.ts';
import { expectsNothingNew, heldWarnings } from './held-rule.ts';
import type { CompiledChange, Subject } from './kind.ts';

interface NamedKey {
  readonly name: string;
  readonly key: ForeignKey;
  readonly rule: HeldRule;
  /** What the writers of the table meet. */
  readonly refuses: string;
}

/** Where no statement reads the rows that are there: the key comes for new ones, then every row is compared. */
export function comparedKey(subject: Subject, { refuses, ...named }: NamedKey): CompiledChange {
  const { migration, table, catalog, sql } = subject;
  if (sql.unreadKey === null) throw new Error('a statement validates a key here');
  const { phases, walk, warnings } = sql.unreadKey({ migration, table, walkedBy: catalog.key, ...named });
  return {
    shape: { kind: 'none', breaks: named.rule.violated },
    phases,
    walks: [{ ...walk, purposes: ['verify'] }],
    warnings: [...heldWarnings(refuses, null), ...warnings],
    expects: {
      ...expectsNothingNew(subject, null),
      constraints: [{ name: named.name, valid: true }],
    },
  };
}
