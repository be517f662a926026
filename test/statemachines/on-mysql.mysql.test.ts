import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import * as z from 'zod';
import { installLedger } from '../../engine/ledger/install.ts';
import { Ledger } from '../../engine/ledger/ledger.ts';
import { freshName } from '../engine/dialects/mysql/fresh-name.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { hasMysql } from '../fresh-mysql-database.ts';
import { stubHandlerEnvironment, targetOf } from '../lambdas/handler-environment.ts';
import { functionFails, type Behaviour } from '../rehearsal/cloud/step-functions/stage.ts';
import { play, type Played } from './played-migration.ts';

// There is no CloudWatch here: alarms are silent, but for the one that a test raises.
vi.mock('../../lambdas/runtime/guardrails.ts', () => ({
  guardrails: () => ({ ask: () => Promise.resolve() }),
}));

// Nor an AppConfig: no flag was ever made.
vi.mock('../../lambdas/runtime/read-flag.ts', () => ({
  readFlag: () => ({ shareIfThere: () => Promise.resolve(null) }),
}));

const handlers = {
  PlanMigration: () => import('../../lambdas/plan-migration.ts'),
  ApplyPhase: () => import('../../lambdas/apply-phase.ts'),
  UndoPhase: () => import('../../lambdas/undo-phase.ts'),
  FenceWorkers: () => import('../../lambdas/fence-workers.ts'),
  AuditMigration: () => import('../../lambdas/audit-migration.ts'),
  CloseMigration: () => import('../../lambdas/close-migration.ts'),
  CutShards: () => import('../../lambdas/cut-shards.ts'),
  BackfillShard: () => import('../../lambdas/backfill-shard.ts'),
  VerifyShard: () => import('../../lambdas/verify-shard.ts'),
  JudgeVerification: () => import('../../lambdas/judge-verification.ts'),
};

