import { expect } from 'vitest';
import { livedPhases, phaseOf, type PhaseName } from '../../engine/plan/plan.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import type { DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from './migration-under-test.ts';

/**
 * Goes as far as each phase and back again, as a rollback with `onRollback: remove` does, and then to the end. After each
 * way back the catalog is what it was. (There is no pg_dump beside the embedded server: the catalog is read instead.)
 */
export async function expectUndoneFromEachPhase(
  db: DatabaseUnderTest,
  name: string,
  declared: Declared,
): Promise<MigrationUnderTest> {
  const before = await catalogSnapshot(db.sql);
  const tried = await migrationUnderTest(db.database, `${name}-tried`, declared);
  const reversible = livedPhases(tried.plan).filter(
    (phase) => !('irreversible' in phaseOf(tried.plan, phase).undo),
  );
  for (const [at, last] of reversible.entries()) {
    const gone = reversible.slice(0, at + 1);
    await goneThrough(tried, gone);
    await tried.undo(...gone.toReversed());
    expect(await catalogSnapshot(db.sql), `after the way back from ${last}`).toEqual(before);
  }
  const migration = await migrationUnderTest(db.database, name, declared);
  await goneThrough(migration, livedPhases(migration.plan));
  return migration;
}

async function goneThrough(migration: MigrationUnderTest, phases: readonly PhaseName[]): Promise<void> {
  for (const phase of phases) {
    await migration.apply(phase);
    if (phase === 'backfill' && migration.plan.walks.length > 0) await migration.backfill();
  }
}
