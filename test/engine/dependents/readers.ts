import { expect } from 'vitest';
import { livedPhases, type PhaseName } from '../../../engine/plan/plan.ts';
import type { DatabaseUnderTest } from '../database-under-test.ts';
import type { MigrationUnderTest } from '../migration-under-test.ts';

/** Goes on to a phase, and through it. */
export async function goneThrough(migration: MigrationUnderTest, last: PhaseName): Promise<void> {
  for (const phase of livedPhases(migration.plan)) {
    await migration.apply(phase);
    if (phase === 'backfill') await migration.backfill();
    if (phase === last) return;
  }
}

/** Somebody reads all the while that a phase is done and undone, five times, and always gets these rows. */
export async function expectReadThroughout(
  db: DatabaseUnderTest,
  { query, rows }: { readonly query: string; readonly rows: readonly unknown[] },
  { migration, phase }: { readonly migration: MigrationUnderTest; readonly phase: PhaseName },
): Promise<void> {
  const reader = await db.connect();
  const until = new AbortController();
  let reads = 0;
  const reading = (async () => {
    for (; !until.signal.aborted; reads += 1) expect((await reader.query(query)).rows).toEqual(rows);
  })();
  for (let round = 0; round < 5; round += 1) {
    await migration.apply(phase);
    await migration.undo(phase);
  }
  until.abort();
  await reading;
  expect(reads).toBeGreaterThan(0);
}
