import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { InvalidSpec, RowRefused } from '../../../../engine/database/errors.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { migrationUnderTest } from '../../migration-under-test.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { freshName } from './fresh-name.ts';

const schema = `
CREATE TABLE brand (id INT PRIMARY KEY, code VARCHAR(20) NOT NULL, UNIQUE KEY code (code));
CREATE TABLE item (
  id INT NOT NULL AUTO_INCREMENT PRIMARY KEY,
  brand INT NULL,
  sku VARCHAR(40) CHARACTER SET latin1 COLLATE latin1_german1_ci NULL DEFAULT 'it''s' COMMENT 'what \\ it is',
  state ENUM('new','sent') NOT NULL,
  note VARCHAR(60) NULL,
  hits INT NOT NULL DEFAULT 0,
  total INT GENERATED ALWAYS AS (hits + 1) VIRTUAL,
  KEY by_note (note(10) DESC, hits) COMMENT 'it''s seldom' INVISIBLE,
  KEY by_total (total),
  KEY half ((hits DIV 2)),
  CONSTRAINT of_brand FOREIGN KEY (brand) REFERENCES brand (id)
);
CREATE TABLE page (id INT PRIMARY KEY, body VARCHAR(500) NOT NULL, FULLTEXT KEY words (body));
INSERT INTO brand VALUES (1, 'a'), (2, 'b');
INSERT INTO item (brand, sku, state, note) VALUES (1, 's1', 'new', 'n'), (NULL, 's2', 'sent', NULL);`;

