import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { auditLeftovers, countedRows, type Audit } from '../../engine/audit/audit.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest } from './migration-under-test.ts';

const since = '2026-12-01T06:00:00Z';
let db: DatabaseUnderTest;
let migration: MigrationUnderTest;
const run = (text: string): Promise<unknown> => db.sql.query(text);
const found = ({ open }: Audit): readonly string[] => open.map(({ what }) => what);

async function audit(
  outcome: 'completed' | 'rolled-back',
  readShare: number | null = null,
  stubbornRows = 0,
): Promise<Audit> {
  const applied = await migration.ledger.applied('m');
  const { plan } = migration;
  return auditLeftovers(db.database, { plan, outcome, applied, readShare, stubbornRows, since });
}

beforeAll(async () => {
  db = await databaseUnderTest();
  await run(`DO $$ BEGIN CREATE ROLE audit_reader; EXCEPTION WHEN duplicate_object THEN NULL; END $$`);
});
afterAll(async () => {
  await run('DROP TABLE IF EXISTS t; DROP OWNED BY audit_reader; DROP ROLE audit_reader');
  await db.close();
});
beforeEach(async () => {
  await run(`DROP SCHEMA IF EXISTS underpin CASCADE;
    DROP TABLE IF EXISTS t;
    CREATE TABLE public.t (id bigint PRIMARY KEY, "e mail" text NOT NULL DEFAULT 'none' UNIQUE CHECK ("e mail" <> ''));
    CREATE INDEX by_mail ON t (lower("e mail"));
    COMMENT ON COLUMN t."e mail" IS 'how to reach''em';
    GRANT SELECT ("e mail"), UPDATE ("e mail") ON t TO audit_reader;
    INSERT INTO t SELECT n, 'a' || n FROM generate_series(1, 50) AS n`);
  migration = await migrationUnderTest(db.database, 'm', {
    table: 'public.t',
    change: { kind: 'rename-column', from: 'e mail', to: 'address' },
  });
});

describe('after it is completed', () => {
  beforeEach(async () => {
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
  });

  test('the new column has all that the old one had, and nothing is open', async () => {
    const { open, passed } = await audit('completed');
    expect(open).toEqual([]);
    expect(passed).toEqual([
      expect.stringMatching(/^the table belongs to \w+$/u),
      'address is NOT NULL',
      'address has its default',
      'address has its comment',
      'address has its 2 grants',
      '2 indexes of address are there',
      '2 constraints of address are there',
      'no statistics object of address was planned',
      'no replica identity had to move',
      'the old shape is gone',
      'no trigger or function of ours is left',
      'every index is valid',
      'no statement of it runs on',
      'no row is stubborn',
      'the read flag is gone',
    ]);
    expect(await countedRows(db.database, migration.plan)).toBe('50 rows, 0 of them NULL in address');
  });

  test('what was lost is found, each with the statement that fixes it, and the age is that of the end', async () => {
    const { sql } = db;
    await run(`ALTER TABLE t ALTER COLUMN address DROP NOT NULL, ALTER COLUMN address DROP DEFAULT;
      COMMENT ON COLUMN t.address IS NULL;
      REVOKE UPDATE (address) ON t FROM audit_reader`);
    const before = await audit('completed');
    expect(found(before)).toEqual([
      'address may be NULL',
      'address has lost its default',
      "the comment of address is not the old column's",
      'audit_reader has lost UPDATE on address',
    ]);
    for (const { remedy, since: age } of before.open) {
      expect(age).toBe(since);
      const [, statement] = /^(?:Run: |If nobody changed it, run: )(.*)$/u.exec(remedy) ?? [];
      if (statement !== undefined) await sql.query(statement);
    }
    expect(found(await audit('completed'))).toEqual(['address has lost its default']);
  });

  test('lost and broken indexes and constraints are found by name', async () => {
    const indexes = migration.plan.expects?.indexes.map(({ name }) => name) ?? [];
    expect(indexes).toContain('by_mail_address');
    await run(`DROP INDEX by_mail_address; ALTER TABLE t DROP CONSTRAINT "t_address_check"`);
    expect(found(await audit('completed'))).toEqual([
      'the index by_mail_address is not there',
      'the constraint t_address_check is not there',
    ]);
  });

  test('an index of the same name that is another one is found', async () => {
    await run('DROP INDEX by_mail_address; CREATE INDEX by_mail_address ON t (upper(address))');
    expect(found(await audit('completed'))).toEqual([
      'the index by_mail_address is another one than planned: USING btree (upper(address))',
    ]);
  });

  test('what was left is named: an INVALID index, a stray trigger and its function, a column, a flag', async () => {
    await run(`INSERT INTO t (id, address) VALUES (1000, 'x'), (1001, 'y');
      CREATE FUNCTION underpin.m_dual_write() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
      CREATE TRIGGER "~underpin_x" BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION underpin.m_dual_write();
      ALTER TABLE t ADD COLUMN "underpin_quarantined_e mail" text`);
    await expect(run('CREATE UNIQUE INDEX CONCURRENTLY broken ON t ((id / id))')).rejects.toThrow(
      'could not create',
    );
    const { open } = await audit('completed', 100, 3);
    expect(open.map(({ what }) => what)).toEqual([
      'the column underpin_quarantined_e mail is there',
      'the trigger ~underpin_x is on the table',
      'the function underpin.m_dual_write() is there',
      'the index broken is INVALID: writes keep it up, and no query uses it',
      '3 rows refused the change',
      'the read flag m is still there',
    ]);
    const trigger = open.find(({ what }) => what.includes('trigger'));
    await run(trigger?.remedy.replace('Run: ', '') ?? '');
    expect(found(await audit('completed'))).not.toContain(trigger?.what);
    expect(found(await audit('completed', 50))).toContain(
      'the read flag m says 50 %, but the old shape is gone',
    );
  });
});

describe('after a rollback', () => {
  test('what stands for the next start is named as a debt, and a read on the new shape as a fault', async () => {
    await migration.apply('expand', 'dual-write');
    expect(found(await audit('rolled-back', 0))).toEqual([
      'the column address and its dual write stand, for the next start',
    ]);
    expect(found(await audit('rolled-back', 5))).toContain(
      'the read flag m sends 5 % of the reads to the new shape',
    );
    await run('DROP TRIGGER "~underpin_m_2_new" ON t');
    expect(found(await audit('rolled-back'))).toEqual([
      'the dual write of address is gone, but the ledger has it',
    ]);
  });

  test('with the new shape removed nothing is open, until somebody leaves something', async () => {
    await migration.apply('expand', 'dual-write');
    await migration.undo('dual-write', 'backfill', 'expand');
    expect(await audit('rolled-back', null)).toEqual({
      open: [],
      passed: [
        'the old shape is whole',
        'nothing of the new shape is left',
        'every index is valid',
        'no statement of it runs on',
        'no row is stubborn',
        'no read goes to the new shape',
      ],
    });
    await run('ALTER TABLE t RENAME COLUMN "e mail" TO address');
    expect(found(await audit('rolled-back'))).toEqual([
      'the column e mail is not there',
      'the column address is there',
    ]);
  });
});
