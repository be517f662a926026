import type { DdlFinding } from '../../ddl.ts';
import type { Part } from '../lint/parts.ts';
import { textOf } from '../naming/tree.ts';
import type { History, Relation } from './history.ts';

/** What a statement gives another name: ALTER TABLE renames sequences, indexes and views too. Undefined where it renames none. */
export function renamedRelation({ kind, node, table }: Part, history: History): Relation | undefined {
  if (kind !== 'RenameStmt' || table === null) return undefined;
  const type = textOf(node, 'renameType');
  if (type === 'OBJECT_SEQUENCE') return 'sequence';
  return type === 'OBJECT_TABLE' ? history.relationOf(table) : undefined;
}

export const renamedSequence: DdlFinding = {
  isAnswered: false,
  rule: 'rename',
  fact: 'anything that calls the sequence by its old name, as in nextval(…), fails from then on; columns that draw from it go on',
  remedy: 'Leave it its name, unless nobody calls it.',
};