describe.skipIf(!hasMysql())('the state machine with its handlers on MySQL', () => {
  let db: MysqlUnderTest;
  let folder: string;
  beforeAll(async () => {
    db = await mysqlUnderTest(
      'CREATE TABLE people (id INT PRIMARY KEY, mail VARCHAR(90) NOT NULL, name VARCHAR(9) NOT NULL)',
    );
    folder = mkdtempSync(join(tmpdir(), 'underpin-migrations-'));
    // A second of the machine's is ten milliseconds: what is done once is done before it starts.
    await installLedger(db.database);
    await Promise.all(Object.values(handlers).map((load) => load()));
    stubHandlerEnvironment(db, {
      UNDERPIN_TARGETS: JSON.stringify([targetOf(db, { name: 'shop', engine: 'mysql' })]),
      UNDERPIN_MIGRATIONS: folder,
      UNDERPIN_CHECKLIST: 'shown',
    });
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    rmSync(folder, { recursive: true });
    await db.close();
  });

  const declare = (migration: string, change: string): void =>
    writeFileSync(
      join(folder, `0001-${migration}.yaml`),
      `goal: A test\ntable: ${db.schema}.people\nchange: ${change}\n`,
    );

  /** A handler as Lambda runs it: what it raises is told by its name. */
  const working =
    (
      name: keyof typeof handlers,
      then: (error?: unknown) => void = () => {},
      remainingMs = () => 900_000,
    ): Behaviour =>
    async (payload) => {
      const { handler } = await handlers[name]();
      try {
        const answer: unknown = await handler(payload, { getRemainingTimeInMillis: remainingMs });
        then();
        return answer;
      } catch (error) {
        return error instanceof Error
          ? functionFails(error.name, error.message)
          : functionFails('Error', String(error));
      }
    };

  const run = (migration: string, changed: Readonly<Record<string, Behaviour>> = {}): Promise<Played> =>
    play({
      migration,
      working: {
        PlanMigration: working('PlanMigration'),
        ApplyPhase: working('ApplyPhase'),
        UndoPhase: working('UndoPhase'),
        FenceWorkers: working('FenceWorkers'),
        AuditMigration: working('AuditMigration'),
        CloseMigration: working('CloseMigration'),
        ...changed,
      },
    });

  const isNullable = (column: string) =>
    db.value(`SELECT is_nullable FROM information_schema.columns
              WHERE table_schema = DATABASE() AND table_name = 'people' AND column_name = '${column}'`);

  test('completes a migration, and its audit finds what was planned', async () => {
    const migration = freshName();
    declare(migration, '{ kind: drop-not-null, column: mail }');
    const played = await run(migration);
    expect(played).toMatchObject({ status: 'SUCCEEDED' });
    expect(played.invoked).toEqual(
      expect.arrayContaining(['PlanMigration', 'ApplyPhase expand', 'AuditMigration', 'CloseMigration']),
    );
    expect(await isNullable('mail')).toBe('YES');
    const ledger = new Ledger(db.database);
    expect(await ledger.find(migration)).toMatchObject({ status: 'completed', phase: 'done' });
    expect((await ledger.journal.lastAudit(migration))?.detail).toMatchObject({ open: [] });
  });

  test('rolls it back when an alarm goes on after its only phase, and the table is as it was', async () => {
    const migration = freshName();
    declare(migration, '{ kind: drop-not-null, column: name }');
    const before = await db.definition('people');
    const alarmed = working('ApplyPhase', () => functionFails('GuardrailBreached', 'an alarm is on'));
    const played = await run(migration, { ApplyPhase: alarmed });
    expect(played.invoked).toEqual(expect.arrayContaining(['FenceWorkers', 'UndoPhase expand']));
    expect(await db.definition('people')).toBe(before);
    expect(await new Ledger(db.database).find(migration)).toMatchObject({ status: 'rolled-back' });
  });

  test.each([
    '{ kind: add-column, column: size, type: int, default: 7, notNull: true }',
    '{ kind: add-index, name: by_name, index: (name) }',
    '{ kind: change-type, column: name, type: varchar(12) }',
  ])('%s completes, and its audit finds what was planned', async (change) => {
    const migration = freshName();
    declare(migration, change);
    const before = await db.definition('people');
    expect(await run(migration)).toMatchObject({ status: 'SUCCEEDED' });
    expect(await db.definition('people')).not.toBe(before);
    const ledger = new Ledger(db.database);
    expect(await ledger.find(migration)).toMatchObject({ status: 'completed' });
    expect((await ledger.journal.lastAudit(migration))?.detail).toMatchObject({ open: [] });
  });

  test('rename-column goes through all its phases and walks, and leaves what was planned', async () => {
    await db.sql
      .query(`CREATE TABLE customers (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(90) NOT NULL, KEY by_email (email));
      INSERT INTO customers (email) VALUES ('a@b.c'), ('d@e.f')`);
    const migration = freshName();
    const file = join(folder, `0001-${migration}.yaml`);
    writeFileSync(
      file,
      `goal: A test\ntable: ${db.schema}.customers\nchange: { kind: rename-column, from: email, to: mail }\n` +
        'gates: []\nreads: { ramp: [100], bake: 1s, reported: false }\nconfidence: { window: 2s }\ncontract: { statements: unmeasured, quarantine: 1s, quiet: 1s }\n',
    );
    const played = await run(migration, {
      CutShards: working('CutShards'),
      BackfillShard: working('BackfillShard'),
      VerifyShard: working('VerifyShard'),
      JudgeVerification: working('JudgeVerification'),
    });
    expect(played).toMatchObject({ status: 'SUCCEEDED' });
    expect(await db.definition('customers')).not.toContain('`email`');
    expect(await db.definition('customers')).toContain('KEY `by_mail` (`mail`)');
    expect(await db.value('SELECT GROUP_CONCAT(mail ORDER BY id) FROM customers')).toBe('a@b.c,d@e.f');
    const ledger = new Ledger(db.database);
    expect(await ledger.find(migration)).toMatchObject({ status: 'completed' });
    expect((await ledger.journal.lastAudit(migration))?.detail).toMatchObject({ open: [] });
  });

  test('a statement that outlasts a function is waited for before the migration goes on', async () => {
    const asked = z.looseObject({ sql: z.string().default('') });
    const migration = freshName();
    declare(migration, '{ kind: drop-not-null, column: name }');
    let started = 0;
    // To whoever has sent it, one that runs on looks so: the service answers that its time is up.
    const end = db.api.faults.when(({ body }) =>
      asked.parse(body).sql.includes('MODIFY COLUMN') && (started += 1) === 1
        ? {
            when: 'before',
            error: { status: 400, name: 'StatementTimeoutException', message: 'Request timed out' },
          }
        : undefined,
    );
    const applied = working('ApplyPhase', undefined, () => (started === 0 ? 900_000 : 0));
    const played = await run(migration, { ApplyPhase: applied });
    end();
    expect(played).toMatchObject({ status: 'SUCCEEDED' });
    expect(played.invoked.filter((name) => name === 'ApplyPhase expand')).toHaveLength(2);
    expect(await isNullable('name')).toBe('YES');
    expect((await new Ledger(db.database).journal.lastAudit(migration))?.detail).toMatchObject({ open: [] });
  });
});
