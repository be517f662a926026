import { inspectorOf, planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { askedNothing, readCatalog } from '../../engine/catalog/catalog.ts';
import { nothingCounted } from '../../engine/catalog/statistics.ts';
import { otherWay } from '../../engine/preview/ways.ts';
import { aliasOf, leavingTable } from '../../engine/shapes/shape.ts';
import { oldColumnsOf } from '../../engine/changes/bound-kind.ts';
import { compile } from '../../engine/compile.ts';
import { preflight } from '../../engine/preflight.ts';
import { InvalidSpec, StatementRefused } from '../../engine/database/errors.ts';
import { Ledger, type LedgerRecord } from '../../engine/ledger/ledger.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { DatabaseFacts } from '../../engine/preview/preview.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import { storedPlan } from '../../engine/plan/stored.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { notLet, type Planner } from '../database/planner.ts';

/**
 * What a database tells of a migration; nothing of the application's in it is changed.
 * Raises InvalidSpec, PreflightFailed and CouldNotAsk.
 */
export async function inspectMigration(spec: Spec, planner: Planner): Promise<DatabaseFacts> {
  try {
    return await looked(spec, planner);
  } catch (error) {
    if (!(error instanceof StatementRefused)) throw error;
    throw notLet(error.reason);
  }
}

async function looked(spec: Spec, planner: Planner): Promise<DatabaseFacts> {
  const { reading } = planner;
  const ledger = new Ledger(reading);
  const record = await ledger.find(spec.name);
  const stands = record !== undefined && !(await ledger.applied(spec.name)).nothing();
  const plan = stands ? storedPlan(record) : await compiled(spec, planner);
  return {
    plan,
    statistics: await counted(spec, plan, planner),
    standing: stands ? standing(record) : null,
    completed: stands && record.status === 'completed',
    bothWays: stands ? null : await bothWays(spec, planner),
  };
}

async function compiled(spec: Spec, planner: Planner): Promise<Plan> {
  const parser = await sqlParser();
  const subject = await preflight(spec, { database: planner.reading, parser });
  return compile(spec, subject, { database: await planner.trying(), parser });
}

/** What would come of the other way, where a change has two. */
async function bothWays(spec: Spec, planner: Planner): Promise<DatabaseFacts['bothWays']> {
  const change = otherWay(spec.change);
  if (change === null || planningDialectOf(planner.reading).notYet(change) !== undefined) return null;
  const parser = await sqlParser();
  const catalog = await readCatalog(planner.reading, spec.table, askedNothing, parser);
  if (!catalog) return null;
  const { key, table } = catalog;
  const throughView = await inspectorOf(planner.reading).throughView(
    spec.table,
    { key, version: table.version },
    parser,
  );
  try {
    return { other: { plan: await compiled({ ...spec, change }, planner), refused: [] }, throughView };
  } catch (error) {
    if (!(error instanceof InvalidSpec)) throw error;
    return { other: { plan: null, refused: error.problems.map(({ fact }) => fact) }, throughView };
  }
}

/** Of the table under the name that it has now: a migration that stands may have given it another, or dropped it. */
async function counted(
  spec: Spec,
  { shape }: Plan,
  { reading }: Planner,
): Promise<DatabaseFacts['statistics']> {
  const leaving = leavingTable(shape);
  const tables = [
    spec.table,
    ...(aliasOf(shape)?.tables ?? []),
    ...(leaving ? [{ ...spec.table, name: leaving.quarantined }] : []),
  ];
  for (const table of tables) {
    const catalog = await readCatalog(reading, table, askedNothing, await sqlParser());
    if (catalog === undefined || catalog.table.kind === 'other') continue;
    const key = catalog.key[0]?.name ?? null;
    return inspectorOf(reading).statistics(table, { key, columns: oldColumnsOf(spec.change) });
  }
  return nothingCounted;
}

const standing = ({ status, phase }: LedgerRecord): string =>
  status === 'completed'
    ? 'this migration was completed in this database; its plan is shown as it was carried out'
    : `this migration stands in this database already (${status}, in ${phase}); its plan is shown as it was compiled then`;
