import { PreflightFailed } from '../../../database/errors.ts';
import { livedPhases, phaseOf, type Plan, type Unit } from '../../../plan/plan.ts';
import type { Walk } from '../../../plan/walk.ts';
import { statementsOfWalk } from '../../../plan/walk-statements.ts';
import type { SqlParser } from '../../../database/sql-parser.ts';
import { positionalParameters } from '../positional.ts';
import type { Action } from './action.ts';
import { meaningOf } from './what-a-plan-means.ts';
import { actionsOf } from './what-a-statement-does.ts';

/** A statement of a plan, and how many things it may do by itself: exactly one, any number of writes, or none. */
interface Planned {
  readonly place: string;
  readonly sql: string;
  readonly does: 'one' | 'writes' | 'nothing';
}

/**
 * Reads the SQL of a finished plan as PostgreSQL will, and refuses a statement that does anything that the plan does not
 * mean: then some SQL has left its place. Raises PreflightFailed.
 */
export function checkPlan(plan: Plan, parser: SqlParser): void {
  // What they do was read by the lint, statement by statement.
  if (plan.shape.kind === 'own') return;
  const means = meaningOf(plan);
  for (const { place, sql, does } of statementsOf(plan)) {
    const actions = actionsOf(sql, parser);
    const own = actions.filter(({ inside }) => inside !== true);
    const stray = actions.filter((action) => !means(action));
    const isMany = (does === 'one' && !isOneThing(own)) || (does === 'nothing' && own.length > 0);
    if (stray.length === 0 && !isMany) continue;
    throw new PreflightFailed(
      `the plan of ${plan.migration} would do more than its change means: a statement of ${place} does ` +
        `${(stray.length > 0 ? stray : own).map(spoken).join(', ') || 'nothing'}. ` +
        'Nothing was changed. Write the types and expressions of the change in another way.',
    );
  }
}

/** How a column is stored and sampled is set in one statement, which locks the table once. */
const settings = new Set(['AT_SetStatistics', 'AT_SetStorage', 'AT_SetCompression', 'AT_SetOptions']);

const isOneThing = (own: readonly Action[]): boolean =>
  own.length === 1 || (own.length > 1 && own.every(({ does }) => settings.has(does)));

const spoken = ({ does, to }: Action): string =>
  [does, to.map((name) => JSON.stringify(name)).join('.')].join(' ');

function statementsOf(plan: Plan): readonly Planned[] {
  return [
    ...livedPhases(plan).flatMap((name) => {
      const { run, undo } = phaseOf(plan, name);
      return [
        ...run.flatMap((unit) => ofUnit(name, unit)),
        ...('irreversible' in undo ? [] : undo.flatMap((unit) => ofUnit(`the undo of ${name}`, unit))),
      ];
    }),
    ...plan.walks.flatMap(ofWalk),
    ...Object.values(plan.differences ?? {}).map((sql): Planned => ({
      place: 'what asks for differences',
      sql,
      does: 'nothing',
    })),
  ];
}

/** Every parameter that a statement of a walk may take. */
export const walkParameters = {
  migration: '',
  purpose: '',
  start: 0,
  n: 0,
  shard: 0,
  shards: 0,
  epoch: 0,
  rows: 0,
  lock_timeout: '',
  sqlstate: '',
  key: '',
};

const ofWalk = (walk: Walk): readonly Planned[] =>
  Object.entries(statementsOfWalk(walk)).map(([name, text]) => ({
    place: `the walk for ${walk.purposes.join(', ')} (${name})`,
    sql: positionalParameters({ text, parameters: walkParameters }).text,
    does: name === 'list' ? 'nothing' : 'writes',
  }));

function ofUnit(place: string, unit: Unit): readonly Planned[] {
  if (unit.kind === 'brief') return unit.statements.map((sql) => ({ place, sql, does: 'one' }));
  return [
    { place, sql: unit.statement, does: 'one' },
    { place, sql: unit.state, does: 'nothing' },
    ...(unit.clean === null ? [] : [{ place, sql: unit.clean, does: 'one' } as const]),
  ];
}
