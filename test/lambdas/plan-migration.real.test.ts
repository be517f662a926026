import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { catalogSnapshot } from '../engine/catalog-snapshot.ts';
import { databaseUnderTest, type DatabaseUnderTest } from '../engine/database-under-test.ts';
import { stubHandlerEnvironment } from './handler-environment.ts';

let db: DatabaseUnderTest;
let folder: string;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE TABLE people (id int PRIMARY KEY, mail text)');
  folder = mkdtempSync(join(tmpdir(), 'underpin-migrations-'));
  stubHandlerEnvironment(db, { UNDERPIN_MIGRATIONS: folder });
});
afterAll(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true });
  await db.close();
});

const minimal = `goal: Say what it is
table: public.people
change: { kind: rename-column, from: mail, to: email }
`;

/** A warm sandbox reads its environment once, so each start is a new one. */
async function start(): Promise<unknown> {
  vi.resetModules();
  const { handler } = await import('../../lambdas/plan-migration.ts');
  return handler({ migration: 'm', execution: 'arn:e' }, { getRemainingTimeInMillis: () => 900_000 });
}

test('a start with an open item of the checklist is refused by name, and touches nothing', async () => {
  writeFileSync(join(folder, '0001-m.yaml'), minimal);
  const before = await catalogSnapshot(db.sql);
  await expect(start()).rejects.toMatchObject({
    name: 'PreflightFailed',
    message: expect.stringMatching(
      /7 items.*\n.*owner: not written.*\n.*rollback note.*\n.*deadline.*\n.*\n.*change window.*\n.*dashboards.*\n.*who is notified/u,
    ),
  });
  expect(await catalogSnapshot(db.sql)).toEqual(before);
  const { rows } = await db.sql.query(`SELECT to_regnamespace('underpin') AS ledger`);
  expect(rows).toEqual([{ ledger: null }]);
});

test('a rehearsal, which only shows the checklist, starts the same file; complete, it starts everywhere', async () => {
  vi.stubEnv('UNDERPIN_CHECKLIST', 'shown');
  expect(await start()).toMatchObject({ heldBy: null });
  await db.sql.query('DROP SCHEMA underpin CASCADE');
  vi.stubEnv('UNDERPIN_CHECKLIST', 'required');
  const complete = `${minimal}owner: me
deadline: 2030-01-01
changeWindow: {}
checklist: { rollbackNote: Reads go back., trafficProfile: Quiet., dashboards: [none], notify: [me] }
`;
  writeFileSync(join(folder, '0001-m.yaml'), complete);
  expect(await start()).toMatchObject({ heldBy: null });
});
