import { boundKind } from './changes/bound-kind.ts';
import { cautionsOf } from './changes/cautions.ts';
import type { Subject } from './changes/kind.ts';
import { plannedDependents } from './changes/planned-dependents.ts';
import { oldSideOf } from './changes/old-side.ts';
import { questionsAbout } from './changes/questions.ts';
import { refuseUnsteady } from './changes/steady-expressions.ts';
import type { PlanningDatabase } from './database/planning-database.ts';
import { inspectorOf, planningDialectOf } from './dialects/planning-dialect.ts';
import type { Plan } from './plan/plan.ts';
import { databaseLacks } from './preflight.ts';
import { invalid, refuse } from './spec/refused-spec.ts';
import type { Spec } from './spec/spec.ts';

/** Compiles a spec to its plan. The ledger's schema must be there; nothing of the table is touched. */
export async function compile(spec: Spec, subject: Subject, planning: PlanningDatabase): Promise<Plan> {
  const { database, parser } = planning;
  const inspector = inspectorOf(database);
  const expressions = await refuseUnsteady(spec, subject, planning);
  await inspector.prepareHeirs();
  const { ask, warnings } = questionsAbout(spec, subject, planning, expressions);
  const { takesAway, ...change } = boundKind(spec.change);
  const compiled = await change.compile(subject, ask);
  if ('refused' in compiled) throw invalid(spec, compiled.refused);
  const settled = await inspector.settled(spec.name, spec.table, compiled.phases);
  if ('refused' in settled) throw invalid(spec, settled.refused);
  if (compiled.walks.some(({ batch }) => batch !== undefined))
    refuse(spec, databaseLacks(await inspector.walkFaults(spec.table)));
  const dependents = await plannedDependents(spec, subject, { ...compiled, ...settled }, planning);
  const partitions = subject.catalog.partitions?.map(({ schema, name }) => ({ schema, name }));
  const plan: Plan = {
    migration: spec.name,
    engine: database.dialect.engine,
    table: spec.table,
    ...(partitions && { partitions }),
    estimatedRows: Math.max(0, subject.catalog.table.rows),
    ...compiled,
    ...dependents.of,
    ...(await oldSideOf(compiled, database)),
    warnings: [
      ...compiled.warnings,
      ...(takesAway ? subject.catalog.unseen : []),
      ...settled.warnings,
      ...dependents.warnings,
      ...warnings,
      ...cautionsOf(spec, subject, compiled),
    ],
  };
  planningDialectOf(database).authored.checkPlan(plan, parser);
  return plan;
}
