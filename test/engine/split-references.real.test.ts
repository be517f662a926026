import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { lostPromises } from '../../engine/audit/lost-promises.ts';
import { phaseOf } from '../../engine/plan/plan.ts';
import { builtTable } from '../../engine/shapes/shape.ts';
import { catalogSnapshot } from './catalog-snapshot.ts';
import { databaseUnderTest, sqlState, type DatabaseUnderTest } from './database-under-test.ts';
import { leftoversOf } from './leftovers-of.ts';
import { migrationUnderTest, ownWarnings, type MigrationUnderTest } from './migration-under-test.ts';
import { refusalsOf } from './refusals-of.ts';
import { bothHold, delivered, deliveries, splitAt, type Stage } from './split-deliveries.ts';
import { freshShop, plannedSplit, splitOf } from './split-orders.ts';
import { expectUndoneFromEachPhase } from './undone-phases.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest();
});
afterAll(() => db.close());
beforeEach(() => freshShop(db));

const stageAt = (stage: Stage, reference: string): Promise<MigrationUnderTest> =>
  splitAt(db, stage, deliveries(reference));

test('foreign keys of columns that go are built over the new ones, and every phase can be undone', async () => {
  const zoo = `CREATE TABLE tenants (id int PRIMARY KEY);
    CREATE TABLE couriers (id int PRIMARY KEY);
    CREATE TABLE regions (tenant int, code text, PRIMARY KEY (tenant, code)) PARTITION BY LIST (tenant);
    CREATE TABLE regions_1 PARTITION OF regions FOR VALUES IN (1);
    CREATE TABLE orders (tenant int REFERENCES tenants ON UPDATE CASCADE, id bigint, amount int, note text,
      courier int CONSTRAINT carried REFERENCES couriers ON DELETE SET NULL ON UPDATE CASCADE, parent bigint, region text,
      PRIMARY KEY (tenant, id),
      CONSTRAINT of_parent FOREIGN KEY (tenant, parent) REFERENCES orders ON DELETE SET NULL (parent) DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT of_region FOREIGN KEY (tenant, region) REFERENCES regions ON UPDATE CASCADE ON DELETE RESTRICT);
    CREATE INDEX orders_courier ON orders (courier);
    COMMENT ON CONSTRAINT carried ON orders IS 'who brings it';`;
  await db.sql
    .query(`${zoo} INSERT INTO tenants VALUES (1); INSERT INTO couriers VALUES (1); INSERT INTO regions VALUES (1, 'x');
    INSERT INTO orders SELECT 1, n, n, 'n' || n, 1, nullif(n - 1, 1), 'x' FROM generate_series(2, 60) AS n`);
  const migration = await expectUndoneFromEachPhase(
    db,
    'references',
    splitOf({ ...delivered, columns: ['note', 'courier', 'parent', 'region'] }),
  );
  expect(await leftoversOf(migration)).toEqual([]);
  const { rows } = await db.sql.query(
    `SELECT obj_description(oid, 'pg_constraint') AS says FROM pg_constraint WHERE conname = 'carried'`,
  );
  expect(rows).toEqual([{ says: 'who brings it' }]);
  const ours = await catalogSnapshot(db.sql);
  await db.sql.query(`DROP TABLE orders_meta, orders, couriers, regions, tenants;
    ${zoo}
    CREATE TABLE orders_meta (tenant int, id bigint, note text,
      courier int CONSTRAINT carried REFERENCES couriers ON DELETE SET NULL ON UPDATE CASCADE, parent bigint, region text,
      PRIMARY KEY (tenant, id), FOREIGN KEY (tenant, id) REFERENCES orders ON UPDATE CASCADE ON DELETE CASCADE,
      CONSTRAINT of_parent FOREIGN KEY (tenant, parent) REFERENCES orders ON DELETE SET NULL (parent) DEFERRABLE INITIALLY DEFERRED,
      CONSTRAINT of_region FOREIGN KEY (tenant, region) REFERENCES regions ON UPDATE CASCADE ON DELETE RESTRICT);
    CREATE INDEX orders_meta_courier ON orders_meta (courier);
    COMMENT ON CONSTRAINT carried ON orders_meta IS 'who brings it';
    ALTER TABLE orders DROP COLUMN note, DROP COLUMN courier, DROP COLUMN parent, DROP COLUMN region`);
  expect(ours).toEqual(await catalogSnapshot(db.sql));
});

