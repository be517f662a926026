import type { PlanningDatabase } from '../database/planning-database.ts';
import type { Following } from '../dialects/inspector.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import { invalid } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import { boundKind } from './bound-kind.ts';
import type { Subject } from './kind.ts';

/** What may follow all that a session has set. */
const unknownExpressions: Following = { isFree: false, isOfMoments: true };

/** An expression that gives another value elsewhere or later would never agree with itself. Tells what all of them may follow. */
export async function refuseUnsteady(
  spec: Spec,
  subject: Subject,
  { database, parser }: PlanningDatabase,
): Promise<Following> {
  const expressions = boundKind(spec.change).expressions(subject);
  if (expressions.length === 0) return unknownExpressions;
  const inspector = inspectorOf(database);
  await inspector.prepareConversions();
  const all: Following[] = [];
  for (const { key, expression } of expressions) {
    const { fault, ...following } = await inspector.conversion({ table: spec.table, expression }, parser);
    if (fault !== undefined) throw invalid(spec, [{ key, ...fault }]);
    all.push(following);
  }
  return { isFree: all.every((each) => each.isFree), isOfMoments: all.some((each) => each.isOfMoments) };
}
