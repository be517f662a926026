import type { Refusal, Subject } from './kind.ts';
import { columnNamed, missingColumn, missingKey, takenColumn } from './refusals.ts';

/** A column that takes the place of another: equal to it, or converted by a pair of expressions. */
export interface Replacement {
  readonly from: string;
  readonly to: string;
  readonly conversion: { readonly up: string; readonly down: string } | null;
  readonly newDefault: string | null;
  readonly keys: { readonly from: string; readonly to: string };
}

export function replacementRefusals(replacement: Replacement, subject: Subject): readonly Refusal[] {
  const old = columnNamed(subject.catalog, replacement.from);
  const taken = takenColumn(subject, replacement.to, replacement.keys.to);
  const keyless = missingKey(subject);
  if (!old) return [missingColumn(subject, replacement.from, replacement.keys.from), ...taken, ...keyless];
  const key = replacement.keys.from;
  const refuse = (when: boolean, fact: string, remedy: string): Refusal[] =>
    when ? [{ key, fact, remedy }] : [];
  const name = `${subject.table.name}.${old.name}`;
  const exclusion = subject.sql.cannot['exclusion constraint beside the traffic'];
  const publications = subject.catalog.dependents.filter((each) => each.publication);
  const references = subject.catalog.dependents.filter((each) => each.foreignKey);
  return [
    ...taken,
    ...keyless,
    ...refuse(
      old.inPrimaryKey,
      `${name} belongs to the primary key`,
      'A primary key cannot be replaced column by column yet; choose another column.',
    ),
    ...refuse(
      old.identity,
      `${name} is an identity column, whose values only the database may choose`,
      'Give the new column its own sequence by change-type once this is supported; until then leave it.',
    ),
    ...refuse(
      old.generated,
      `${name} is generated from other columns, so nobody can write it`,
      'Add the new column by add-column with the same expression and drop the generated one afterwards.',
    ),
    ...refuse(
      old.inExclusion && exclusion !== undefined,
      `${name} belongs to an exclusion constraint, and ${exclusion}`,
      'Drop that constraint first and add it again afterwards, or choose another column.',
    ),
    ...refuse(
      references.length > 0,
      `${name} is what foreign keys refer to: ${references.map(({ what }) => what).join('; ')}`,
      'Drop those foreign keys first, or choose another column: they would keep the old column from being dropped.',
    ),
    ...refuse(
      old.inReplicaIdentity && publications.length > 0,
      `${name} belongs to the replica identity, which these column lists and row filters must cover: ${publications.map(({ what }) => what).join('; ')}`,
      `Give the table another replica identity first, such as ALTER TABLE ${subject.table.name} REPLICA IDENTITY DEFAULT, or publish whole rows.`,
    ),
    ...subject.sql.dualWrite
      .overruledBy(subject.migration, subject.catalog.beforeTriggers)
      .map(({ trigger, remedy }) => ({
        key: 'table',
        fact: `trigger ${trigger} on ${subject.table.name} would run after the dual write and could undo it`,
        remedy,
      })),
  ];
}
