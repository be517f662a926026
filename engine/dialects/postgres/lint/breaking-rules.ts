import { textOf } from '../naming/tree.ts';
import type { Part } from './parts.ts';
import type { Rule } from './rule.ts';

const drops =
  (...types: readonly string[]) =>
  ({ kind, node }: Part): boolean =>
    kind === 'DropStmt' && types.includes(textOf(node, 'removeType') ?? '');

/** What an application that runs now would fail on, or what nothing brings back. */
export const breakingRules: readonly Rule[] = [
  {
    name: 'rename',
    harmlessIfNew: true,
    finds: ({ kind, node }) =>
      (kind === 'RenameStmt' &&
        !['OBJECT_TABCONSTRAINT', 'OBJECT_INDEX', 'OBJECT_TRIGGER', 'OBJECT_POLICY'].includes(
          textOf(node, 'renameType') ?? '',
        )) ||
      kind === 'AlterObjectSchemaStmt' ||
      (kind === 'AlterEnumStmt' && textOf(node, 'oldVal') !== undefined),
    fact: 'anything that uses the old name fails from then on',
    remedy: 'Keep both names until nobody uses the old one; for a column, kind rename-column does that.',
  },
  {
    name: 'drop-column',
    harmlessIfNew: true,
    finds: ({ kind }) => kind === 'AT_DropColumn',
    fact: 'the column and its values are gone, and anything that still names it fails',
    remedy: 'Use kind drop-column, which first shows that nobody uses it.',
  },
  {
    name: 'drop-data',
    finds: (part) =>
      drops(
        'OBJECT_TABLE',
        'OBJECT_SCHEMA',
        'OBJECT_MATVIEW',
        'OBJECT_SEQUENCE',
        'OBJECT_FOREIGN_TABLE',
      )(part) ||
      part.kind === 'DropdbStmt' ||
      part.kind === 'DropOwnedStmt',
    fact: 'what it holds is gone, and anything that still uses it fails',
    remedy: 'Make sure by pg_stat_statements that nobody does, take a snapshot, and say so in `unsafe:`.',
  },
  {
    name: 'drop-definition',
    finds: drops('OBJECT_VIEW', 'OBJECT_TYPE', 'OBJECT_DOMAIN', 'OBJECT_EXTENSION'),
    fact: 'anything that still uses it fails from then on',
    remedy: 'Make sure that nobody does, and say so in `unsafe:`; replace a view by CREATE OR REPLACE VIEW.',
  },
  {
    name: 'cascade',
    finds: ({ node }) => textOf(node, 'behavior') === 'DROP_CASCADE',
    fact: 'CASCADE drops what nobody has listed',
    remedy: 'Drop each of them by name.',
  },
  {
    name: 'truncate',
    finds: ({ kind }) => kind === 'TruncateStmt',
    fact: 'TRUNCATE keeps everybody out (ACCESS EXCLUSIVE), and its rows are gone',
    remedy: 'Delete rows by WHERE.',
  },
  {
    name: 'disabled-trigger',
    finds: ({ kind }) => /^AT_Disable(?:Trig|Rule|RowSecurity)/u.test(kind),
    fact: 'the rules that it enforces do not hold for what others write meanwhile',
    remedy: 'Let the trigger ask a setting of the session instead.',
  },
];
