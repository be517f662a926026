import type { Brief, Online } from '../../plan/plan.ts';
import type { TableName } from '../../spec/spec.ts';
import type { NewColumn, RetypedColumn } from '../definitions.ts';
import { setColumn } from './carried.ts';
import { identifier, literal, qualifiedName, shortName } from './quote.ts';
import { isRunning, tag } from './running-statement.ts';

/** Adds a column that holds NULL, or a constant default that PostgreSQL keeps in the catalog: no row is rewritten. */
export function addColumn(table: TableName, column: NewColumn): Brief {
  const name = identifier(column.name);
  const collate = column.collation === null ? '' : ` COLLATE ${column.collation}`;
  const otherwise = column.default === null ? '' : ` DEFAULT ${column.default}`;
  return {
    kind: 'brief',
    does: `add ${column.name}`,
    lock: 'ACCESS EXCLUSIVE',
    statements: [
      `ALTER TABLE ${qualifiedName(table)}\n  ADD COLUMN ${name} ${column.type}${collate}${otherwise}`,
      ...(column.comment === null
        ? []
        : [`COMMENT ON COLUMN ${qualifiedName(table)}.${name} IS ${literal(column.comment)}`]),
      ...column.grants.map(
        ({ grantee, privilege, grantable }) =>
          `GRANT ${privilege} (${name}) ON ${qualifiedName(table)} TO ${grantee === null ? 'PUBLIC' : identifier(grantee)}` +
          (grantable ? ' WITH GRANT OPTION' : ''),
      ),
      ...(column.settings === null ? [] : setColumn(table, column.name, column.settings)),
    ],
  };
}

export const dropColumn = (table: TableName, column: string): Brief => ({
  kind: 'brief',
  does: `drop ${column}`,
  lock: 'ACCESS EXCLUSIVE',
  statements: [`ALTER TABLE ${qualifiedName(table)}\n  DROP COLUMN IF EXISTS ${identifier(column)}`],
});

/** All partitions get it with their table. */
export const partitionedCaution = ({ schema, name }: TableName, column: string): string =>
  `${schema}.${name} is partitioned: ${column} is added to it and to every partition in one transaction, which locks all of them ACCESS EXCLUSIVE for a moment`;

export const changeType = (
  table: TableName,
  { name: column }: Pick<RetypedColumn, 'name'>,
  type: string,
): Brief => ({
  kind: 'brief',
  does: `make ${column} ${type}, in the catalog alone`,
  lock: 'ACCESS EXCLUSIVE',
  statements: [`ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} TYPE ${type}`],
});

export const setDefault = (table: TableName, column: string, expression: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} SET DEFAULT ${expression}`;

export const dropDefault = (table: TableName, column: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} DROP DEFAULT`;

export const renameColumn = (table: TableName, from: string, to: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  RENAME COLUMN ${identifier(from)} TO ${identifier(to)}`;

/** An expression that calls the column `as`: a one-row subquery has it under that name, with or without the table's. */
export const underAlias = (
  { table, name, as }: { readonly table: TableName; readonly name: string; readonly as: string },
  expression: string,
): string =>
  `(SELECT (${expression}) FROM (SELECT ${identifier(name)}) AS ${identifier(table.name)} (${identifier(as)}))`;

export const asideName = (column: string, side: 'old' | 'new'): string =>
  shortName(`${column}_underpin_${side}`);

export const quarantinedName = (column: string): string => shortName(`underpin_quarantined_${column}`);

export const notNullCheck = (migration: string): string => shortName(`underpin_${migration}_not_null`);

/** NOT NULL without a scan under a strong lock: a check, validated beside the traffic, that SET NOT NULL then trusts. */
export function setNotNull(migration: string, table: TableName, column: string): readonly (Brief | Online)[] {
  const check = notNullCheck(migration);
  return [
    ...addConstraint(migration, table, check, `CHECK (${identifier(column)} IS NOT NULL)`),
    {
      kind: 'brief',
      does: `set ${column} NOT NULL`,
      lock: 'ACCESS EXCLUSIVE',
      statements: [
        `ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} SET NOT NULL`,
        `ALTER TABLE ${qualifiedName(table)}\n  DROP CONSTRAINT ${identifier(check)}`,
      ],
    },
  ];
}

export const dropNotNull = (migration: string, table: TableName, column: string): Brief => ({
  kind: 'brief',
  does: `let ${column} be NULL again`,
  lock: 'ACCESS EXCLUSIVE',
  statements: [
    `ALTER TABLE ${qualifiedName(table)}\n  ALTER COLUMN ${identifier(column)} DROP NOT NULL`,
    `ALTER TABLE ${qualifiedName(table)}\n  DROP CONSTRAINT IF EXISTS ${identifier(notNullCheck(migration))}`,
  ],
});

/** A check or foreign key that holds for new rows at once and for old ones when a scan beside the traffic is done. */
export function addConstraint(
  migration: string,
  table: TableName,
  name: string,
  definition: string,
): readonly (Brief | Online)[] {
  return [
    {
      kind: 'brief',
      does: `add ${name}, not yet validated`,
      lock: definition.startsWith('FOREIGN KEY') ? 'SHARE ROW EXCLUSIVE' : 'ACCESS EXCLUSIVE',
      statements: [
        `ALTER TABLE ${qualifiedName(table)}\n  ADD CONSTRAINT ${identifier(name)} ${definition.replace(/ NOT VALID$/u, '')} NOT VALID`,
      ],
    },
    {
      kind: 'online',
      does: `validate ${name}`,
      lock: 'SHARE UPDATE EXCLUSIVE',
      statement: `${tag(migration, name)}\nALTER TABLE ${qualifiedName(table)}\n  VALIDATE CONSTRAINT ${identifier(name)}`,
      scans: 1,
      state: `SELECT json_build_object('state', CASE
  WHEN (SELECT convalidated FROM pg_constraint
        WHERE conrelid = ${literal(qualifiedName(table))}::regclass AND conname = ${literal(name)}) THEN 'done'
  WHEN ${isRunning(migration, name)} THEN 'running'
  ELSE 'absent' END)::text`,
      clean: null,
    },
  ];
}

export const dropConstraint = (table: TableName, name: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  DROP CONSTRAINT IF EXISTS ${identifier(name)}`;

