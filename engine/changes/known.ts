import type { AskedColumn } from '../catalog/catalog.ts';
import type { Compiled, Heirs, Kind, MoreQuestions, Refusal, Refused, Subject } from './kind.ts';
import { kinds, type Change, type ChangeOf, type KindName } from './kinds.ts';

/** A change with the file that knows it, so that the two cannot be mismatched. */
interface Known {
  readonly oldColumn: string | null;
  readonly keepsName: boolean;
  /** The column that is to be gone at the end. */
  readonly asked: AskedColumn | null;
  readonly refusals: (subject: Subject) => readonly Refusal[];
  readonly expressions: (subject: Subject) => ReturnType<KindOf<KindName>['expressions']>;
  readonly compile: (subject: Subject, heirs: Heirs, more: MoreQuestions) => Promise<Compiled | Refused>;
}

type KindOf<Name extends KindName> = Kind<Name, (typeof kinds)[Name]['keys'], ChangeOf<Name>>;
const knownKinds: { readonly [Name in KindName]: KindOf<Name> } = kinds;

export function known<Name extends KindName>(change: ChangeOf<Name> & { readonly kind: Name }): Known {
  const kind: KindOf<Name> = knownKinds[change.kind];
  return {
    oldColumn: kind.oldColumn(change),
    keepsName: kind.keepsName?.(change) ?? false,
    asked: askedColumn(kind, change),
    refusals: (subject) => kind.refusals(change, subject),
    expressions: (subject) => kind.expressions(change, subject),
    compile: (subject, heirs, more) => kind.compile(change, subject, heirs, more),
  };
}

function askedColumn<Name extends KindName>(kind: KindOf<Name>, change: ChangeOf<Name>): AskedColumn | null {
  const replaced = kind.oldColumn(change);
  const column = replaced ?? kind.leaving?.(change) ?? null;
  return column === null ? null : { column, replaced: replaced !== null };
}

/** The column whose place another one takes; null where a column is only added, and no reads move. */
export const replacedColumn = (change: Change): string | null => known(change).oldColumn;

/** Whether readers have to move to another column. */
export function movesReads(change: Change): boolean {
  const { oldColumn, keepsName } = known(change);
  return oldColumn !== null && !keepsName;
}
