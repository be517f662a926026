import type { PlanningDatabase } from '../database/planning-database.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import { invalid } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import { boundKind } from './bound-kind.ts';
import type { Subject } from './kind.ts';

/** An expression that gives another value elsewhere or later would never agree with itself. */
export async function refuseUnsteady(
  spec: Spec,
  subject: Subject,
  { database, parser }: PlanningDatabase,
): Promise<void> {
  const expressions = boundKind(spec.change).expressions(subject);
  if (expressions.length === 0) return;
  const inspector = inspectorOf(database);
  await inspector.prepareConversions();
  for (const { key, expression } of expressions) {
    const fault = await inspector.conversionFault({ table: spec.table, expression }, parser);
    if (fault !== undefined) throw invalid(spec, [{ key, ...fault }]);
  }
}
