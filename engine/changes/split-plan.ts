import type { Column } from '../catalog/facts.ts';
import type { TableSplit } from '../dialects/splits.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import { columnsGone } from '../plan/brief.ts';
import { emptyPhase, type Phases } from '../plan/plan.ts';
import { oneWalk } from '../plan/walk.ts';
import type { ShapeColumn } from '../shapes/columns-shape.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import type { CompiledChange, DatabaseQuestions, Refusal, RefusedChange, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import { replacementWarnings } from './replacement-warnings.ts';
import { readSidesFacts } from './sides-facts.ts';
import { splitFactsRefused, type SplitFacts } from './split-refusals.ts';
import { movedColumn, type SplitTable } from './moved-columns.ts';
import { oldReferencesEnd, referencesBuilt, referenceWarnings } from './split-references.ts';
import { uniquesBuilt } from './split-uniques.ts';

export async function compileSplit(
  change: SplitTable,
  subject: Subject,
  ask: DatabaseQuestions,
): Promise<CompiledChange | RefusedChange> {
  const facts = await readFacts(change, subject, ask);
  const refused = splitFactsRefused(change, subject, facts);
  if (refused.length > 0) return { refused };
  const split = await splitOf(change, subject, facts, ask);
  const names = await nameRefusals(split, subject, ask);
  if (names.length > 0) return { refused: names };
  await ask.tries(subject.sql.splits.tried(split));
  return planOf(split, subject, await ask.printed(keyIndex(split, subject)));
}

async function readFacts(
  { columns }: SplitTable,
  subject: Subject,
  ask: DatabaseQuestions,
): Promise<SplitFacts> {
  const old = columns.map((name) => ({
    name,
    down: subject.sql.names.quoted(name),
    keys: { name: 'change.columns', down: 'change.columns' },
  }));
  return {
    sides: await readSidesFacts({ old, new: [], answers: {} }, subject, ask),
    copied: await ask.copied(),
    indexes: await ask.indexes(),
  };
}

async function splitOf(
  change: SplitTable,
  { migration, table, catalog, sql }: Subject,
  { sides, copied, indexes }: SplitFacts,
  { settings }: DatabaseQuestions,
): Promise<TableSplit> {
  const into = { schema: table.schema, name: change.into };
  const key = catalog.key.flatMap(({ name }) => columnNamed(catalog, name) ?? []);
  const isHanging = (name: string): boolean => sides.hanging.some((each) => each.name === name);
  const carried = indexes
    .filter(({ name }) => isHanging(name))
    .map((index) => ({
      ...index,
      name: sql.names.shortened(nameFor(index.name, table.name, into.name)),
      constraint: null,
      constraintComment: copied.constraints.find(({ name }) => name === index.constraint)?.comment ?? null,
      isConstraint: index.constraint !== null,
    }));
  return {
    migration,
    table,
    into,
    owner: catalog.table.owner,
    columns: [...key, ...sides.old.map((each) => each.catalog)],
    key,
    walkedBy: catalog.key,
    moved: sides.old.map((each) => movedColumn(change, each.catalog)),
    primaryKey: sql.names.shortened(`${into.name}_pkey`),
    foreignKey: sql.names.shortened(`${into.name}_${key.map(({ name }) => name).join('_')}_fkey`),
    checks: copied.constraints.filter(({ kind, name }) => kind === 'check' && isHanging(name)),
    indexes: carried.filter(({ unique }) => !unique),
    uniques: carried.filter(({ unique }) => unique),
    references: copied.constraints.flatMap(({ kind, refersTo, ...each }) =>
      kind === 'foreign key' && refersTo !== null && isHanging(each.name) ? [{ ...each, refersTo }] : [],
    ),
    facts: copied,
    settings: await settings(),
  };
}

/** `orders_note_idx` becomes `orders_meta_note_idx`: the old one has its name until the contract. */
const nameFor = (index: string, table: string, into: string): string =>
  `${into}_${index.startsWith(`${table}_`) ? index.slice(table.length + 1) : index}`;

/** Names that a relation of the schema has already, or that the database would cut. */
async function nameRefusals(
  { into, primaryKey, foreignKey, indexes, uniques, checks, references }: TableSplit,
  { sql, table }: Subject,
  { taken }: DatabaseQuestions,
): Promise<readonly Refusal[]> {
  const fault = sql.names.lengthFault(into.name);
  const long =
    fault === undefined ? [] : [{ fact: `the name ${into.name} ${fault}`, remedy: 'Write a shorter one.' }];
  const there = await taken([into.name, primaryKey, ...[...indexes, ...uniques].map(({ name }) => name)]);
  const made = [primaryKey, foreignKey, ...uniques.map(({ name }) => name)];
  return [
    ...long,
    // Their names are the old table's, and are free but for what is made beside them.
    ...[...checks, ...references]
      .filter(({ name }) => made.includes(name))
      .map(({ name }) => ({
        fact: `${name}, a constraint of ${table.name}, goes along by its name, which ${into.name} has for its key or an index`,
        remedy: 'Rename it first; or choose another name.',
      })),
    ...there.map((name) => ({
      fact: `there is a relation or a constraint called ${name} already`,
      remedy: 'It may be a leftover: drop or rename it first; or choose another name.',
    })),
  ].map((each) => ({ key: 'change.into', ...each }));
}

const keyIndex = ({ key }: TableSplit, { sql }: Subject): string =>
  `USING btree (${key.map(({ name }) => sql.names.quoted(name)).join(', ')})`;

