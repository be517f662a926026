import type { Inheritance } from '../catalog/inherited.ts';
import type { ChangeType } from './change-type-keys.ts';
import type { Refusal, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { retypingOf } from './retyping.ts';

/** What forbids a change of type, once the database has said what the new column would be. */
export const retypingRefusals = (
  change: ChangeType,
  subject: Subject,
  inheritance: Inheritance,
): readonly Refusal[] => [
  ...nothingToDo(change, subject, inheritance),
  ...noWayBack(change, subject),
  ...unknownDefault(change, subject, inheritance),
  ...unknownAnswers(change, inheritance),
];

function nothingToDo(
  { column, to, up }: ChangeType,
  { catalog }: Subject,
  { type, collation }: Inheritance,
): readonly Refusal[] {
  const old = columnNamed(catalog, column);
  if (to !== undefined || up !== undefined || old?.type !== type || old.collation !== collation) return [];
  return [
    { key: 'change.type', fact: `"${column}" is of type ${type} already`, remedy: 'There is nothing to do.' },
  ];
}

function noWayBack({ column, down, type }: ChangeType, { catalog, sql }: Subject): readonly Refusal[] {
  if (down !== undefined) return [];
  const old = columnNamed(catalog, column)?.type ?? 'text';
  return [
    {
      key: 'change',
      fact: `nothing says how a ${type} becomes ${old} again, for a rollback: the old column is kept fresh until the contract`,
      remedy: `Write an SQL expression of "${column}", such as \`down: CAST(${sql.names.quoted(column)} AS ${old})\`; until the contract a write that it refuses fails.`,
    },
  ];
}

function unknownDefault(
  change: ChangeType,
  subject: Subject,
  { upDefault }: Inheritance,
): readonly Refusal[] {
  const otherwise = columnNamed(subject.catalog, change.column)?.default ?? null;
  if (otherwise === null || retypingOf(change, subject).replacement.newDefault !== null || upDefault !== null)
    return [];
  return [
    {
      key: 'change.default',
      fact: `the default of "${change.column}" is an expression, ${otherwise}, which cannot be converted once and for all`,
      remedy: `Say what "${change.to ?? change.column}" holds when a writer leaves it out: \`default: …\` under change.`,
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
