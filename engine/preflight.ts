import { readCatalog } from './catalog/catalog.ts';
import { boundKind } from './changes/bound-kind.ts';
import type { Refusal, Subject } from './changes/kind.ts';
import { missingTable, tableRefusals } from './changes/table-refusals.ts';
import { triedExpression } from './changes/trial.ts';
import type { PlanningDatabase } from './database/planning-database.ts';
import type { SqlParser } from './database/sql-parser.ts';
import type { Dialect } from './dialects/dialect.ts';
import { inspectorOf, planningDialectOf } from './dialects/planning-dialect.ts';
import type { Fault } from './spec/fault.ts';
import { invalid, refuse } from './spec/refused-spec.ts';
import { fragmentsOf } from './spec/spec-schema.ts';
import type { Spec } from './spec/spec.ts';
import { unreadableSignals } from './walk/readable-signals.ts';
import { throttleFaults, throttleReads } from './walk/throttle-query.ts';

/**
 * Checks a spec against the database without touching anything.
 * Raises InvalidSpec naming file, line and key for all that is wrong at once.
 */
export async function preflight(spec: Spec, { database, parser }: PlanningDatabase): Promise<Subject> {
  const sql = planningDialectOf(database);
  checkFragments(spec, { sql, parser });
  const change = boundKind(spec.change);
  const catalog = await readCatalog(database, spec.table, { ...change, by: spec.backfill.by }, parser);
  if (!catalog) throw invalid(spec, [await missingTable(spec.table, database)]);
  const subject = { migration: spec.name, table: spec.table, catalog, sql };
  refuse(spec, [
    ...tableRefusals(subject, change),
    ...change.refusals(subject),
    ...(await throttleReads(spec, database)),
    ...(await unreadableSignals(spec, database)),
    ...databaseLacks(await inspectorOf(database).requirementFaults(spec.table)),
  ]);
  for (const { key, expression } of change.expressions(subject))
    await triedExpression(spec, database, key, expression);
  return subject;
}

function kindRefusals({ change }: Spec, sql: Dialect): readonly Refusal[] {
  const missing = sql.notYet(change);
  const remedy = `docs/${sql.engine}.md says which kinds of change run on it.`;
  return missing === undefined ? [] : [{ ...missing, remedy }];
}

/** Checks what needs no database: that the author's SQL is what it claims to be. Raises InvalidSpec. */
export function checkFragments(
  spec: Spec,
  { sql, parser }: { readonly sql: Dialect; readonly parser: SqlParser },
): void {
  refuse(spec, kindRefusals(spec, sql));
  const refusals = fragmentsOf(spec.change).flatMap((fragment): readonly Refusal[] => {
    const fault = sql.authored.fault(fragment, parser);
    return fault === undefined ? [] : [{ key: fragment.key, ...fault }];
  });
  refuse(spec, [
    ...refusals,
    ...throttleFaults(spec, { sql, parser }),
    ...boundKind(spec.change).faults({ sql, parser }),
  ]);
}

/** What has to change in the database before a table of it can be migrated. */
export const databaseLacks = (faults: readonly Fault[]): readonly Refusal[] =>
  faults.map((fault) => ({ key: 'table', ...fault, waitsFor: 'database' }));