export const renameConstraint = (table: TableName, from: string, to: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  RENAME CONSTRAINT ${identifier(from)} TO ${identifier(to)}`;

export const renameIndex = (table: TableName, from: string, to: string): string =>
  `ALTER INDEX ${qualifiedName({ schema: table.schema, name: from })}\n  RENAME TO ${identifier(to)}`;

export const dropIndex = (table: TableName, name: string): string =>
  `DROP INDEX IF EXISTS ${qualifiedName({ schema: table.schema, name })}`;

/**
 * Builds an index beside the traffic. A failed build leaves an INVALID index, which is dropped and built again; a
 * statement that is sent twice finds the index of the first and does nothing, and `state` says what that one is worth.
 */
export function createIndex(
  migration: string,
  table: TableName,
  name: string,
  index: { readonly unique: boolean; readonly definition: string },
): Online {
  const full = qualifiedName({ schema: table.schema, name });
  return {
    kind: 'online',
    does: `build ${name}`,
    lock: 'SHARE UPDATE EXCLUSIVE',
    statement:
      `${tag(migration, name)}\n` +
      `CREATE ${index.unique ? 'UNIQUE ' : ''}INDEX CONCURRENTLY ${identifier(name)}\n  ON ${qualifiedName(table)} ${index.definition}`,
    // Concurrently means twice: what the first pass missed, the second adds.
    scans: 2,
    // A proxy may have taken the comment from the statement; an index that is being built must not be taken for a broken one.
    state: `SELECT json_build_object('state', CASE
  WHEN ${isRunning(migration, name)} OR EXISTS (
    SELECT FROM pg_stat_progress_create_index AS p WHERE p.index_relid = i.indexrelid) THEN 'running'
  WHEN i.indisvalid THEN 'done'
  WHEN i.indexrelid IS NOT NULL THEN 'broken'
  ELSE 'absent' END)::text
FROM (SELECT) AS here
LEFT JOIN pg_index AS i ON i.indexrelid = to_regclass(${literal(full)}) AND i.indrelid = ${literal(qualifiedName(table))}::regclass`,
    clean: `DROP INDEX CONCURRENTLY IF EXISTS ${full}`,
  };
}

/** Without a scan: its columns are NOT NULL. */
export const takePrimaryKey = (table: TableName, name: string): string =>
  `ALTER TABLE ${qualifiedName(table)}\n  ADD CONSTRAINT ${identifier(name)} PRIMARY KEY USING INDEX ${identifier(name)}`;

export const adoptIndex = (
  table: TableName,
  name: string,
  { deferrable, deferred }: { readonly deferrable: boolean; readonly deferred: boolean },
): readonly Brief[] => [
  {
    kind: 'brief',
    does: `make ${name} a constraint`,
    lock: 'ACCESS EXCLUSIVE',
    statements: [
      `ALTER TABLE ${qualifiedName(table)}\n  ADD CONSTRAINT ${identifier(name)} UNIQUE USING INDEX ${identifier(name)}` +
        (deferrable ? ` DEFERRABLE INITIALLY ${deferred ? 'DEFERRED' : 'IMMEDIATE'}` : ''),
    ],
  },
];
