import type { Authored } from '../../authored.ts';
import type { LintFinding } from '../../lint.ts';
import { rules } from './rules.ts';
import { readStatement } from './statement.ts';

/** What each statement would do that it should not, from its words alone: no database is asked. */
export const lint = (
  statements: readonly string[],
  use: Parameters<Authored['lint']>[2] = 'run',
): readonly (readonly LintFinding[])[] =>
  statements.map((text) => {
    const statement = readStatement(text);
    if (statement === undefined) return [unreadable];
    return rules
      .filter((rule) => !(use === 'undo' && rule.fineInUndo === true) && rule.finds(statement))
      .map(({ name, fact, remedy, never = false }) => ({ rule: name, fact, remedy, never }));
  });

const unreadable: LintFinding = {
  rule: 'unreadable',
  fact: 'this is not one statement of words, names and literals: it holds a semicolon, a comment, a variable or quotes that do not end',
  remedy: 'Write one statement an item, without comments.',
  never: true,
};
