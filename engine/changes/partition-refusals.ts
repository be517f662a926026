import type { CopiedFacts } from '../catalog/copied.ts';
import type { AttachedObject } from '../catalog/dependent-objects.ts';
import type { IndexFacts } from '../catalog/facts.ts';
import type { Refusal, Subject } from './kind.ts';
import { columnNamed, missingColumn, missingKey, unwalkable } from './refusals.ts';

const anew = 'Drop it before the start, and create it again when the migration has completed.';

/** What knows the table by its number: it would stay with the old table when the names are exchanged. */
const refusedFor: Partial<Readonly<Record<AttachedObject['kind'], string>>> = {
  view: anew,
  'own rule': anew,
  'own trigger': anew,
  'own policy': anew,
  'policy elsewhere': anew,
  function: anew,
  'row type': anew,
  publication:
    'Take the table out of it before the start, and publish it again when the migration has completed.',
  subscription: 'Take the table out of what is published to it, and refresh the subscription, first.',
  extension: 'Change the extension instead.',
  'default elsewhere': 'Give the sequence to that table first: ALTER SEQUENCE … OWNED BY.',
  'referring key':
    'Drop the foreign key before the start. A table whose key is the column that it is partitioned by could be referred to again.',
};

/** What hangs on the table as a whole and would be lost with its name. */
export const hangingRefusals = ({ table, catalog }: Subject): readonly Refusal[] =>
  (catalog.whole?.hanging ?? []).flatMap(({ kind, what }): readonly Refusal[] => {
    const remedy = refusedFor[kind];
    if (remedy === undefined) return [];
    const fact = `${what} knows ${table.schema}.${table.name} by its number, and would stay with the old table`;
    return [{ key: 'table', fact, remedy, waitsFor: 'database' }];
  });

/** What is wrong with the column that decides where a row lies. */
export function partitionColumnRefusals(
  { column, primaryKey }: { readonly column: string; readonly primaryKey?: readonly string[] },
  subject: Subject,
): readonly Refusal[] {
  const unknown = [...new Set([column, ...(primaryKey ?? [])])].filter(
    (name) => columnNamed(subject.catalog, name) === undefined,
  );
  if (unknown.length > 0)
    return unknown.map((name) =>
      missingColumn(subject, name, name === column ? 'change.column' : 'change.primaryKey'),
    );
  const walked = [...unwalkable(subject), ...missingKey(subject)];
  return walked.length > 0 ? walked : widenedKeyRefusals({ column, primaryKey: primaryKey ?? null }, subject);
}

/** Where the key does not hold the column, the author says what it becomes. */
function widenedKeyRefusals(
  { column, primaryKey }: { readonly column: string; readonly primaryKey: readonly string[] | null },
  subject: Subject,
): readonly Refusal[] {
  const { catalog, table } = subject;
  const key = catalog.key.map(({ name }) => name);
  const wide = [...key, column].join(', ');
  if (primaryKey === null)
    return key.includes(column)
      ? []
      : [
          {
            key: 'change.column',
            fact: `the key of ${table.schema}.${table.name} is (${key.join(', ')}), and PostgreSQL holds a key over all partitions only where ${column} belongs to it`,
            remedy: `Write what the primary key becomes: \`primaryKey: [${wide}]\`. That (${key.join(', ')}) alone is unique is no more enforced from the contract on.`,
          },
        ];
  const nullable = primaryKey.filter((name) => columnNamed(catalog, name)?.notNull === false);
  const lacks = [...key, column].filter((name) => !primaryKey.includes(name));
  const more = primaryKey.filter((name) => !key.includes(name) && name !== column);
  return [
    ...(catalog.columns.some(({ inPrimaryKey }) => inPrimaryKey)
      ? []
      : [
          {
            key: 'change.primaryKey',
            fact: `${table.schema}.${table.name} has no primary key that could become another`,
            remedy: 'Give it one first.',
          },
        ]),
    ...(lacks.length + more.length === 0
      ? []
      : [
          {
            key: 'change.primaryKey',
            fact: 'the primary key becomes the old one and the column that the table is partitioned by',
            remedy: `Write \`primaryKey: [${wide}]\`, in the order that queries need.`,
          },
        ]),
    ...nullable.map((name) => ({
      key: 'change.primaryKey',
      fact: `${table.name}.${name} may be NULL, and a member of a primary key may not`,
      remedy: `Make it NOT NULL first, by a migration of its own: \`kind: set-not-null\`.`,
    })),
  ];
}