function planOf(split: TableSplit, subject: Subject, printedKey: string): CompiledChange {
  const { table, into, moved, key } = split;
  const { sql } = subject;
  const columns = moved.map(({ column: name, type }): ShapeColumn => ({ name, type }));
  const triggers = sql.splits.triggers(split);
  return {
    shape: {
      kind: 'split',
      old: { table, columns },
      new: { table: into, columns },
      key: key.map(({ name }) => name),
      unsaid: moved.map(({ unsaid }) => unsaid),
      quarantined: moved.map(({ column }) => sql.columns.quarantinedName(column)),
      triggers: [...triggers.new],
      late: [...split.uniques, ...split.references].map(({ name }) => name),
      references: split.references.map(({ name }) => name),
    },
    phases: phasesOf(split, subject),
    walks: oneWalk(sql.splits.walk(split)),
    warnings: [...replacementWarnings(subject, into.name, []), ...warningsOf(split)],
    expects: { ...expected(split, printedKey), triggers: [...triggers.old] },
  };
}

function phasesOf(split: TableSplit, { sql }: Subject): Phases {
  const { migration, table, into, moved } = split;
  const before = moved.map(({ column }) => column);
  const aside = before.map((name) => sql.columns.quarantinedName(name));
  const names = before.join(', ');
  const { rename } = sql.splits;
  const [unique, references] = [uniquesBuilt(split, sql), referencesBuilt(split, sql)];
  return {
    expand: { run: [sql.splits.create(split)], undo: [sql.splits.drop(split)] },
    'dual-write': { run: sql.splits.start(split), undo: sql.splits.end(split) },
    backfill: emptyPhase,
    verify: {
      run: [...unique.run, ...references.run, ...sql.statistics.analyze(migration, into)],
      undo: [...references.undo, ...unique.undo],
    },
    'read-switch': emptyPhase,
    confidence: emptyPhase,
    quarantine: {
      run: [rename(split, `move ${names} out of the way, still kept fresh`, before, aside)],
      undo: [rename(split, `bring ${names} back`, aside, before)],
    },
    contract: {
      run: [...oldReferencesEnd(split, sql), ...sql.splits.dropOld(split, aside)],
      undo: columnsGone(table, before),
    },
  };
}

/** Of the new table. */
function expected(split: TableSplit, printedKey: string): Omit<ExpectedTable, 'triggers'> {
  const { owner, columns, key, primaryKey, foreignKey, checks, indexes, uniques, references } = split;
  const isKey = ({ name }: Column): boolean => key.some((each) => each.name === name);
  return {
    ...expectsNothing(owner),
    columns: columns.map((column) => ({
      ...columnAsItIs(column),
      ...(isKey(column) ? { hasDefault: false, comment: null } : {}),
    })),
    indexes: [
      { name: primaryKey, unique: true, definition: printedKey },
      ...[...indexes, ...uniques].map(({ name, unique, definition }) => ({ name, unique, definition })),
    ],
    constraints: [
      primaryKey,
      foreignKey,
      ...checks.map(({ name }) => name),
      ...uniques.filter(({ isConstraint }) => isConstraint).map(({ name }) => name),
      ...references.map(({ name }) => name),
    ].map((name) => ({
      name,
      valid: true,
    })),
  };
}

function warningsOf(split: TableSplit): readonly string[] {
  const { table, into, key, moved, uniques } = split;
  const indexes = [...split.indexes, ...uniques];
  const holds = moved.map(({ column, unsaid }) => `${column} ${unsaid}`).join(', ');
  const keys = key.map(({ name }) => name).join(', ');
  return [
    `${into.name} has a row where ${table.name} says more than ${holds}; the new application reads it by LEFT JOIN over ${keys}, and writes it by INSERT … ON CONFLICT DO UPDATE`,
    ...moved
      .filter(({ isFilled }) => isFilled)
      .map(
        ({ column, unsaid }) =>
          `from dual-write on a row of ${table.name} that is inserted without ${column} is not refused: it holds ${unsaid}`,
      ),
    `until the backfill has come to a row, ${into.name} does not have it: UPDATE finds none there; a plain INSERT, MERGE without an UPDATE, and an INSERT in the place of an UPDATE are refused (23505); MERGE with an UPDATE, and INSERT … ON CONFLICT DO UPDATE with a WHERE or with more than SET column = excluded.column, are refused (40001); let the new application send such statements from verify on`,
    `until then, one statement that has several INSERTs into ${into.name}, one of them with ON CONFLICT DO UPDATE, is refused (40001 or 21000) where one of its rows is not copied yet: send each by itself`,
    `TRUNCATE of ${table.name} alone is refused from expand on, because ${into.name} refers to it: name both, or write CASCADE`,
    `who writes ${table.name} and who writes ${into.name}, for the same row and at the same moment, may wait for each other: one of them is told 40P01, and is to try again`,
    `a transaction at REPEATABLE READ or SERIALIZABLE that writes a row which was copied after it began may fail with 40001, and is to be tried again`,
    ...(uniques.length === 0
      ? []
      : [
          `${uniques.map(({ name }) => name).join(', ')} ${uniques.length > 1 ? 'come' : 'comes'} in verify: until then ON CONFLICT that names ${uniques.length > 1 ? 'their' : 'its'} columns fails (42P10), and ${table.name} alone refuses a second value (23505)`,
        ]),
    ...referenceWarnings(split),
    ...(indexes.length === 0 ? [] : [`indexes get new names: ${indexes.map(({ name }) => name).join(', ')}`]),
    `what ${table.name} lets others do, ${into.name} lets them do as well; what is granted later has to be granted on both`,
  ];
}
