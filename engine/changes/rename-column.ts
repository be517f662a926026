import type { Kind } from './kind.ts';
import type { RenameColumn } from './rename-column-spec.ts';
import { columnNamed } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { replacementRefusals, type Replacement } from './replacement-refusals.ts';

/** Rename, without anyone noticing: a second column, kept equal until nobody asks for the first. */
export const renameColumn: Kind<RenameColumn> = {
  oldColumn: ({ from }) => from,
  refusals: (change, subject) => replacementRefusals(replacement(change), subject),
  expressions: () => [],
  likeness: ({ from, to }, { table, catalog }) => {
    const old = columnNamed(catalog, from);
    const collate = old?.collation ? ` COLLATE ${old.collation}` : '';
    return {
      table,
      from,
      to,
      type: `${old?.type ?? 'text'}${collate}`,
      default: null,
      up: null,
      down: null,
      answers: { index: {}, check: {} },
    };
  },
  lateRefusals: () => [],
  compile: (change, subject, inheritance) => replaceColumn(replacement(change), subject, inheritance),
};

const replacement = ({ from, to }: RenameColumn): Replacement => ({
  from,
  to,
  conversion: null,
  newDefault: null,
  keys: { from: 'change.from', to: 'change.to' },
});
