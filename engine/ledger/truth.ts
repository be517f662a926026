import type { Plan } from '../plan/plan.ts';
import type { Truth } from '../plan/walk.ts';
import type { Applied } from './applied.ts';

/**
 * Which side reconciliation and rollback go by, where the application writes both: the new one from the moment at which the
 * read switch is noted, until the first unit of its undo is. With triggers neither needs to know.
 */
export const truthOf = ({ follow }: Pick<Plan, 'follow'>, applied: Applied): Truth =>
  follow === 'application' && applied.has('read-switch', 'run', 0) && !applied.has('read-switch', 'undo', 0)
    ? 'new'
    : 'old';
