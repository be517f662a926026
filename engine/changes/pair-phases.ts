import { touchedColumns } from '../catalog/catalog.ts';
import type { Dialect } from '../dialects/dialect.ts';
import type { Pair, PairPlan } from '../dialects/dual-write.ts';
import { emptyPhase, type Phases } from '../plan/plan.ts';
import { comparing, oneWalk, walksByTruth, type Truth, type Walk, type WritingWalk } from '../plan/walk.ts';
import type { ColumnsShape, ShapeSide } from '../shapes/columns-shape.ts';
import { afterBackfill } from './after-backfill.ts';
import { beginPartitionIndexes } from './partition-indexes.ts';
import { brief, columnsGone } from '../plan/brief.ts';
import { applicationPhases } from './application-phases.ts';
import { isApplications, type WrittenBy } from './written-by.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { countedDefaults, defaultsBefore } from './pair-defaults.ts';
import { dropReferences, movedIdentity, moveParts, takenKey, takePrimaryKey } from './taken-parts.ts';

/** What follows from a pair, whatever it was made for. */
export function changeOfPair(
  plan: PairPlan,
  { table, catalog, sql }: Subject,
  change: WrittenBy,
): Pick<CompiledChange, 'shape' | 'phases' | 'walks' | 'follow'> {
  const { pair } = plan;
  const side = (columns: Pair['old']): ShapeSide => ({
    table,
    columns: columns.map(({ column: name, type }) => ({ name, type })),
  });
  const quoted = (columns: Pair['old']): readonly string[] =>
    columns.map(({ column }) => sql.names.quoted(column));
  const shape: ColumnsShape = {
    kind: 'columns',
    old: side(pair.old),
    new: side(pair.new),
    up: pair.conversion?.up ?? quoted(pair.old),
    down: pair.conversion?.down ?? quoted(pair.new),
    quarantined: sql.pairPhases ? [] : pair.old.map(({ column }) => sql.columns.quarantinedName(column)),
  };
  const isApplication = isApplications(change);
  const lacking =
    pair.isPartitioned && sql.walk.lacking?.(pair, { aside: shape.quarantined, isAttached: isApplication });
  const inQuarantine: readonly Walk[] = lacking ? [{ ...comparing(lacking), purposes: ['before-drop'] }] : [];
  const walk = (of: Pair, truth?: Truth): WritingWalk =>
    sql.walk.pair(of, {
      touched: touchedColumns(catalog),
      truth,
      isKeyed: plan.built.constraints.some((each) => each.kind === 'foreign key' && each.writes),
    });
  if (!isApplication)
    return {
      shape,
      phases: sql.pairPhases?.(plan) ?? pairPhases(plan, sql),
      walks: [...oneWalk(walk(pair)), ...inQuarantine],
    };
  const conversion = pair.conversion && { up: pair.conversion.down, down: pair.conversion.up };
  const back: Pair = { ...pair, old: pair.new, new: pair.old, conversion };
  return {
    shape,
    follow: 'application',
    phases: applicationPhases(plan, sql),
    walks: [...walksByTruth({ old: walk(pair, 'old'), new: walk(back, 'new') }), ...inQuarantine],
  };
}

/** Until every row agrees and the new side has all that the old one has: the same, whatever comes then. */
export function phasesUntilVerified(plan: PairPlan, sql: Dialect): Phases {
  const { pair, added } = plan;
  const { table } = pair;
  return {
    expand: {
      run: [...added.map((column) => sql.columns.add(table, column)), ...beginPartitionIndexes(plan, sql)],
      undo: added.map(({ name }) => sql.columns.drop(table, name)).toReversed(),
    },
    'dual-write': {
      run: [sql.dualWrite.startPair(pair)],
      undo: [
        brief('end the dual write', 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair),
          ...defaultsBefore(table, added, sql),
        ]),
      ],
    },
    backfill: emptyPhase,
    verify: afterBackfill(plan, sql),
  };
}

function pairPhases(plan: PairPlan, sql: Dialect): Phases {
  const { pair, built, taken } = plan;
  const { table } = pair;
  const before = plan.old.map(({ name }) => name);
  const quarantined = before.map((name) => sql.columns.quarantinedName(name));
  const old = before.join(', ');
  const fresh = pair.new.map(({ column }) => column).join(', ');
  const away = `move ${old} out of the way, still kept fresh`;
  return {
    ...phasesUntilVerified(plan, sql),
    'read-switch': {
      run: [brief(wins(fresh, pair.new.length), 'none', sql.dualWrite.setAuthority(pair, 'new'))],
      undo: [brief(wins(old, before.length), 'none', sql.dualWrite.setAuthority(pair, 'old'))],
    },
    confidence: emptyPhase,
    quarantine: {
      run: [
        brief(`${away}${movedIdentity(built, 'as')}`, 'ACCESS EXCLUSIVE', [
          ...moveParts(pair, built, 'as', sql),
          ...before.map((name, at) => sql.columns.rename(table, name, quarantined[at] ?? '')),
          ...sql.dualWrite.setAuthority(pair, 'new', quarantined),
        ]),
      ],
      undo: [
        brief(`bring ${old} back${movedIdentity(built, 'name')}`, 'ACCESS EXCLUSIVE', [
          ...before.map((name, at) => sql.columns.rename(table, quarantined[at] ?? '', name)),
          ...sql.dualWrite.setAuthority(pair, 'new'),
          ...moveParts(pair, built, 'name', sql),
        ]),
      ],
    },
    contract: {
      run: [
        ...dropReferences(built, 'name', sql),
        brief(`end the dual write and drop ${old}${takenKey(built)}`, 'ACCESS EXCLUSIVE', [
          ...sql.dualWrite.endPair(pair, quarantined),
          ...taken,
          ...countedDefaults(pair, sql),
          ...quarantined.flatMap((name) => sql.columns.drop(table, name).statements),
          ...takePrimaryKey(table, built, 'as', sql),
        ]),
      ],
      undo: columnsGone(table, before),
    },
  };
}

const wins = (columns: string, count: number): string =>
  `${columns} ${count > 1 ? 'win' : 'wins'} where a write disagrees`;
