import type { Column } from '../catalog/catalog.ts';
import type { Inheritance, LeftBehind } from '../catalog/inherited.ts';
import type { SidesAnswer } from '../dialects/inspector.ts';
import type { DatabaseQuestions, Subject } from './kind.ts';
import { knownColumn } from './refusals.ts';
import type { NewColumn, OldColumn, SidesChange } from './sides-change.ts';

type What = 'index' | 'check' | 'foreign key' | 'statistics';

/** An index, a constraint or a statistics object over an old column. */
export interface OldSideObject {
  readonly what: What;
  readonly name: string;
  readonly unique: boolean;
  /** INVALID, it holds nothing. */
  readonly valid: boolean;
}

/** What the database says of the columns of both sides, and of what hangs on the old ones. */
export interface SidesFacts {
  readonly old: readonly {
    readonly column: OldColumn;
    readonly catalog: Column;
    readonly inheritance: Inheritance;
  }[];
  readonly new: readonly { readonly column: NewColumn; readonly inheritance: Inheritance }[];
  readonly hanging: readonly OldSideObject[];
}

export async function readSidesFacts(
  change: SidesChange,
  { catalog, sql }: Subject,
  ask: Pick<DatabaseQuestions, 'heirs'>,
): Promise<SidesFacts> {
  const old: SidesFacts['old'][number][] = [];
  const fresh: SidesFacts['new'][number][] = [];
  for (const column of change.old) {
    const its = knownColumn(catalog, column.name);
    const { name, type } = its;
    // As if it got another name: whatever would go along hangs on it.
    const to =
      sql.pairPhases === null ? sql.columns.quarantinedName(name) : sql.names.shortened(`underpin_${name}`);
    const inheritance = await ask.heirs({ from: name, to, type }, column.keys.name);
    old.push({ column, catalog: its, inheritance });
  }
  for (const column of change.new) {
    const { name, type, up, default: otherwise } = column;
    const inheritance = await ask.heirs({ to: name, type, default: otherwise, up }, column.key);
    fresh.push({ column, inheritance });
  }
  return { old, new: fresh, hanging: hangingOn(old.map(({ inheritance }) => inheritance)) };
}

/** Each once, although it may hang on several of the columns. */
function hangingOn(inheritances: readonly Inheritance[]): readonly OldSideObject[] {
  const all = inheritances.flatMap(({ indexes, constraints, statistics, leftBehind }) => [
    ...indexes.map(({ name, unique }) => ({ what: 'index' as const, name, unique, valid: true })),
    ...constraints.map(({ kind, name }) => ({ what: kind, name, unique: false, valid: true })),
    ...statistics.map(({ name }) => ({ what: 'statistics' as const, name, unique: false, valid: true })),
    ...leftBehind.map(({ what, name, unique }) => ({ what, name, unique, valid: false })),
  ]);
  return [...new Map(all.map((each) => [`${each.what} ${each.name}`, each])).values()];
}

/** What the author wrote for it; undefined where nothing has been written. */
export const answerFor = ({ answers }: SidesChange, { what, name }: OldSideObject): string | undefined =>
  ({
    index: answers.indexes,
    check: answers.checks,
    'foreign key': answers.foreignKeys,
    statistics: undefined,
  })[what]?.[name];

/** What is to be built over the new columns. */
export const answeredBy = (change: SidesChange, { hanging }: SidesFacts): readonly SidesAnswer[] =>
  hanging.flatMap((each) => {
    const { what, name, unique } = each;
    const definition = answerFor(change, each);
    const isBuilt =
      (what === 'index' || what === 'check') && definition !== undefined && definition !== 'drop';
    return isBuilt ? [{ kind: what, name, unique, definition }] : [];
  });

/** What the new side does not get, with the reason. */
export const leftBehindBy = (change: SidesChange, { hanging }: SidesFacts): readonly LeftBehind[] =>
  hanging.flatMap((each): readonly LeftBehind[] => {
    const { what, name, unique, valid } = each;
    const why = valid ? (what === 'statistics' ? 'replaced' : 'answered') : 'invalid';
    const isLeft = !valid || what === 'statistics' || answerFor(change, each) === 'drop';
    return isLeft ? [{ kind: 'left behind', what, name, unique, why, says: null, definition: null }] : [];
  });
