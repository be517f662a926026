import { boundKind } from './changes/bound-kind.ts';
import { cautionsOf } from './changes/cautions.ts';
import type { Subject } from './changes/kind.ts';
import { plannedDependents } from './changes/planned-dependents.ts';
import { oldSideOf } from './changes/old-side.ts';
import { questionsAbout } from './changes/questions.ts';
import type { Database } from './database/database.ts';
import type { PlanningDatabase } from './database/planning-database.ts';
import { inspectorOf, planningDialectOf } from './dialects/planning-dialect.ts';
import type { Plan } from './plan/plan.ts';
import { databaseLacks } from './preflight.ts';
import { invalid, refuse } from './spec/refused-spec.ts';
import type { Spec } from './spec/spec.ts';

/** Compiles a spec to its plan. The ledger's schema must be there; nothing of the table is touched. */
export async function compile(
  spec: Spec,
  subject: Subject,
  { database, parser }: PlanningDatabase,
): Promise<Plan> {
  await refuseUnsteady(spec, subject, { database, parser });
  await inspectorOf(database).prepareHeirs();
  const { ask, warnings } = questionsAbout(spec, subject, { database, parser });
  const compiled = await boundKind(spec.change).compile(subject, ask);
  if ('refused' in compiled) throw invalid(spec, compiled.refused);
  const settled = await inspectorOf(database).settled(spec.name, spec.table, compiled.phases);
  if ('refused' in settled)
    throw invalid(
      spec,
      settled.refused.map((fault) => ({ key: 'change', ...fault })),
    );
  if (compiled.walks.some(({ batch }) => batch !== undefined)) await refuseUnwalkable(spec, database);
  const dependents = await plannedDependents(
    spec,
    subject,
    { ...compiled, phases: settled.phases },
    { database, parser },
  );
  const plan: Plan = {
    migration: spec.name,
    engine: database.dialect.engine,
    table: spec.table,
    estimatedRows: Math.max(0, subject.catalog.table.rows),
    ...compiled,
    ...dependents.of,
    ...(await oldSideOf(compiled, database)),
    warnings: [
      ...compiled.warnings,
      ...settled.warnings,
      ...dependents.warnings,
      ...warnings,
      ...cautionsOf(spec, subject, compiled),
    ],
  };
  planningDialectOf(database).authored.checkPlan(plan, parser);
  return plan;
}

/** An expression that gives another value elsewhere or later would never agree with itself. */
async function refuseUnsteady(
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

async function refuseUnwalkable(spec: Spec, database: Database): Promise<void> {
  refuse(spec, databaseLacks(await inspectorOf(database).walkFaults(spec.table)));
}
