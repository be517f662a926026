import { brief } from '../../../plan/brief.ts';
import type { Brief } from '../../../plan/plan.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { CopiedIndex, TableCopy } from '../../copies.ts';
import { plural } from '../../../words/amounts.ts';
import { commentOnConstraint, createStatistics, indexSettings, setColumn } from '../carried.ts';
import { oursAlone } from '../likeness-rows.ts';
import { asideName } from '../made-names.ts';
import { alterTable, dollarQuoted, grantedTo, identifier, literal, qualifiedName } from '../quote.ts';
import { dropTable } from '../tables.ts';
import { ofTwoTables } from '../two-locks.ts';

/**
 * The empty copy. As it has no row, everything is made at once and is valid at once; a partitioned table could not be
 * given a foreign key later without a scan under a lock.
 */
export function createShadow(copy: TableCopy): readonly Brief[] {
  const { fresh } = copy;
  const lock = foreignKeys(copy).length > 0 ? 'SHARE ROW EXCLUSIVE' : 'none';
  const table = brief(`make ${fresh.name}, empty`, lock, [
    ...makeEmpty(copy),
    ...makeForeignKeys(copy),
    ...rightsOf(copy),
    ...ownedBy(copy, [fresh.name]),
  ]);
  const parts = makePartitions(copy).map((names) =>
    brief(
      `make ${plural(names.length, 'partition')}, ${names[0]?.name ?? ''} to ${names.at(-1)?.name ?? ''}`,
      lock,
      [
        ...names.map(({ statement }) => statement),
        ...ownedBy(
          copy,
          names.map(({ name }) => name),
        ),
      ],
    ),
  );
  return [table, ...parts];
}

const makeForeignKeys = (copy: TableCopy): readonly string[] =>
  foreignKeys(copy).flatMap(({ name, definition, comment }) => [
    alterTable(copy.fresh, `ADD CONSTRAINT ${identifier(name)} ${definition}`),
    ...(comment === null ? [] : [commentOnConstraint(copy.fresh, name, comment)]),
  ]);

/** What the plan tries: all of it that locks nothing but the table, against changes of its schema alone. */
export const triedShadow = (copy: TableCopy): readonly string[] => [
  ...makeEmpty(copy),
  ...makePartitions(copy).flatMap((names) => names.map(({ statement }) => statement)),
];

export const dropShadow = (copy: TableCopy): Brief =>
  ofTwoTables(
    brief(`drop ${copy.fresh.name} with its partitions`, 'ACCESS EXCLUSIVE', [dropTable(copy.fresh)]),
  );

/** Names of what stands in a schema by itself, until they are exchanged. */
export const freshName = (name: string): string => asideName(name, 'new');

export const foreignKeys = ({ facts }: TableCopy) =>
  facts.constraints.filter(({ kind }) => kind === 'foreign key');

function makeEmpty(copy: TableCopy): readonly string[] {
  const { fresh, table, comment, columns, facts, partitions } = copy;
  const like = ['DEFAULTS', 'CONSTRAINTS', 'GENERATED', 'STORAGE', 'COMPRESSION', 'COMMENTS'];
  const name = qualifiedName(fresh);
  return [
    `CREATE TABLE ${name} (\n  LIKE ${qualifiedName(table)} ${like.map((each) => `INCLUDING ${each}`).join(' ')}\n)` +
      ` PARTITION BY ${partitions.by.toUpperCase()} (${identifier(partitions.column)})`,
    ...(comment === null ? [] : [`COMMENT ON TABLE ${name} IS ${literal(comment)}`]),
    // How they are stored comes with the columns.
    ...columns.flatMap((column) =>
      setColumn(fresh, column.name, { ...column, storage: null, compression: null }),
    ),
    ...copy.indexes.flatMap((index) => makeIndex(fresh, index, freshName(index.name))),
    ...facts.statistics.flatMap((each) => createStatistics(fresh, { ...each, as: freshName(each.name) })),
  ];
}

export function makeIndex(fresh: TableName, index: CopiedIndex, name: string): readonly string[] {
  return [
    index.constraint === null
      ? `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX ${identifier(name)}\n  ON ${qualifiedName(fresh)} ${index.definition}`
      : alterTable(fresh, `ADD CONSTRAINT ${identifier(name)} ${index.constraint}`),
    ...indexSettings(fresh, { ...index, as: name }),
  ];
}

// A call takes 65,536 characters.
const mostInOneCall = 100;

/** Each with its statement, in as many groups as calls make them. */
function makePartitions({ fresh, partitions, facts }: TableCopy) {
  const { by, parts, rest } = partitions;
  const stored = facts.options.length === 0 ? '' : `\n  WITH (${facts.options.join(', ')})`;
  const make = (name: string, which: string) => ({
    name,
    statement: `CREATE TABLE ${qualifiedName({ schema: fresh.schema, name })}\n  PARTITION OF ${qualifiedName(fresh)} ${which}${stored}`,
  });
  const all = [
    ...parts.map(({ name, bounds }) =>
      make(name, `FOR VALUES ${by === 'range' ? range(bounds) : list(bounds)}`),
    ),
    make(rest, 'DEFAULT'),
  ];
  const groups = Math.ceil(all.length / mostInOneCall);
  return Array.from({ length: groups }, (_, at) => all.slice(at * mostInOneCall, (at + 1) * mostInOneCall));
}

const value = (bound: string | null): string => (bound === null ? 'NULL' : literal(bound));
const range = ([from = null, to = null]: readonly (string | null)[]): string =>
  `FROM (${value(from)}) TO (${value(to)})`;
const list = (bounds: readonly (string | null)[]): string => `IN (${bounds.map(value).join(', ')})`;

interface NewTable {
  readonly fresh: TableName;
  readonly facts: Pick<TableCopy['facts'], 'role' | 'grants'>;
}

export function rightsOf({
  fresh,
  columns,
  facts,
}: NewTable & Pick<TableCopy, 'columns'>): readonly string[] {
  const name = qualifiedName(fresh);
  const given = [
    ...facts.grants.map((each) => ({ ...each, of: '' })),
    ...columns.flatMap((column) =>
      (column.grants ?? []).map((each) => ({ ...each, of: ` (${identifier(column.name)})` })),
    ),
  ];
  return given.map((each) => `GRANT ${each.privilege}${each.of} ON ${name} ${grantedTo(each)}`);
}

export function ownedBy(
  { fresh, owner, facts }: NewTable & Pick<TableCopy, 'owner'>,
  names: readonly string[],
): readonly string[] {
  if (owner === facts.role) return [];
  return names.map((name) => alterTable({ schema: fresh.schema, name }, `OWNER TO ${identifier(owner)}`));
}

/** Makes all of it and takes it back, in one call: nobody has seen it, and what is wrong with it is said in the database's words. */
export const tryStatements = (statements: readonly string[]): string =>
  `DO ${dollarQuoted(
    `DECLARE
  raised_in text;
BEGIN
  ${statements.join(';\n')};
  RAISE EXCEPTION USING ERRCODE = 'UP003';
EXCEPTION
  WHEN SQLSTATE 'UP003' THEN NULL;
  WHEN insufficient_privilege OR lock_not_available THEN RAISE;
  -- No row was there, so that no value of one is in the words, but for those of a function that calls itself immutable.
  WHEN OTHERS THEN
    GET STACKED DIAGNOSTICS raised_in = PG_EXCEPTION_CONTEXT;
    RAISE EXCEPTION '%', CASE WHEN ${oursAlone} THEN SQLERRM ELSE 'a value that it computes is refused' END
      USING ERRCODE = 'invalid_object_definition';
END`,
    'tried',
  )}`;
