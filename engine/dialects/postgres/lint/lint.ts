import type { SqlParser } from '../../../database/sql-parser.ts';
import { breakingRules } from './breaking-rules.ts';
import { callRules } from './call-rules.ts';
import { columnRules } from './column-rules.ts';
import { indexRules } from './index-rules.ts';
import { partsOf, type Part } from './parts.ts';
import type { LintFinding } from '../../lint.ts';
import type { Rule } from './rule.ts';
import { undoRules } from './undo-rules.ts';

/** What a statement must not do beside live traffic. After squawk and strong_migrations; each with the safe way. */
export const rules: readonly Rule[] = [...callRules, ...indexRules, ...columnRules, ...breakingRules];

/** An undo takes away what was just made: that is no break. It must not count on what may not be there. */
const rulesOfUndo: readonly Rule[] = [...callRules, ...indexRules, ...columnRules, ...undoRules];

/**
 * What each statement of a list would do that it should not, from its text alone: no database is asked. A table that the
 * list itself makes is empty, and what reads or writes all of it does no harm.
 */
export function lint(
  statements: readonly string[],
  parser: SqlParser,
  use: 'run' | 'undo' = 'run',
): readonly (readonly LintFinding[])[] {
  const asked = use === 'undo' ? rulesOfUndo : rules;
  const made = new Set<string>();
  return statements.map((text) => {
    const read = partsOf(text, parser);
    if (read === null) return [unreadable];
    if (read.length !== 1) return [several(read.length)];
    const parts = read.flat();
    const found = parts.flatMap((part) => findingsOf(part, asked, made));
    for (const part of parts)
      if (part.kind === 'CreateStmt' && part.node['if_not_exists'] !== true) made.add(keyOf(part));
    return found.filter(({ rule }, at) => found.findIndex((each) => each.rule === rule) === at);
  });
}

const findingsOf = (part: Part, asked: readonly Rule[], made: ReadonlySet<string>): readonly LintFinding[] =>
  asked
    .filter((rule) => rule.finds(part) && !(rule.harmlessIfNew === true && made.has(keyOf(part))))
    .map(({ name, fact, remedy, never = false }) => ({ rule: name, fact, remedy, never }));

const keyOf = ({ table }: Part): string => JSON.stringify([table?.schema, table?.name]);

const unreadable: LintFinding = {
  rule: 'unreadable',
  fact: 'PostgreSQL cannot read this statement',
  remedy: 'Write one statement of SQL, without the commands of psql.',
  never: true,
};

const several = (count: number): LintFinding => ({
  rule: 'one-statement',
  fact: count === 0 ? 'there is no statement' : `these are ${count} statements in one text`,
  remedy: 'Write each as an item of its own.',
  never: true,
});
