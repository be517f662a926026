import type { Column } from '../catalog/catalog.ts';
import type { Refusal, Subject } from './kind.ts';
import { applicationRefusals, isApplications, type DeclaredColumn, type WrittenBy } from './written-by.ts';
import { columnNamed, missingColumn, overruled, unwalkable, takenColumn } from './refusals.ts';

/** A column that takes the place of another: equal to it, or converted by a pair of expressions. */
export interface Replacement extends WrittenBy {
  readonly from: string;
  readonly to: string;
  readonly conversion: { readonly up: string; readonly down: string } | null;
  readonly newDefault: string | null;
  readonly keys: { readonly from: string; readonly to: string };
}

/** Keys follow where triggers write both sides: nobody can write half of one. */
export const declaredIn = (
  replacement: Pick<Replacement, 'from' | 'to' | 'keys' | 'dualWrite'>,
): Replaced => ({
  from: [{ name: replacement.from, key: replacement.keys.from }],
  to: [{ name: replacement.to, key: replacement.keys.to }],
  keysToo: !isApplications(replacement),
  dualWrite: replacement.dualWrite,
});

interface Replaced extends WrittenBy {
  readonly from: readonly DeclaredColumn[];
  readonly to: readonly DeclaredColumn[];
  /** Members of keys, and an identity, may be among them. */
  readonly keysToo: boolean;
}

/** What forbids columns to take the place of others. */
export const replacementRefusals = (
  { from, to, keysToo, ...by }: Replaced,
  subject: Subject,
): readonly Refusal[] => [
  ...applicationRefusals(by, from, subject),
  ...from
    .filter(({ name }) => !columnNamed(subject.catalog, name))
    .map(({ name, key }) => missingColumn(subject, name, key)),
  ...to.flatMap(({ name, key }) => takenColumn(subject, name, key)),
  ...unwalkable(subject),
  ...from.flatMap(({ name, key }) => {
    const old = columnNamed(subject.catalog, name);
    return old === undefined
      ? []
      : [
          ...oldColumnRefusals(old, key, { ...subject, keysToo }),
          ...(keysToo && subject.sql.cannot['keys that follow a column'] === undefined
            ? []
            : inKeyRefusals(old, key, subject)),
        ];
  }),
  ...(isApplications(by) ? [] : overruled(subject)),
];

function oldColumnRefusals(
  old: Column,
  key: string,
  { keysToo, ...subject }: Subject & Pick<Replaced, 'keysToo'>,
): readonly Refusal[] {
  const refuse = (when: boolean, fact: string, remedy: string): Refusal[] =>
    when ? [{ key, fact, remedy }] : [];
  const name = `${subject.table.name}.${old.name}`;
  const excluded = old.exclusions.join(' and ');
  const exclusion = subject.sql.cannot['exclusion constraint beside the traffic'];
  const dependents = subject.catalog.dependents.filter(({ column }) => column === old.name);
  const publications = dependents.filter((each) => each.publication);
  return [
    ...refuse(
      old.identity && !(keysToo && old.identitySequence !== null),
      `${name} is an identity column, whose values only the database may choose`,
      'Choose another column; or end its identity first.',
    ),
    ...refuse(
      old.generated,
      `${name} is generated from other columns, so nobody can write it`,
      'Add the new column by add-column with the same expression and drop the generated one afterwards.',
    ),
    ...refuse(
      old.exclusions.length > 0 && exclusion !== undefined,
      `${name} belongs to the exclusion constraint ${excluded}, and ${exclusion}`,
      `Drop ${excluded} first and add it again afterwards, or choose another column.`,
    ),
    ...refuse(
      old.inReplicaIdentity && publications.length > 0,
      `${name} belongs to the replica identity, which these column lists and row filters must cover: ${publications.map(({ what }) => what).join('; ')}`,
      `Give the table another replica identity first, such as ALTER TABLE ${subject.table.name} REPLICA IDENTITY DEFAULT, or publish whole rows.`,
    ),
  ];
}

/** Where several columns take the place of others, no key can follow. */
function inKeyRefusals(old: Column, key: string, { table, catalog }: Subject): readonly Refusal[] {
  const name = `${table.name}.${old.name}`;
  const references = catalog.dependents.filter((each) => each.foreignKey && each.column === old.name);
  const inPrimaryKey = {
    key,
    fact: `${name} belongs to the primary key`,
    remedy: 'Give the table another primary key first, or choose another column.',
  };
  const referredTo = {
    key,
    fact: `${name} is what foreign keys refer to: ${references.map(({ what }) => what).join('; ')}`,
    remedy:
      'Drop those foreign keys first, or choose another column: they would keep the old column from being dropped.',
  };
  return [...(old.inPrimaryKey ? [inPrimaryKey] : []), ...(references.length > 0 ? [referredTo] : [])];
}
