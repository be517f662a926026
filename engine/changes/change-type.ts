import type { ChangeType } from './change-type-spec.ts';
import type { Kind } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { replacementRefusals, type Replacement } from './replacement-refusals.ts';

/** Another type: a second column, each computed from the other by the author's two expressions. */
export const changeType: Kind<ChangeType> = {
  oldColumn: ({ column }) => column,
  refusals: (change, subject) => replacementRefusals(replacement(change), subject),
  // Each side must be told by the other alone: a write of a third column wakes no dual write.
  expressions: ({ column, to, up, down, type }, { catalog }) => {
    const old = { column, type: columnNamed(catalog, column)?.type ?? 'text' };
    return [
      { key: 'change.up', expression: { text: up, type, over: old } },
      { key: 'change.down', expression: { text: down, type: old.type, over: { column: to, type } } },
    ];
  },
  likeness: ({ column, to, type, up, down, default: otherwise }, { table }) => ({
    table,
    from: column,
    to,
    type,
    default: otherwise ?? null,
    up,
    down,
  }),
  lateRefusals: (change, { catalog }, { upDefault }) => {
    const otherwise = columnNamed(catalog, change.column)?.default ?? null;
    if (otherwise === null || change.default !== undefined || upDefault !== null) return [];
    return [
      {
        key: 'change.default',
        fact: `the default of "${change.column}" is an expression, ${otherwise}, which cannot be converted once and for all`,
        remedy: `Say what "${change.to}" holds when a writer leaves it out: \`default: …\` under change.`,
      },
    ];
  },
  compile: (change, subject, inheritance) => replaceColumn(replacement(change), subject, inheritance),
};

const replacement = ({ column, to, up, down, default: otherwise }: ChangeType): Replacement => ({
  from: column,
  to,
  conversion: { up, down },
  newDefault: otherwise ?? null,
  keys: { from: 'change.column', to: 'change.to' },
});
