import type { Column } from '../catalog/catalog.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { ChangeType } from './change-type-keys.ts';
import type { AskedColumn, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import type { Replacement } from './replacement-refusals.ts';

/** A change of type with all that its author left out. */
export interface Retyping {
  /** As the author would write them: of the new column by the name that it keeps. */
  readonly up: string;
  readonly down: string;
  readonly replacement: Replacement;
  readonly asked: AskedColumn;
}

/** Where the column keeps its name, the new one has another until the swap, and `down` is told so. */
export function retypingOf(change: ChangeType, { table, catalog, sql }: Subject): Retyping {
  const { column, type, to, indexes = {}, checks = {} } = change;
  const old = columnNamed(catalog, column);
  const cast = (name: string, as: string): string => `CAST(${sql.names.quoted(name)} AS ${as})`;
  const up = change.up ?? cast(column, type);
  const down = change.down ?? cast(to ?? column, old?.type ?? 'text');
  const fresh = to ?? sql.columns.asideName(column, 'new');
  const toldDown = to === undefined ? sql.columns.underAlias({ table, name: fresh, as: column }, down) : down;
  const newDefault = change.default ?? null;
  return {
    up,
    down,
    replacement: {
      from: column,
      to: fresh,
      conversion: { up, down: toldDown },
      newDefault,
      dualWrite: change.dualWrite,
      keys: { from: 'change.column', to: to === undefined ? 'change.column' : 'change.to' },
    },
    asked: {
      from: column,
      to: fresh,
      ...(to === undefined ? { called: column } : {}),
      type: to === undefined && old && inFamily(old.type, type) ? inItsCollation(type, old) : type,
      default: newDefault,
      up,
      down: toldDown,
      answers: { index: indexes, check: checks },
      keysFollow: true,
    },
  };
}

/** What counts a sequence up, or calls something, means the same in a type of the same family. */
const families: readonly RegExp[] = [
  /^(?:smallint|int(?:eger|[248])?|bigint|numeric|dec(?:imal)?)\b/iu,
  /^(?:character|varchar|text)/iu,
];

/**
 * The change with the default that its author left out, where the old one is an expression: the same one where the types
 * are akin, else what `up` makes of it.
 */
export function withItsDefault(change: ChangeType, { catalog, sql }: Subject, parser: SqlParser): ChangeType {
  const old = columnNamed(catalog, change.column);
  if (change.default !== undefined || old?.default === undefined || old.default === null) return change;
  if (old.generated || !computed.test(old.default)) return change;
  const up = change.up ?? sql.names.quoted(change.column);
  const column = sql.authored.onlyColumn(up, parser);
  if (column === null) return change;
  const same = column.isCast && inFamily(old.type, change.type);
  return {
    ...change,
    default: same ? old.default : `(${column.replacedBy(`CAST(${old.default} AS ${old.type})`)})`,
  };
}

const computed = /\(|\b(?:current_|localtime|session_user|user\b)/iu;

const inFamily = (old: string, type: string): boolean =>
  families.some((family) => family.test(old) && family.test(type));

/** A column's own collation would go with its type, without a word. */
export const inItsCollation = (type: string, { collation }: Column): string =>
  collation === null || /\bcollate\b/iu.test(type) ? type : `${type} COLLATE ${collation}`;
