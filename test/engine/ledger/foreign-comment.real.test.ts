import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Client } from 'pg';
import type { Database } from '../../../engine/database/database.ts';
import { stateOf } from '../../../engine/database/online.ts';
import { eventually } from '../../eventually.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from '../database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from '../migration-under-test.ts';

let db: DatabaseUnderTest;
let database: Database;
let migration: MigrationUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE ROLE comment_migrator LOGIN PASSWORD 'm' IN ROLE pg_monitor;
    CREATE ROLE comment_dba LOGIN PASSWORD 'd' SUPERUSER;
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO comment_migrator', current_database()); END $$;
    CREATE TABLE users (id int PRIMARY KEY, email text UNIQUE);
    ALTER TABLE users OWNER TO comment_migrator;
    GRANT ALL ON SCHEMA public TO comment_migrator`);
  database = db.as('comment_migrator', 'm');
  migration = await migrationUnderTest(database, 'renamed', {
    table: 'public.users',
    change: { kind: 'rename-column', from: 'email', to: 'mail' },
  });
});
afterAll(async () => {
  await db.sql.query(`DROP SCHEMA underpin CASCADE; DROP TABLE users;
    DO $$ BEGIN EXECUTE format('REVOKE ALL ON DATABASE %I FROM comment_migrator', current_database()); END $$;
    REVOKE ALL ON SCHEMA public FROM comment_migrator; DROP ROLE comment_migrator; DROP ROLE comment_dba`);
  await db.close();
});

const online = () => {
  const unit = migration.plan.phases.verify?.run.find(
    (each) => each.kind === 'online' && each.statement.includes('CREATE UNIQUE INDEX'),
  );
  if (unit?.kind !== 'online') throw new Error('nothing is built');
  return unit;
};

/** A statement with the comment of our build, by a role. */
async function commenting(user: string, password: string): Promise<{ readonly ended: Promise<string> }> {
  const client: Client = await db.connect({ user, password });
  const [comment = ''] = online().statement.split('\n');
  const ended = sqlState(client.query(`${comment}\nSELECT pg_sleep(600)`));
  await eventually(async () => {
    const { rows } = await db.sql.query(
      `SELECT FROM pg_stat_activity WHERE usename = $1 AND query LIKE '%pg_sleep(600)' AND state = 'active'`,
      [user],
    );
    expect(rows).toHaveLength(1);
  });
  return { ended };
}

test('a statement of another role with the comment of ours is not cancelled, and stops no undo', async () => {
  const { ended } = await commenting('comment_dba', 'd');
  expect(await migration.ledger.cancelOnline(migration.claim, 'verify')).toBe(true);
  const { rows } = await db.sql.query(
    `SELECT pg_cancel_backend(pid) AS was_running FROM pg_stat_activity WHERE usename = 'comment_dba' AND state = 'active'`,
  );
  expect(rows).toEqual([{ was_running: true }]);
  expect(await ended).toBe('57014');
});

test('our own is waited for, and cancelled by an undo', async () => {
  const { ended } = await commenting('comment_migrator', 'm');
  expect(await stateOf(database, online())).toBe('running');
  await migration.ledger.cancelOnline(migration.claim, 'verify');
  expect(await ended).toBe('57014');
});