describe.skipIf(!hasMysql())('changes of a table in its place on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(schema);
  });
  afterAll(() => db.close());

  type Change = Readonly<Record<string, unknown>> & { readonly kind: string };
  const plan = (change: Change, { table = 'item', name = freshName() } = {}) =>
    migrationUnderTest(db.database, name, { table: `${db.schema}.${table}`, change });

  const tableId = (table: string) =>
    db.value(`SELECT table_id FROM information_schema.innodb_tables WHERE name = '${db.schema}/${table}'`);

  const there: readonly (Change & {
    readonly at: string;
    readonly rows: string;
    readonly phase: 'expand' | 'verify';
  })[] = [
    {
      kind: 'add-column',
      column: 'size',
      type: 'int unsigned',
      default: '7',
      notNull: true,
      at: 'INSTANT',
      rows: 'kept',
      phase: 'expand',
    },
    {
      kind: 'add-column',
      column: 'seen',
      type: "enum('a','it''s')",
      at: 'INSTANT',
      rows: 'kept',
      phase: 'expand',
    },
    {
      kind: 'add-column',
      column: 'made',
      type: 'datetime(6)',
      default: 'CURRENT_TIMESTAMP(6)',
      at: 'INSTANT',
      rows: 'kept',
      phase: 'expand',
    },
    { kind: 'set-not-null', column: 'sku', at: 'INPLACE', rows: 'written anew', phase: 'verify' },
    {
      kind: 'add-index',
      name: 'by_state',
      index: '(state, `note`(5) DESC)',
      at: 'INPLACE',
      rows: 'kept',
      phase: 'verify',
    },
    { kind: 'drop-index', name: 'by_note', at: 'INPLACE', rows: 'kept', phase: 'verify' },
    {
      kind: 'change-type',
      column: 'note',
      type: 'varchar(63)',
      at: 'INPLACE',
      rows: 'kept',
      phase: 'expand',
    },
    {
      kind: 'change-type',
      column: 'state',
      type: "enum('new','sent','lost')",
      at: 'INSTANT',
      rows: 'kept',
      phase: 'expand',
    },
  ];

  // An index that was built again is the last one.
  const linesOf = (definition: string) => definition.replaceAll(/,$/gmu, '').split('\n').toSorted();

  test.each(there)(
    '$kind $column$name is done by $at, with rows $rows, as its plan says, and undone',
    async ({ at, rows, phase, ...change }) => {
      const [before, id] = [await db.definition('item'), await tableId('item')];
      const migration = await plan(change);
      expect(migration.plan.warnings.filter((warning) => warning.includes('ALGORITHM = '))[0]).toContain(
        `ALGORITHM = ${at}`,
      );
      await migration.apply(phase);
      // Once more changes nothing.
      await migration.apply(phase);
      expect(await db.definition('item')).not.toBe(before);
      expect((await tableId('item')) === id).toBe(rows === 'kept');
      await migration.undo(phase);
      // A shorter VARCHAR and an ENUM with fewer members would be written anew, so the undo leaves the wider ones.
      if (change.kind !== 'change-type')
        expect(linesOf(await db.definition('item'))).toEqual(linesOf(before));
      else expect(migration.plan.warnings.join()).toContain('a rollback leaves');
      await migration.ledger.close(migration.claim, 'rolled-back');
    },
  );

  test.each(['add-column', 'set-not-null', 'add-index', 'drop-index', 'change-type'])(
    'the SQL of %s is as it was reviewed',
    async (kind) => {
      const change = there.find((each) => each.kind === kind);
      const { at: _, rows: __, phase: ___, ...declared } = change ?? { kind };
      await db.sql.query(
        "DROP TABLE IF EXISTS reviewed; CREATE TABLE reviewed LIKE item; ALTER TABLE reviewed MODIFY note VARCHAR(60), MODIFY state ENUM('new','sent') NOT NULL",
      );
      const migration = await plan(declared, { table: 'reviewed', name: kind });
      asReviewed(migration.plan, db.schema);
    },
  );

  test.each([
    [
      { kind: 'change-type', column: 'hits', type: 'bigint' },
      /does not make hits bigint beside the traffic .*INPLACE: Cannot change column type INPLACE/,
    ],
    [{ kind: 'change-type', column: 'note', type: 'varchar(64)' }, /Cannot change column type INPLACE/],
    [{ kind: 'change-type', column: 'state', type: "enum('new')" }, /Cannot change column type INPLACE/],
    [
      { kind: 'rename-column', from: 'hits', to: 'seen', by: 'alias' },
      /change\.by: MySQL: not supported yet: rename-column with `by`/,
    ],
    [
      { kind: 'rename-column', from: 'hits', to: 'seen', dualWrite: 'application' },
      /change\.dualWrite: MySQL: not supported yet: rename-column with `dualWrite`/,
    ],
    [{ kind: 'change-type', column: 'hits', type: 'int' }, /is of type int already/],
    [
      { kind: 'change-type', column: 'hits', type: 'bigint', up: 'hits', down: 'hits' },
      /change\.up: MySQL: not supported yet: change-type with `up`/,
    ],
    [{ kind: 'add-column', column: 'HITS', type: 'int' }, /Duplicate column name/],
    [{ kind: 'add-column', column: 'x', type: 'integre' }, /right syntax/],
    [
      { kind: 'add-column', column: 'x', type: 'int', default: "'y'" },
      /the database refuses this default: Invalid default value for 'x'/,
    ],
    [
      { kind: 'add-column', column: 'x', type: 'int', default: '(rand())' },
      /is not a constant or CURRENT_TIMESTAMP/,
    ],
    [{ kind: 'add-index', name: 'i', index: '(nothing)' }, /Key column 'nothing' doesn't exist/],
    [{ kind: 'add-index', name: 'by_total', index: '(hits)' }, /is called "by_total" already/],
    [{ kind: 'add-index', name: 'i', index: '(lower(note))' }, /is not a list of columns in parentheses/],
    [{ kind: 'drop-index', name: 'of_brand' }, /foreign keys of of_brand need it/],
    [{ kind: 'drop-index', name: 'PRIMARY' }, /stands behind the constraint/],
    [{ kind: 'drop-index', name: 'half' }, /a rollback could not build half again beside the traffic/],
    [{ kind: 'set-not-null', column: 'note' }, /1 row breaks it/],
  ] as const)('%o is refused before anything is touched', async (change, why) => {
    const before = await db.definition('item');
    const refused = plan(change);
    await expect(refused).rejects.toThrow(InvalidSpec);
    await expect(refused).rejects.toThrow(why);
    expect(await db.definition('item')).toBe(before);
    expect(
      await db.value(
        // Other tests try their own tables in the same place.
        `SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = 'underpin'
           AND table_name = CONCAT('try_', LEFT(SHA2('${db.schema}.item', 256), 40))`,
      ),
    ).toBe(0);
  });

  test('a table with a FULLTEXT index is never copied under a lock: the reason is MySQL’s', async () => {
    const change = { kind: 'add-column', column: 'x', type: 'int' };
    await expect(plan(change, { table: 'page' })).rejects.toThrow(
      /cannot add x beside the traffic .*FULLTEXT/,
    );
    // It could be dropped, and not be built again.
    await expect(plan({ kind: 'drop-index', name: 'words' }, { table: 'page' })).rejects.toThrow(
      /could not build words again beside the traffic/,
    );
  });

  test('a NULL that is written after the plan makes NOT NULL fail, and nothing has changed', async () => {
    await db.sql.query('CREATE TABLE late (id INT PRIMARY KEY, c INT NULL); INSERT INTO late VALUES (1, 0)');
    const migration = await plan({ kind: 'set-not-null', column: 'c' }, { table: 'late' });
    await db.sql.query('INSERT INTO late VALUES (2, NULL)');
    const before = await db.definition('late');
    await expect(migration.apply('verify')).rejects.toThrow(RowRefused);
    expect(await db.definition('late')).toBe(before);
    await db.sql.query('UPDATE late SET c = 3 WHERE id = 2');
    await migration.apply('verify');
    await expect(db.sql.query('INSERT INTO late VALUES (3, NULL)')).rejects.toThrow();
  });

  test('where a table has used up its INSTANT changes, the plan says so and how it is done instead', async () => {
    await db.sql.query('CREATE TABLE worn (id INT PRIMARY KEY, c0 INT)');
    for (let n = 0; ; n += 1) {
      const used = await db.sql
        .query(`ALTER TABLE worn ${n % 2 === 0 ? 'ADD COLUMN z INT' : 'DROP COLUMN z'}, ALGORITHM = INSTANT`)
        .then(
          () => true,
          (error: unknown) => {
            expect(error).toMatchObject({ errno: 4092 });
            return false;
          },
        );
      if (!used) break;
    }
    const id = await tableId('worn');
    const migration = await plan({ kind: 'add-column', column: 'more', type: 'int' }, { table: 'worn' });
    expect(migration.plan.warnings.join()).toMatch(
      /add more: ALGORITHM = INPLACE, LOCK = NONE; it rewrites the table.*INSTANT: Maximum row versions/s,
    );
    await migration.apply('expand');
    expect(await tableId('worn')).not.toBe(id);
    await migration.undo('expand');
    expect(await db.definition('worn')).not.toContain('more');
  });
});
