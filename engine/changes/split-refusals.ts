import type { AttachedObject } from '../catalog/dependent-objects.ts';
import type { IndexFacts } from '../catalog/facts.ts';
import type { CopiedFacts } from '../catalog/copied.ts';
import { childPath } from '../spec/spec-source.ts';
import type { Refusal, Subject } from './kind.ts';
import { columnNamed, missingKey } from './refusals.ts';
import { replacementRefusals } from './replacement-refusals.ts';
import type { OldSideObject, SidesFacts } from './sides-facts.ts';
import { movedColumn, mustBeSaid, type SplitTable } from './moved-columns.ts';
import { referenceFaults } from './split-references.ts';
import { uniqueFaults } from './split-uniques.ts';

const key = 'change.columns';

/** What forbids it as far as the table's columns tell. */
export const splitTableRefusals = (change: SplitTable, subject: Subject): readonly Refusal[] => [
  ...replacementRefusals(
    { from: change.columns.map((name) => ({ name, key })), to: [], keysToo: false },
    subject,
  ),
  ...missingKey(subject),
  ...keyRefusals(change, subject),
  ...hangingRefusals(subject),
  ...unsaidRefusals(change, subject),
];

const keyRefusals = ({ columns }: SplitTable, { table, catalog }: Subject): readonly Refusal[] =>
  catalog.key
    .filter(({ name }) => columns.includes(name) && columnNamed(catalog, name)?.inPrimaryKey === false)
    .map(({ name }) => ({
      key,
      fact: `${table.name}.${name} belongs to the key, which both tables have`,
      remedy: 'Leave it out.',
    }));

const wholeRows = (what: string, table: string): string => `${what} has whole rows of ${table}`;

const refusedFor: Partial<
  Readonly<
    Record<
      AttachedObject['kind'],
      { readonly fact: (what: string, table: string) => string; readonly remedy: string }
    >
  >
> = {
  publication: {
    fact: (what, table) => `${what} publishes ${table}, and subscribers do not have the new table`,
    remedy:
      'Take the table out of it before the start (one of all tables, or of those of a schema: publish tables one by one first), and publish both tables when the migration has completed.',
  },
  subscription: {
    fact: wholeRows,
    remedy: 'Take the table out of what is published to it, and refresh the subscription, first.',
  },
  'row type': {
    fact: wholeRows,
    remedy: 'Define it without the row type of the table first: the type loses the columns in the contract.',
  },
};

const hangingRefusals = ({ table, catalog }: Subject): readonly Refusal[] =>
  (catalog.whole?.hanging ?? []).flatMap(({ kind, what }): readonly Refusal[] => {
    const because = refusedFor[kind];
    if (because === undefined) return [];
    const { fact, remedy } = because;
    return [
      { key: 'table', fact: fact(what, `${table.schema}.${table.name}`), remedy, waitsFor: 'database' },
    ];
  });

function unsaidRefusals(
  { columns, unsaid = {} }: SplitTable,
  { catalog, table }: Subject,
): readonly Refusal[] {
  const needed = columns
    .flatMap((name) => columnNamed(catalog, name) ?? [])
    .filter((column) => mustBeSaid(column))
    .map(({ name }) => name);
  return [
    ...needed
      .filter((name) => unsaid[name] === undefined)
      .map((name) => ({
        key: 'change',
        fact: `${table.name}.${name} is NOT NULL and has no default, and the new application inserts a row of ${table.name} before the row that says it`,
        remedy: `Write under \`unsaid:\` what ${table.name} holds until then, as \`${name}: "''"\`.`,
      })),
    ...Object.keys(unsaid)
      .filter((name) => !needed.includes(name))
      .map((name) => ({
        key: childPath('change.unsaid', name),
        fact: `"${name}" is no column that goes, is NOT NULL and has no default`,
        remedy: 'Remove it: what may be left out holds its default, or NULL.',
      })),
  ];
}

/** What the database said of the columns, and of what hangs on them. */
export interface SplitFacts {
  readonly sides: SidesFacts;
  readonly copied: CopiedFacts;
  readonly indexes: readonly IndexFacts[];
}

/** What the new table could not have, once the database has been asked. */
export const splitFactsRefused = (
  change: SplitTable,
  subject: Subject,
  facts: SplitFacts,
): readonly Refusal[] => [
  ...defaultRefusals(subject, facts),
  ...facts.sides.hanging.flatMap((each) => objectRefusals(each, change, subject, facts)),
  ...tableItselfRefusals(subject, facts),
];

const refused = (when: boolean, fact: string, remedy: string, at = 'table'): readonly Refusal[] =>
  when ? [{ key: at, fact, remedy, waitsFor: 'database' }] : [];