test('the gates ask for them, and the plan says where they come from', async () => {
  const migration = await stageAt('verified', '');
  const { plan } = migration;
  const fresh = { ...plan, table: builtTable(plan.shape, plan.table) };
  expect(await lostPromises(db.database, fresh)).toEqual([]);
  await db.sql.query('ALTER TABLE orders_meta DROP CONSTRAINT carried');
  expect(await lostPromises(db.database, fresh)).toEqual(['the constraint carried is not there']);
  expect(ownWarnings(plan).filter((each) => each.startsWith('carried comes to orders_meta'))).toHaveLength(1);
});

test('between the calls of the contract nobody is kept from deleting what nothing refers to, and what is referred to stays', async () => {
  const migration = await stageAt('hidden', 'ON DELETE SET NULL');
  const { run } = phaseOf(migration.plan, 'contract');
  expect(run.length).toBeGreaterThan(3);
  for (const [at, unit] of run.entries()) {
    if (unit.kind !== 'brief') throw new Error('a contract of two tables is all brief');
    await db.sql.query(unit.statements.join(';\n'));
    // Orders of the courier at + 2 are at + 1, at + 10 and so on, where they are odd.
    const courier = at + 2;
    await db.sql.query(
      `UPDATE orders_meta SET courier = 1 WHERE id = 1; DELETE FROM couriers WHERE id = ${courier}`,
    );
    expect(await sqlState(db.sql.query(`UPDATE orders_meta SET courier = ${courier} WHERE id = 2`))).toBe(
      '23503',
    );
    const { rows } = await db.sql.query(
      'SELECT count(*)::int AS stale FROM orders_meta WHERE courier IS NOT NULL AND courier NOT IN (SELECT id FROM couriers)',
    );
    expect(rows).toEqual([{ stale: 0 }]);
  }
});

test('a strict key of the old table keeps nobody from deleting what the new one has let go, between the calls of the contract', async () => {
  const migration = await stageAt('hidden', '');
  for (const [at, unit] of phaseOf(migration.plan, 'contract').run.entries()) {
    if (unit.kind !== 'brief') throw new Error('a contract of two tables is all brief');
    await db.sql.query(unit.statements.join(';\n'));
    const courier = at + 2;
    await db.sql.query(`UPDATE orders_meta SET courier = 1 WHERE courier = ${courier}`);
    expect(await sqlState(db.sql.query(`DELETE FROM couriers WHERE id = ${courier}`))).toBe('no error');
    expect(await sqlState(db.sql.query('DELETE FROM couriers WHERE id = 1'))).toBe('23503');
  }
});

test('keys of which a member is in both tables follow it', async () => {
  await db.sql.query(`CREATE TABLE tenants (id int PRIMARY KEY); INSERT INTO tenants VALUES (1), (2);
    CREATE TABLE couriers (tenant int REFERENCES tenants ON UPDATE CASCADE, id int, PRIMARY KEY (tenant, id));
    INSERT INTO couriers SELECT t, n FROM generate_series(1, 2) AS t, generate_series(1, 9) AS n;
    CREATE TABLE orders (tenant int REFERENCES tenants ON UPDATE CASCADE, id bigint, note text, courier int, PRIMARY KEY (tenant, id),
      CONSTRAINT carried FOREIGN KEY (tenant, courier) REFERENCES couriers ON UPDATE CASCADE);
    INSERT INTO orders SELECT n % 2 + 1, n, 'n' || n, n % 9 + 1 FROM generate_series(1, 60) AS n`);
  const migration = await plannedSplit(db, delivered);
  const says = async (expected: readonly string[]): Promise<void> => {
    const { rows } = await db.sql.query<{ line: string }>(
      `SELECT format('%s %s %s %s', tenant, id, note, courier) AS line FROM orders_meta WHERE id < 4 ORDER BY id`,
    );
    expect(rows.map(({ line }) => line)).toEqual(expected);
    expect(await migration.mismatches()).toBe(0);
  };
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill();
  await db.sql.query('UPDATE tenants SET id = id + 10');
  await says(['12 1 n1 2', '11 2 n2 3', '12 3 n3 4']);
  await migration.apply('verify');
  await db.sql.query('UPDATE tenants SET id = id + 10; UPDATE couriers SET id = id + 50 WHERE id = 3');
  await says(['22 1 n1 2', '21 2 n2 53', '22 3 n3 4']);
  expect(await sqlState(db.sql.query('UPDATE orders_meta SET courier = 99 WHERE id = 1'))).toBe('23503');
  await migration.apply('read-switch', 'confidence', 'quarantine', 'contract');
  await db.sql.query('UPDATE tenants SET id = id + 10');
  const { rows } = await db.sql.query('SELECT DISTINCT tenant FROM orders_meta ORDER BY tenant');
  expect(rows).toEqual([{ tenant: 31 }, { tenant: 32 }]);
});

