import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidSpec } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { freshName } from './fresh-name.ts';
import { renameOn } from './renames.ts';

describe.skipIf(!hasMysql())('what a trial on MySQL is refused with', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(`
      CREATE TABLE item (id INT PRIMARY KEY, a INT, b VARCHAR(20), KEY by_b (b, a DESC) COMMENT 'it''s (b)' INVISIBLE,
        UNIQUE KEY one_a (a), KEY by_head (b(3)));
      CREATE TABLE twice (id INT PRIMARY KEY, a INT NOT NULL, KEY first (a), KEY second (a));
      CREATE TABLE page (id INT PRIMARY KEY, body VARCHAR(500), n0 INT, KEY by_n (n0), FULLTEXT KEY words (body))`);
  });
  afterAll(() => db.close());

  type Change = Readonly<Record<string, unknown>> & { readonly kind: string };
  const plan = (change: Change, table = 'item') =>
    migrationUnderTest(db.database, freshName(), { table: `${db.schema}.${table}`, change });
  const refusalOf = async (change: Change, table?: string): Promise<InvalidSpec> => {
    const refused: unknown = await plan(change, table).catch((error: unknown) => error);
    if (!(refused instanceof InvalidSpec)) throw new Error(`${String(refused)} is no refusal of the file`);
    // What only the trial calls so means nothing to a reader.
    expect(refused.message).not.toMatch(/underpin_tried|try_|ALGORITHM/u);
    return refused;
  };

  test.each([
    [{ kind: 'add-index', name: 'i', index: '(b, a DESC)' }, 'change.index', 'by_b (`b`, `a` DESC)'],
    [{ kind: 'add-index', name: 'i', index: '(b(3))' }, 'change.index', 'by_head (`b`(3))'],
    [{ kind: 'add-unique', name: 'i', columns: ['a'] }, 'change.columns', 'one_a (`a`)'],
    [{ kind: 'add-index', name: 'i', index: '(a)', unique: true }, 'change.index', 'one_a (`a`)'],
  ])('an index that is there already is named: %o', async (change, key, twin) => {
    const { problems } = await refusalOf(change);
    expect(problems).toMatchObject([
      { key, fact: `${db.schema}.item has this index already: ${twin}`, remedy: /^Use that one/u },
    ]);
  });

  test.each([
    { kind: 'add-index', name: 'i', index: '(b, a)' },
    { kind: 'add-index', name: 'i', index: '(a)' },
    { kind: 'add-index', name: 'i', index: '(b(4))' },
    { kind: 'add-unique', name: 'i', columns: ['id'] },
  ])('one that is not the same is built: %o', async (change) => {
    const migration = await plan(change);
    await migration.apply('verify');
    expect(await db.definition('item')).toContain('KEY `i` (');
    await migration.undo('verify');
    await migration.ledger.close(migration.claim, 'rolled-back');
  });

  test('indexes that are the same over an old column are carried over to the new one, both of them', async () => {
    await db.sql.query('INSERT INTO twice VALUES (1, 1), (2, 2)');
    const migration = await renameOn(db, 'twice');
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify');
    const definition = await db.definition('twice');
    expect(definition.match(/KEY `\w+` \(`b`\)/gu)).toHaveLength(2);
    await migration.apply('read-switch', 'contract');
    expect(await db.definition('twice')).toMatch(/KEY `\w+` \(`b`\),\n {2}KEY `\w+` \(`b`\)\n/u);
  });

  test.each([
    [{ kind: 'add-column', column: 'n', type: 'integre' }, "near 'integre NULL' at line 1"],
    [{ kind: 'add-index', name: 'i', index: '(nothing)' }, "Key column 'nothing' doesn't exist"],
  ])('MySQL’s words are about the table: %o', async (change, says) => {
    expect((await refusalOf(change)).message).toContain(says);
  });

  test.each([
    { kind: 'add-column', column: 'n', type: 'int' },
    { kind: 'add-column', column: 'n', type: 'int', backfill: 'id', notNull: true },
    { kind: 'rename-column', from: 'n0', to: 'n' },
  ])('what cannot be added is not also said to be missing: %o', async (change) => {
    const { problems } = await refusalOf(change, 'page');
    const facts = problems.map(({ fact }) => fact);
    expect(facts[0]).toContain('cannot add n beside the traffic');
    expect(facts.join()).not.toMatch(/doesn't exist|Unknown column/u);
  });
});
