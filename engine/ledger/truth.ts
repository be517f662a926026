import type { Plan, Unit } from '../plan/plan.ts';
import type { Truth } from '../plan/walk.ts';
import type { Applied } from './applied.ts';

/**
 * The unit of the read switch that moves the truth, and the one of its undo that moves it back: each is the first of its list, so that
 * what the truth makes of the other units is never done before it.
 */
export const truthUnit = 0;

/** Units of the read switch, or of its undo, that come with the move of the truth. */
export const behindTruth = (move: Unit, others: readonly Unit[]): readonly Unit[] =>
  others.toSpliced(truthUnit, 0, move);

/**
 * Which side reconciliation and rollback go by, where the application writes both: the new one from the moment at which the
 * read switch is noted, until the first unit of its undo is. With triggers neither needs to know.
 */
export const truthOf = ({ follow }: Pick<Plan, 'follow'>, applied: Applied): Truth =>
  follow === 'application' &&
  applied.has('read-switch', 'run', truthUnit) &&
  !applied.has('read-switch', 'undo', truthUnit)
    ? 'new'
    : 'old';
