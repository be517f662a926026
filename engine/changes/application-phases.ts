import type { Dialect } from '../dialects/dialect.ts';
import type { PairPlan } from '../dialects/dual-write.ts';
import { behindTruth } from '../ledger/truth.ts';
import { emptyPhase, type Phase, type Phases } from '../plan/plan.ts';
import { afterBackfill } from './after-backfill.ts';
import { brief, columnsGone } from '../plan/brief.ts';
import { countedDefaults, defaultsBefore } from './pair-defaults.ts';
import { movedIdentity, moveParts } from './taken-parts.ts';

/**
 * The phases of a switch between two sides of columns that the application writes both, with no trigger. What the new side refuses
 * (NOT NULL) comes when no version writes the old one any more; until then a row may be written side by side. And from the
 * moment at which the new side is the truth the old one takes NULL, from versions that know it no more.
 */
export function applicationPhases(plan: PairPlan, sql: Dialect): Phases {
  const { pair, added, old } = plan;
  const { migration, table } = pair;
  const names = old.map(({ name }) => name);
  const required = old.filter((column) => column.notNull).map(({ name }) => name);
  const fresh = pair.new.map(({ column }) => column).join(', ');
  return {
    expand: {
      run: added.map((column) => sql.columns.add(table, column)),
      undo: added.map(({ name }) => sql.columns.drop(table, name)).toReversed(),
    },
    'dual-write': defaults(plan, sql),
    backfill: emptyPhase,
    verify: afterBackfill({ ...plan, notNull: [] }, sql),
    'read-switch': {
      run: behindTruth(
        brief(`${fresh} ${pair.new.length === 1 ? 'is' : 'are'} the truth`, 'none', []),
        required.map((column) => sql.columns.dropNotNull(migration, table, column)),
      ),
      // A version that knows the new side alone fails then, where its rows would be lost.
      undo: behindTruth(
        brief(`${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} the truth again`, 'none', []),
        required.flatMap((column) => sql.columns.setNotNull(migration, table, column)),
      ),
    },
    confidence: emptyPhase,
    quarantine: quarantine(plan, sql),
    contract: {
      run: [
        brief(`drop ${names.join(', ')}`, 'ACCESS EXCLUSIVE', [
          ...plan.taken,
          ...countedDefaults(pair, sql),
          ...names.flatMap((name) => sql.columns.drop(table, sql.columns.quarantinedName(name)).statements),
        ]),
      ],
      undo: columnsGone(table, names),
    },
  };
}

/** Nobody names the old side any more: it goes out of the way, and the new one is as strict as that was. */
function quarantine({ pair, old, notNull, built }: PairPlan, sql: Dialect): Phase {
  const { migration, table } = pair;
  const names = old.map(({ name }) => name);
  const aside = (name: string): string => sql.columns.quarantinedName(name);
  return {
    // First what cannot be undone where it was not done: of a phase of which anything stands, it does.
    run: [
      brief(`move ${names.join(', ')} out of the way${movedIdentity(built, 'as')}`, 'ACCESS EXCLUSIVE', [
        ...moveParts(pair, built, 'as', sql),
        ...names.map((name) => sql.columns.rename(table, name, aside(name))),
      ]),
      ...notNull.flatMap((column) => sql.columns.setNotNull(migration, table, column)),
    ],
    undo: [
      ...notNull.toReversed().map((column) => sql.columns.dropNotNull(migration, table, column)),
      brief(`bring ${names.join(', ')} back${movedIdentity(built, 'name')}`, 'ACCESS EXCLUSIVE', [
        ...names.map((name) => sql.columns.rename(table, aside(name), name)),
        ...moveParts(pair, built, 'name', sql),
      ]),
    ],
  };
}

/** What the new side holds where a writer says nothing, from now on; a default that differs at each call comes with the contract. */
function defaults({ pair: { table, new: fresh }, added }: PairPlan, sql: Dialect): Phase {
  const given = fresh.flatMap(({ column, default: otherwise }) =>
    otherwise === null || otherwise.varies === 'at each call' ? [] : [{ column, otherwise }],
  );
  if (given.length === 0) return emptyPhase;
  const columns = given.map(({ column }) => column).join(', ');
  return {
    run: [
      brief(
        `give ${columns} ${given.length === 1 ? 'its default' : 'their defaults'}`,
        'ACCESS EXCLUSIVE',
        given.map(({ column, otherwise }) => sql.columns.setDefault(table, column, otherwise.expression)),
      ),
    ],
    undo: [
      brief(
        `take the default${given.length === 1 ? '' : 's'} from ${columns}`,
        'ACCESS EXCLUSIVE',
        defaultsBefore(
          table,
          added.filter(({ name }) => given.some(({ column }) => column === name)),
          sql,
        ),
      ),
    ],
  };
}
