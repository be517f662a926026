import { invalid } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import type { Subject } from './kind.ts';

/** Each is tried in one transaction, named in the plan and locked by the migration: beyond this, locks and answers run out of room. */
const mostViews = 200;

/** Refuses columns that more views read than can be planned for. */
export function refuseManyViews(spec: Spec, { catalog }: Subject): void {
  const views = catalog.dependents.filter(({ view }) => view).length;
  if (views <= mostViews) return;
  throw invalid(spec, [
    {
      key: 'change',
      fact: `${views} views read what changes of ${spec.table.schema}.${spec.table.name}: each would be tried and replaced, and ${mostViews} is the most that a migration takes`,
      remedy:
        'Drop those that nobody reads, or let them read one view over the table: then that one alone has to change.',
    },
  ]);
}
