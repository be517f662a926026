import type { TableName } from '../../../spec/table-name.ts';
import type { TableCopy } from '../../copies.ts';
import type { KeyColumn } from '../../inspector.ts';
import { alterTable, identifier, indentLines, literal, qualifiedName } from '../quote.ts';
import { createFunction, dropFunction, dropTriggers } from '../trigger.ts';
import { triggerName } from '../made-names.ts';

/** One table whose writes another one follows. */
export interface MirroredTables {
  readonly from: TableName;
  readonly to: TableName;
  /** Columns that are written; generated ones follow by themselves. */
  readonly columns: readonly string[];
  /** What tells rows of either table apart, and what tells those of `to` apart. */
  readonly identity: readonly string[];
  readonly key: readonly string[];
}

const namesOf = (key: readonly KeyColumn[]): readonly string[] => key.map(({ name }) => name);

export const writtenColumns = ({ columns }: TableCopy): readonly string[] =>
  columns.filter(({ generated }) => !generated).map(({ name }) => name);

/** The copy follows the table. */
export const copyFollows = (copy: TableCopy): MirroredTables => ({
  from: copy.table,
  to: copy.fresh,
  columns: writtenColumns(copy),
  identity: namesOf(copy.freshKey),
  key: namesOf(copy.freshKey),
});

/** The old table follows the one that has its name by now. */
export const oldFollows = (copy: TableCopy): MirroredTables => ({
  ...copyFollows(copy),
  to: copy.aside,
  key: namesOf(copy.key),
});

const events = { rows: '_copy', all: '_copy_truncate' };

export const mirrorTriggers = ({ migration }: Pick<TableCopy, 'migration'>): string[] =>
  Object.values(events).map((event) => triggerName(migration, event));

/** Also for writers that set session_replication_role: a bulk load must not slip past. */
export function startMirror(
  { migration, settings }: Pick<TableCopy, 'migration' | 'settings'>,
  mirrored: MirroredTables,
): readonly string[] {
  const table = qualifiedName(mirrored.from);
  const trigger = (event: string, when: string): readonly string[] => {
    const name = identifier(triggerName(migration, event));
    return [
      `CREATE TRIGGER ${name}\n  AFTER ${when.replace(' FOR', ` ON ${table}\n  FOR`)}\n` +
        `  EXECUTE FUNCTION underpin.${identifier(`${migration}_dual_write`)}()`,
      alterTable(mirrored.from, `ENABLE ALWAYS TRIGGER ${name}`),
    ];
  };
  return [
    ...createFunction({ migration, settings }, 'dual write', 'installer, by our path', body(mirrored)),
    ...trigger(events.rows, 'INSERT OR UPDATE OR DELETE FOR EACH ROW'),
    ...trigger(events.all, 'TRUNCATE FOR EACH STATEMENT'),
  ];
}

export const endTriggers = (migration: string, from: TableName): readonly string[] =>
  dropTriggers(from, mirrorTriggers({ migration }));

export const endFunction = (migration: string): string => dropFunction(migration, 'dual write');

const is = (left: string, right: string, names: readonly string[]): string =>
  names.map((name) => `${left}.${identifier(name)} = ${right}.${identifier(name)}`).join(' AND ');

/**
 * What a trigger was told may be old: another trigger may have changed the row again, and its own event came first. So the
 * row is read once more, and the other side is made equal to what is there now, whatever the order. Where row level security may hide
 * it, what the trigger was told is better than to lose it; the gate and the swap refuse a table that has such policies.
 */
function body(mirrored: MirroredTables): readonly string[] {
  const { from, to, columns, identity, key } = mirrored;
  const list = columns.map(identifier).join(', ');
  const gone = (row: 'OLD' | 'NEW'): string =>
    `DELETE FROM ${qualifiedName(to)} AS t\nWHERE ${is('t', row, key)}\n` +
    `  AND NOT EXISTS (SELECT FROM ${qualifiedName(from)} AS s WHERE ${is('s', 't', identity)});`;
  const moved = `ROW(${identity.map((name) => `NEW.${identifier(name)}`).join(', ')}) IS DISTINCT FROM ROW(${identity
    .map((name) => `OLD.${identifier(name)}`)
    .join(', ')})`;
  const hidden = `row_security_active(${literal(qualifiedName(from))})`;
  const rest = identity.filter((name) => !key.includes(name));
  return [
    'BEGIN',
    `  IF TG_OP = 'TRUNCATE' THEN`,
    `    TRUNCATE ${qualifiedName(to)};`,
    '    RETURN NULL;',
    '  END IF;',
    `  IF TG_OP = 'DELETE' OR TG_OP = 'UPDATE' AND ${moved} THEN`,
    indentLines(gone('OLD'), '    '),
    `    IF NOT FOUND AND current_setting('transaction_isolation') <> 'read committed' THEN`,
    indentLines(refuseUnseen(mirrored), '      '),
    '    END IF;',
    '  END IF;',
    `  IF TG_OP <> 'DELETE' THEN`,
    // Of two rows that only the other side takes for one, the second is refused as it always was.
    ...(rest.length === 0 ? [] : [indentLines(gone('NEW'), '    ')]),
    `    INSERT INTO ${qualifiedName(to)} AS t (${list})`,
    `    SELECT ${list} FROM ${qualifiedName(from)} AS s WHERE ${is('s', 'NEW', identity)} AND NOT ${hidden}`,
    '    UNION ALL',
    `    SELECT ${columns.map((name) => `NEW.${identifier(name)}`).join(', ')} WHERE ${hidden}`,
    `    ON CONFLICT (${key.map(identifier).join(', ')}) DO UPDATE`,
    `    SET ${columns.map((name) => `${identifier(name)} = excluded.${identifier(name)}`).join(', ')}` +
      (rest.length === 0 ? ';' : `\n    WHERE ${is('t', 'excluded', rest)};`),
    ...(rest.length === 0
      ? []
      : [
          `    IF NOT FOUND AND EXISTS (SELECT FROM ${qualifiedName(from)} AS s WHERE ${is('s', 'NEW', identity)}) THEN`,
          `      RAISE unique_violation USING MESSAGE = ${literal(`there is a row with this ${key.join(', ')} already`)},`,
          `        TABLE = ${literal(from.name)}, SCHEMA = ${literal(from.schema)};`,
          '    END IF;',
        ]),
    '  END IF;',
    '  RETURN NULL;',
    'END',
  ];
}

/**
 * Whoever reads by an old snapshot does not see what was copied since. That it is there is seen by a unique index alone,
 * which then fails the transaction as PostgreSQL fails any that writes what has changed since its snapshot (40001).
 */
function refuseUnseen({ to, columns, identity, key }: MirroredTables): string {
  return [
    'BEGIN',
    `  INSERT INTO ${qualifiedName(to)} (${columns.map(identifier).join(', ')})`,
    `  VALUES (${columns.map((name) => `OLD.${identifier(name)}`).join(', ')})`,
    `  ON CONFLICT (${key.map(identifier).join(', ')}) DO NOTHING;`,
    `  DELETE FROM ${qualifiedName(to)} AS t WHERE ${is('t', 'OLD', identity)};`,
    // What it refers to went in the same transaction: then it was not there.
    'EXCEPTION WHEN foreign_key_violation THEN NULL;',
    'END;',
  ].join('\n');
}
