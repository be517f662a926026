import { textOf } from '../naming/tree.ts';
import type { Rule } from './rule.ts';

/** What an undo must not count on: the statements before it may have stopped half way. */
export const undoRules: readonly Rule[] = [
  {
    name: 'undo-if-exists',
    never: true,
    finds: ({ kind, node }) =>
      (kind === 'DropStmt' || /^AT_Drop(?:Column|Constraint)$/u.test(kind)) && node['missing_ok'] !== true,
    fact: 'the statement that it undoes may not have run, and then there is nothing to drop',
    remedy: 'Write IF EXISTS.',
  },
  {
    name: 'undo-cascade',
    never: true,
    finds: ({ node }) => textOf(node, 'behavior') === 'DROP_CASCADE',
    fact: 'CASCADE drops what nobody has listed',
    remedy: 'Drop each of them by name.',
  },
];
