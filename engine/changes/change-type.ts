import type { ChangeType } from './change-type-spec.ts';
import type { Inheritance } from '../catalog/inheritance.ts';
import type { Kind, Refusal, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { replaceColumn } from './replace-column.ts';
import { replacementRefusals, type Replacement } from './replacement-refusals.ts';
import { lostPromises } from './replacement-warnings.ts';

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
  likeness: ({ column, to, type, up, down, default: otherwise, indexes, checks }, { table }) => ({
    table,
    from: column,
    to,
    type,
    default: otherwise ?? null,
    up,
    down,
    answers: { index: indexes ?? {}, check: checks ?? {} },
  }),
  lateRefusals: (change, subject, inheritance) => [
    ...unknownDefault(change, subject, inheritance),
    ...unknownAnswers(change, inheritance),
    ...lostPromises(inheritance),
  ],
  compile: (change, subject, inheritance) => replaceColumn(replacement(change), subject, inheritance),
};

function unknownDefault(
  change: ChangeType,
  { catalog }: Subject,
  { upDefault }: Inheritance,
): readonly Refusal[] {
  const otherwise = columnNamed(catalog, change.column)?.default ?? null;
  if (otherwise === null || change.default !== undefined || upDefault !== null) return [];
  return [
    {
      key: 'change.default',
      fact: `the default of "${change.column}" is an expression, ${otherwise}, which cannot be converted once and for all`,
      remedy: `Say what "${change.to}" holds when a writer leaves it out: \`default: …\` under change.`,
    },
  ];
}

/** Nothing of that name hangs on the old column: a slip of the pen would lose what was meant. */
function unknownAnswers(
  { column, indexes = {}, checks = {} }: ChangeType,
  { indexes: inherited, constraints, leftBehind }: Inheritance,
): readonly Refusal[] {
  const left = (what: string): readonly string[] =>
    leftBehind.filter((each) => each.what === what).map(({ name }) => name);
  const known = {
    index: [...inherited.map(({ name }) => name), ...left('index')],
    check: [...constraints.filter(({ kind }) => kind === 'check').map(({ name }) => name), ...left('check')],
  };
  const unknown = (key: string, what: 'index' | 'check', answers: Readonly<Record<string, string>>) =>
    Object.keys(answers)
      .filter((name) => !known[what].includes(name))
      .map((name) => ({
        key: `change.${key}.${name}`,
        fact: `"${column}" has no ${what} "${name}"`,
        remedy: known[what].length === 0 ? 'It has none' : `It has: ${known[what].join(', ')}`,
      }));
  return [...unknown('indexes', 'index', indexes), ...unknown('checks', 'check', checks)];
}

const replacement = ({ column, to, up, down, default: otherwise }: ChangeType): Replacement => ({
  from: column,
  to,
  conversion: { up, down },
  newDefault: otherwise ?? null,
  keys: { from: 'change.column', to: 'change.to' },
});