const refused = (when: boolean, fact: string, remedy: string): readonly Refusal[] =>
  when ? [{ key: 'table', fact, remedy, waitsFor: 'database' }] : [];

/** What a partitioned copy could not have. */
export function copiedRefusals(
  {
    facts,
    indexes,
    column,
    version,
  }: {
    readonly facts: CopiedFacts;
    readonly indexes: readonly IndexFacts[];
    readonly column: string;
    readonly version: number;
  },
  { table, catalog }: Subject,
): readonly Refusal[] {
  const name = `${table.schema}.${table.name}`;
  return [
    ...refused(
      !facts.ownerCreates,
      `${catalog.table.owner}, which owns ${name}, may not create tables in ${table.schema}, and the copy is to belong to it`,
      `GRANT CREATE ON SCHEMA ${table.schema} TO ${catalog.table.owner} first.`,
    ),
    ...refused(facts.persistence !== 'permanent', `${name} is ${facts.persistence}`, 'Make it LOGGED first.'),
    ...refused(facts.typed !== null, `${name} is of type ${facts.typed}`, 'ALTER TABLE … NOT OF first.'),
    ...refused(
      facts.tablespace !== null,
      `${name} lies in the tablespace ${facts.tablespace}`,
      'Move it into the usual one first: partitions are made there.',
    ),
    ...refused(
      facts.rowSecurity,
      `row level security is on for ${name}`,
      'Turn it off before the start, and on again afterwards.',
    ),
    ...refused(
      facts.replicaIdentity !== 'default',
      `the replica identity of ${name} is ${facts.replicaIdentity}`,
      'ALTER TABLE … REPLICA IDENTITY DEFAULT first, and set it on the partitions when the migration has completed.',
    ),
    ...refused(
      facts.identities.length > 0 && version < 170_000,
      `${facts.identities.map((each) => each.column).join(', ')} is an identity column, which a partitioned table can have from PostgreSQL 17 on`,
      'Upgrade first; or let the column count by a sequence and a default, as a serial does.',
    ),
    ...facts.constraints.flatMap((each) => [
      ...refused(
        each.kind === 'exclusion',
        `${each.name} is an exclusion constraint`,
        'Drop it first, or leave the table whole.',
      ),
      ...refused(
        each.deferrable && (each.kind === 'unique' || each.kind === 'primary key'),
        `${each.name} is deferrable: rows may be equal for a while, and their copies may not`,
        'Make it NOT DEFERRABLE first.',
      ),
      ...refused(
        !each.valid,
        `${each.name} is not validated, and rows that break it could not be copied`,
        `Fix them, and run ALTER TABLE ${name} VALIDATE CONSTRAINT ${each.name}.`,
      ),
      ...refused(
        each.reference?.granted === false,
        `${facts.role}, the role of the migration, may not refer to ${each.refersTo ?? ''}, as ${each.name} does`,
        `GRANT REFERENCES ON ${each.refersTo ?? ''} TO ${facts.role}, and USAGE on its schema, first.`,
      ),
      ...refused(each.toItself, `${each.name} refers to ${name} itself`, 'Drop it before the start.'),
    ]),
    ...indexes.flatMap((index) => [
      ...refused(!index.valid, `the index ${index.name} is INVALID`, `Drop it, or build it again, first.`),
      ...refused(
        index.unique && !isPrimary(index, facts) && !index.columns.includes(column),
        `the unique index ${index.name} does not hold ${column}, and PostgreSQL keeps rows unique over all partitions only by an index that does`,
        'Drop it first if uniqueness within a partition is enough, and say so to whoever relies on it.',
      ),
    ]),
    ...facts.statistics.flatMap((each) =>
      refused(
        !each.beside,
        `the statistics ${each.name} lie in another schema`,
        `Move them into ${table.schema} first.`,
      ),
    ),
  ];
}

export const isPrimary = ({ constraint }: Pick<IndexFacts, 'constraint'>, facts: CopiedFacts): boolean =>
  facts.constraints.some(({ name, kind }) => kind === 'primary key' && name === constraint);