/** Without its row, what a column holds must be the same whoever left it out, and when. */
const defaultRefusals = ({ table }: Subject, { sides }: SplitFacts): readonly Refusal[] =>
  sides.old.flatMap(({ catalog: { name, default: otherwise }, inheritance }) => [
    ...refused(
      otherwise !== null && inheritance.oldDefaultVaries !== 'never',
      `${table.name}.${name} has the default ${otherwise ?? ''}, which gives each row another value: a row that leaves it out could not be told from one whose other half is still to come`,
      `Let the application give the value and drop the default first; or leave the column in ${table.name}.`,
      key,
    ),
    ...refused(
      inheritance.typeDefault !== null,
      `the type of ${table.name}.${name} is a domain with a default`,
      'Give the column its base type first, or leave it out.',
      key,
    ),
    ...refused(
      inheritance.oldRefusesNull,
      `the type of ${table.name}.${name} is a domain that is NOT NULL`,
      'Move NOT NULL from the domain to the columns that it is for, first.',
      key,
    ),
  ]);

/** Of an index, a check and the like on the columns that go. */
function objectRefusals(
  { what, name, unique, valid }: OldSideObject,
  change: SplitTable,
  { table, catalog }: Pick<Subject, 'table' | 'catalog'>,
  { sides, copied, indexes }: SplitFacts,
): readonly Refusal[] {
  if (what === 'statistics')
    return refused(
      true,
      `the statistics ${name} are about columns that go`,
      'Drop them before the start, and create them on the new table when the migration has completed.',
    );
  const there = [...catalog.key.map((each) => each.name), ...change.columns];
  const constraint = what === 'index' ? undefined : copied.constraints.find((each) => each.name === name);
  const columns =
    what === 'index'
      ? (indexes.find((each) => each.name === name)?.columns ?? []).filter((each) => each !== null)
      : (constraint?.columns ?? []);
  const stays = columns.filter((each) => !there.includes(each));
  return [
    ...refused(
      stays.length > 0,
      `the ${what} ${name} of ${table.name} is about columns that go and about ${stays.join(', ')}, which stays`,
      'Drop it first, or let all of its columns go, or none.',
    ),
    ...(unique && stays.length === 0
      ? uniqueRefusals(name, change, { table, catalog }, { sides, indexes })
      : []),
    ...(what === 'foreign key' && stays.length === 0 && constraint !== undefined
      ? referenceFaults({
          foreignKey: constraint,
          moved: sides.old.map((each) => movedColumn(change, each.catalog)),
          table: table.name,
          into: change.into,
          role: copied.role,
        }).flatMap(({ fact, remedy }) => refused(true, fact, remedy))
      : []),
    ...refused(
      !valid || constraint?.valid === false,
      `the ${what} ${name} is not valid`,
      what === 'index' ? 'Drop it, or build it again.' : 'Fix the rows and validate it first, or drop it.',
    ),
  ];
}

function uniqueRefusals(
  name: string,
  change: SplitTable,
  { table, catalog }: Pick<Subject, 'table' | 'catalog'>,
  { sides, indexes }: Pick<SplitFacts, 'sides' | 'indexes'>,
): readonly Refusal[] {
  const index = indexes.find((each) => each.name === name);
  const facts = sides.old
    .flatMap(({ inheritance }) => inheritance.indexes)
    .find((each) => each.name === name);
  // One that is not valid is refused for that.
  if (index === undefined || facts === undefined) return [];
  return uniqueFaults({
    index,
    facts,
    key: catalog.key.map((each) => each.name),
    moved: sides.old.map((each) => movedColumn(change, each.catalog)),
    table: table.name,
    into: change.into,
  }).flatMap(({ fact, remedy }) => refused(true, fact, remedy));
}

function tableItselfRefusals({ table, catalog }: Subject, { copied }: SplitFacts): readonly Refusal[] {
  const name = `${table.schema}.${table.name}`;
  return [
    ...refused(
      !copied.ownerCreates,
      `${catalog.table.owner}, which owns ${name}, may not create tables in ${table.schema}, and the new one is to belong to it`,
      `GRANT CREATE ON SCHEMA ${table.schema} TO ${catalog.table.owner} first.`,
    ),
    ...refused(
      copied.persistence !== 'permanent',
      `${name} is ${copied.persistence}`,
      'Make it LOGGED first.',
    ),
    ...refused(
      copied.typed !== null,
      `${name} is of type ${copied.typed ?? ''}`,
      'ALTER TABLE … NOT OF first.',
    ),
    ...refused(
      copied.rowSecurity,
      `row level security is on for ${name}, and its policies would not hold for the new table`,
      'Turn it off before the start, and on for both tables afterwards.',
    ),
    ...copied.constraints.flatMap((each) =>
      refused(
        each.deferrable && each.kind === 'primary key',
        `${each.name} is deferrable, and the new table could not refer to it`,
        'Make it NOT DEFERRABLE first.',
      ),
    ),
  ];
}
