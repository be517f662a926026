import type { Dialect } from '../dialects/dialect.ts';
import type { AskedColumns } from '../catalog/catalog.ts';
import type {
  CompiledChange,
  Kind,
  DatabaseQuestions,
  Names,
  SqlReader,
  Refusal,
  RefusedChange,
  Subject,
} from './kind.ts';
import { kinds, type Change, type ChangeOf, type KindName } from './kinds.ts';

/** A change with the file that knows it, so that the two cannot be mismatched. */
interface BoundKind {
  readonly oldColumns: readonly string[];
  readonly keepsName: boolean;
  readonly renamesTable: boolean;
  /** The columns that are to be gone at the end. */
  readonly asked: AskedColumns | null;
  readonly names: Names;
  readonly wholeTable: boolean;
  readonly takesAway: boolean;
  readonly takesPartitioned: (sql: Dialect) => boolean;
  readonly faults: (reading: SqlReader) => readonly Refusal[];
  readonly refusals: (subject: Subject) => readonly Refusal[];
  readonly expressions: (subject: Subject) => ReturnType<KindOf<KindName>['expressions']>;
  readonly compile: (subject: Subject, ask: DatabaseQuestions) => Promise<CompiledChange | RefusedChange>;
}

type KindOf<Name extends KindName> = Kind<Name, (typeof kinds)[Name]['keys'], ChangeOf<Name>>;
const knownKinds: { readonly [Name in KindName]: KindOf<Name> } = kinds;

export function boundKind<Name extends KindName>(
  change: ChangeOf<Name> & { readonly kind: Name },
): BoundKind {
  const kind: KindOf<Name> = knownKinds[change.kind];
  const asked = askedColumns(kind, change);
  return {
    oldColumns: kind.oldColumns(change),
    keepsName: kind.keepsName?.(change) ?? false,
    renamesTable: kind.renamesTable ?? false,
    asked,
    names: kind.names?.(change) ?? {},
    wholeTable: kind.wholeTable?.(change) ?? false,
    takesAway: kind.takesAway?.(change) ?? asked !== null,
    takesPartitioned: (sql) => kind.takesPartitioned?.(change, sql) ?? false,
    faults: (reading) => kind.faults?.(change, reading) ?? [],
    refusals: (subject) => kind.refusals(change, subject),
    expressions: (subject) => kind.expressions(change, subject),
    compile: (subject, ask) => kind.compile(change, subject, ask),
  };
}

function askedColumns<Name extends KindName>(
  kind: KindOf<Name>,
  change: ChangeOf<Name>,
): AskedColumns | null {
  const replaced = kind.oldColumns(change);
  if (replaced.length > 0) return { columns: replaced, replaced: true };
  const column = kind.leaving?.(change) ?? null;
  return column === null ? null : { columns: [column], replaced: false };
}

/** The columns whose place others take; none where a column is only added, and no reads move. */
export const oldColumnsOf = (change: Change): readonly string[] => boundKind(change).oldColumns;

/** Whether readers have to move to another column, or to another name of the table. */
export function movesReads(change: Change): boolean {
  const { oldColumns, keepsName, renamesTable } = boundKind(change);
  return renamesTable || (oldColumns.length > 0 && !keepsName);
}