test('the copy waits for nobody who deletes what its rows refer to, and whoever waits for the copy gets on', async () => {
  await db.sql.query(`${deliveries('ON DELETE SET NULL')}
    CREATE FUNCTION slowly() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM pg_sleep(1.2); RETURN NEW; END $$`);
  const migration = await plannedSplit(db, delivered);
  await migration.apply('expand', 'dual-write', 'backfill');
  // The last row of a batch that has locked all of them.
  await db.sql.query(
    `CREATE TRIGGER "~zz" BEFORE INSERT ON orders_meta FOR EACH ROW WHEN (NEW.id = 120) EXECUTE FUNCTION slowly()`,
  );
  const [deleter, other] = [await db.connect(), await db.connect()];
  await deleter.query('BEGIN; SELECT FROM couriers WHERE id = 3 FOR UPDATE');
  const copied = migration.backfill(1);
  await setTimeout(300);
  const deleted = sqlState(other.query('DELETE FROM couriers WHERE id = 2'));
  await copied;
  expect(await deleted).toBe('no error');
  await deleter.query('DELETE FROM couriers WHERE id = 3; COMMIT');
  await bothHold(db, 1, { note: 'n1', courier: null });
  await bothHold(db, 11, { note: 'n11', courier: null });
  expect(await migration.mismatches()).toBe(0);
});

test('a value that is held while nothing is said may refer too, and the plan asks for its row', async () => {
  await db.sql.query(deliveries('') + 'ALTER TABLE orders ALTER COLUMN courier SET DEFAULT 7');
  const migration = await plannedSplit(db, delivered);
  expect(ownWarnings(migration.plan).join('\n')).toContain(
    'while orders_meta has no row, courier of orders refers to couriers by courier 7',
  );
  await migration.apply('expand', 'dual-write', 'backfill');
  await migration.backfill();
  await migration.apply('verify');
  await db.sql.query('INSERT INTO orders (id) VALUES (500); DELETE FROM orders_meta WHERE id = 1');
  const { rows } = await db.sql.query('SELECT id::int, courier FROM orders WHERE id IN (1, 500) ORDER BY id');
  expect(rows).toEqual([
    { id: 1, courier: 7 },
    { id: 500, courier: 7 },
  ]);
  expect(await migration.mismatches()).toBe(0);
});

test('a role that may not refer to the other table is told so by the plan, and the rights that it needs are enough', async () => {
  const role = `split_mover_${process.pid}`;
  await db.sql.query(`CREATE ROLE ${role} LOGIN PASSWORD 'x'; GRANT ALL ON SCHEMA public TO ${role};
    DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO ${role}', current_database()); END $$;
    CREATE SCHEMA others; ${deliveries('ON DELETE SET NULL')} ALTER TABLE couriers SET SCHEMA others; ALTER TABLE orders OWNER TO ${role}`);
  try {
    const declared = splitOf(delivered);
    const planned = (name: string): Promise<MigrationUnderTest> =>
      migrationUnderTest(db.as(role, 'x'), name, declared);
    const refused = `${role}, the role of the migration, may not refer to others.couriers, as the foreign key carried does`;
    expect(await refusalsOf(planned('unreferred-1'))).toContain(refused);
    await db.sql.query(`GRANT REFERENCES (id) ON others.couriers TO ${role}`);
    expect(await refusalsOf(planned('unreferred-2'))).toContain(refused);
    await db.sql.query(`GRANT USAGE ON SCHEMA others TO ${role}`);
    const migration = await planned('referred');
    await migration.apply('expand', 'dual-write', 'backfill');
    await migration.backfill();
    await migration.apply('verify', 'read-switch', 'confidence', 'quarantine', 'contract');
    await db.sql.query('DELETE FROM others.couriers WHERE id = 2');
    const { rows } = await db.sql.query('SELECT courier FROM orders_meta WHERE id = 1');
    expect(rows).toEqual([{ courier: null }]);
  } finally {
    await db.sql.query(`DROP SCHEMA others CASCADE; DROP OWNED BY ${role} CASCADE; DROP ROLE ${role}`);
  }
});
