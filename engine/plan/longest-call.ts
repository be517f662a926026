import type { Phases, Plan, Unit } from './plan.ts';
import { statementsOfWalk } from './walk-statements.ts';

/** The Data API takes 65,536 characters of SQL in a call; the ledger's mark of a unit needs some of them. */
export const mostCharactersOfCall = 60_000;

interface Call {
  readonly does: string;
  readonly characters: number;
}

/** The longest SQL that a plan sends in one call. */
export const longestCall = ({ phases, walks }: Pick<Plan, 'phases' | 'walks'>): Call =>
  [
    ...unitsOf(phases).map((unit) => ({ does: unit.does, characters: charactersOf(unit) })),
    ...walks
      .flatMap((walk) => Object.entries(statementsOfWalk(walk)))
      .map(([name, sql]) => ({ does: `${name} of a walk`, characters: sql.length })),
  ].reduce((longest, each) => (each.characters > longest.characters ? each : longest), {
    does: 'nothing',
    characters: 0,
  });

const unitsOf = (phases: Phases): readonly Unit[] =>
  Object.values(phases).flatMap(({ run, undo }) => [...run, ...('irreversible' in undo ? [] : undo)]);

/** Those of a brief unit are sent as one call. */
const charactersOf = (unit: Unit): number =>
  unit.kind === 'brief'
    ? unit.statements.reduce((sum, sql) => sum + sql.length + 2, 0)
    : Math.max(unit.statement.length, unit.state.length, unit.clean?.length ?? 0);
