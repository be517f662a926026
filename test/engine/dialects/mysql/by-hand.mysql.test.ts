import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { mysql } from '../../../../engine/dialects/mysql/index.ts';
import { installLedger } from '../../../../engine/ledger/install.ts';
import { Ledger } from '../../../../engine/ledger/ledger.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { planOfNothing } from './plan-of-nothing.ts';

describe.skipIf(!hasMysql())('a rollback by hand on MySQL', () => {
  let db: MysqlUnderTest;
  let ledger: Ledger;
  beforeAll(async () => {
    db = await mysqlUnderTest('CREATE TABLE t (id int PRIMARY KEY)');
    await installLedger(db.database);
    ledger = new Ledger(db.database);
  });
  afterAll(() => db.close());

  const startOf = (migration: string) =>
    ledger.claim({
      migration,
      seen: 0,
      execution: 'arn:e',
      declaration: '',
      plan: planOfNothing(migration, { schema: db.schema, name: migration.slice(0, 60) }),
      settings: { goal: 'try' },
    });

  const byHand = (migration: string, epoch: number) =>
    mysql.byHand.rollback({ migration, epoch, lockTimeoutMs: 1000 }, [
      {
        phase: 'expand',
        undo: [
          {
            kind: 'brief',
            does: 'take a away',
            lock: 'none',
            statements: [`ALTER TABLE \`${db.schema}\`.t DROP COLUMN a`],
          },
        ],
      },
    ]);

  /** How many rows the last statement of the first step gives. */
  const fenced = async (migration: string, epoch: number): Promise<number> => {
    const session = await db.connect();
    let rows: unknown = [];
    for (const statement of byHand(migration, epoch)[0]?.statements ?? [])
      [rows] = await session.query(statement);
    return Array.isArray(rows) ? rows.length : -1;
  };

  test('it fences, undoes and closes', async () => {
    const migration = freshName();
    const { epoch } = await startOf(migration);
    const adding = [`ALTER TABLE \`${db.schema}\`.t ADD COLUMN a int`];
    const place = { migration, epoch, phase: 'expand', direction: 'run', unit: 0 } as const;
    await db.sql.query(mysql.ledger.brief(place, { statements: adding }, 1000).text);
    expect(await db.definition('t')).toContain('`a`');
    expect(await fenced(migration, epoch)).toBe(1);
    for (const { statements } of byHand(migration, epoch).slice(1))
      for (const statement of statements) await db.sql.query(statement);
    expect(await db.definition('t')).not.toContain('`a`');
    expect(await ledger.find(migration)).toMatchObject({ status: 'rolled-back', epoch: epoch + 1 });
  });

  test('no row comes where the epoch has moved, whatever was answered before or to others of a like name', async () => {
    const name = `${freshName()}-with-a-name-that-goes-on-and-on`;
    const [first, second] = [`${name}-1`, `${name}-2`];
    const { epoch } = await startOf(first);
    expect(await fenced(first, epoch)).toBe(1);
    expect(await fenced(first, epoch)).toBe(0);
    expect(await fenced(second, epoch)).toBe(0);
  });
});
