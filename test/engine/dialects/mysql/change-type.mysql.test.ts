import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';
import { asReviewed } from './as-reviewed.ts';
import { rowsOf } from './renames.ts';
import { retypeOn } from './retypes.ts';

const cents = { type: 'decimal(14,2)', up: 'a / 100', down: 'ROUND(b * 100)' };

describe.skipIf(!hasMysql())('change-type with a second column on MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest();
  });
  afterAll(() => db.close());

  const rows = (sql: string) => rowsOf(db, sql);
  const lax = async () => {
    const connection = await db.connect();
    await connection.query("SET SESSION sql_mode = ''");
    return connection;
  };

  test('its SQL is as it was reviewed', async () => {
    await db.sql.query(`CREATE TABLE orders (
      id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY,
      amount INT NOT NULL DEFAULT 0 COMMENT 'cents',
      KEY by_amount (amount))`);
    const change = {
      ...cents,
      column: 'amount',
      to: 'euros',
      up: 'amount / 100',
      down: 'ROUND(euros * 100)',
    };
    const { plan } = await retypeOn(db, 'orders', change, 'change-type-beside');
    asReviewed(plan, db.schema);
  });

  test('each side follows the other, from the first write to the contract and back', async () => {
    await db.sql.query(
      'CREATE TABLE paid (id INT PRIMARY KEY, a INT NOT NULL DEFAULT 150, n INT, KEY by_a (a))',
    );
    await db.sql.query('INSERT INTO paid (id, a) VALUES (1, 100), (2, 250), (3, -1)');
    const migration = await retypeOn(db, 'paid', cents);
    await migration.apply('expand', 'dual-write');
    await db.sql.query('INSERT INTO paid (id, a) VALUES (4, 99)');
    await db.sql.query("INSERT INTO paid (id, b) VALUES (5, '1.50')");
    await db.sql.query('INSERT INTO paid (id) VALUES (6)');
    await db.sql.query('UPDATE paid SET n = 1 WHERE id = 1');
    await migration.backfill(2);
    expect(await migration.mismatches()).toBe(0);
    const filled = [
      [100, '1.00'],
      [250, '2.50'],
      [-1, '-0.01'],
      [99, '0.99'],
      [150, '1.50'],
      [150, '1.50'],
    ];
    expect(await rows('SELECT a, b FROM paid ORDER BY id')).toEqual(filled);
    await migration.apply('verify', 'read-switch');
    // The new side wins, and gives the old one.
    await db.sql.query("UPDATE paid SET a = 7, b = '3.21' WHERE id = 1");
    expect(await rows('SELECT a, b FROM paid WHERE id = 1')).toEqual([[321, '3.21']]);
    await migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand');
    expect(await db.definition('paid')).not.toContain('`b`');
    expect(
      await db.value(`SELECT COUNT(*) FROM information_schema.routines
        WHERE routine_schema = 'underpin' AND routine_comment = 'underpin ${migration.claim.migration}'`),
    ).toBe(0);
    await migration.apply('expand', 'dual-write');
    await migration.backfill(2);
    await migration.apply('verify', 'read-switch', 'contract');
    expect(await rows('SELECT b FROM paid ORDER BY id')).toEqual([
      ['3.21'],
      ['2.50'],
      ['-0.01'],
      ['0.99'],
      ['1.50'],
      ['1.50'],
    ]);
    const definition = await db.definition('paid');
    expect(definition).toContain("`b` decimal(14,2) NOT NULL DEFAULT '1.50'");
    expect(definition).toContain('(`b`)');
    expect(await rows("SHOW TRIGGERS LIKE 'paid'")).toEqual([]);
    expect(
      await db.value(`SELECT COUNT(*) FROM information_schema.routines
        WHERE routine_schema = 'underpin' AND routine_comment = 'underpin ${migration.claim.migration}'`),
    ).toBe(0);
    await migration.ledger.close(migration.claim, 'completed');
  });

  test.each([
    ['text', "'it''s é'", 'a', 'b', "it's é"],
    ['tinytext', "'x'", 'a', 'b', 'x'],
    ['mediumtext', "'a\\\\b'", 'a', 'b', 'a\\b'],
    ['longtext CHARACTER SET latin1', "''", 'a', 'b', ''],
    ['blob', "'é'", 'a', 'b', '\u00e9'],
    ['tinyblob', "'x'", 'a', 'b', 'x'],
    ['json', `'{"k":1,"a":2}'`, 'CAST(a AS JSON)', 'CAST(b AS CHAR)', '{"a": 2, "k": 1}'],
  ])(
    'a default is carried over to %s, which takes no literal',
    async (type, otherwise, up, down, becomes) => {
      await db.sql.query(`DROP TABLE IF EXISTS told; CREATE TABLE told (id INT PRIMARY KEY,
      a VARCHAR(40) CHARACTER SET latin1 NOT NULL DEFAULT ${otherwise}); INSERT INTO told (id) VALUES (1)`);
      const migration = await retypeOn(db, 'told', { type, up, down });
      await migration.apply('expand', 'dual-write');
      await db.sql.query('INSERT INTO told (id) VALUES (2)');
      // Who leaves the new column out has not written it.
      await db.sql.query(`INSERT INTO told (id, a) VALUES (3, ${otherwise})`);
      await migration.backfill(2);
      expect(await migration.mismatches()).toBe(0);
      await migration.apply('verify', 'read-switch');
      await db.sql.query('INSERT INTO told (id) VALUES (4)');
      expect(await migration.mismatches()).toBe(0);
      await migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand');
      expect(await rows('SELECT id, a FROM told ORDER BY id')).toEqual(
        await rows(`SELECT id, ${otherwise} FROM told ORDER BY id`),
      );
      await migration.apply('expand', 'dual-write');
      await migration.backfill(2);
      await migration.apply('verify', 'read-switch', 'contract');
      await db.sql.query('INSERT INTO told (id) VALUES (5)');
      const read = type.includes('blob') ? 'CONVERT(b USING latin1)' : 'CAST(b AS CHAR)';
      expect(await rows(`SELECT DISTINCT ${read} FROM told`)).toEqual([[becomes]]);
      await migration.ledger.close(migration.claim, 'completed');
    },
  );

  test('a default that is no JSON is asked of the author, and the one that they write is an expression', async () => {
    await db.sql.query(
      "CREATE TABLE asked (id INT PRIMARY KEY, a VARCHAR(9) DEFAULT 'x'); INSERT INTO asked VALUES (1, '[]')",
    );
    const change = { type: 'json', up: 'CAST(a AS JSON)', down: 'CAST(b AS CHAR)' };
    for (const up of ['a', change.up])
      await expect(retypeOn(db, 'asked', { ...change, up })).rejects.toThrow(/`default: …` under change/);
    for (const [type, otherwise, says] of [
      [
        'json',
        "'x'",
        /change\.default: the database refuses this default: it is no JSON\. Write a default that json/,
      ],
      ['text CHARACTER SET latin1', "'☃'", /change\.default: .*has characters that latin1 lacks/],
      ['tinyblob', `'${'x'.repeat(256)}'`, /change\.default: .*it is longer than a tinyblob may be/],
    ] as const)
      await expect(retypeOn(db, 'asked', { ...change, type, default: otherwise })).rejects.toThrow(says);
    const migration = await retypeOn(db, 'asked', { ...change, default: "'{}'" });
    await migration.apply('expand', 'dual-write');
    expect(await db.definition('asked')).toContain('DEFAULT (cast(_utf8mb4');
    await migration.undo('dual-write', 'expand');
  });

  // Old values, and what becomes of them; undefined is refused.
  const conversions: readonly {
    readonly from: string;
    readonly type: string;
    readonly up: string;
    readonly down: string;
    readonly values: readonly (readonly [old: string | null, next: string | null | undefined])[];
  }[] = [
    {
      from: 'VARCHAR(20) NULL',
      type: 'int unsigned',
      up: 'CAST(a AS SIGNED)',
      down: 'CAST(b AS CHAR)',
      values: [
        ['7', '7'],
        ['abc', undefined],
        ['12abc', undefined],
        ['', undefined],
        ['-1', undefined],
        ['99999999999', undefined],
        [null, null],
      ],
    },
    {
      from: 'VARCHAR(20) NULL',
      type: 'int',
      up: 'a',
      down: 'b',
      values: [
        ['42', '42'],
        ['4x', undefined],
        ['x', undefined],
        [' 5', '5'],
      ],
    },
    {
      from: 'VARCHAR(20) CHARACTER SET utf8mb4 NULL',
      type: 'varchar(4)',
      up: 'a',
      down: 'b',
      values: [
        ['abcd', 'abcd'],
        ['abcde', undefined],
        ['Üöäß', 'Üöäß'],
      ],
    },
    {
      from: 'VARCHAR(20) CHARACTER SET utf8mb4 NULL',
      type: 'varchar(20) CHARACTER SET latin1',
      up: 'a',
      down: 'b',
      values: [
        ['é', 'é'],
        ['€', '€'],
        ['日本', undefined],
        ['😀', undefined],
      ],
    },
    {
      from: 'VARCHAR(20) NULL',
      type: "enum('new','sent')",
      up: 'a',
      down: 'b',
      values: [
        ['new', 'new'],
        ['lost', undefined],
        ['', undefined],
      ],
    },
    {
      from: "ENUM('new','sent') NULL",
      type: 'tinyint',
      up: "FIELD(a, 'new', 'sent')",
      down: "CASE b WHEN 1 THEN 'new' WHEN 2 THEN 'sent' END",
      values: [
        ['new', '1'],
        ['sent', '2'],
      ],
    },
    {
      from: 'VARCHAR(20) NULL',
      type: 'date',
      up: "STR_TO_DATE(a, '%d.%m.%Y')",
      down: "CONCAT(LPAD(DAY(b), 2, '0'), '.', LPAD(MONTH(b), 2, '0'), '.', YEAR(b))",
      values: [
        ['29.02.2020', '2020-02-29'],
        ['30.02.2020', undefined],
        ['2020', undefined],
        [null, null],
      ],
    },
    {
      from: 'INT NULL',
      type: 'decimal(4,2)',
      up: '100 / a',
      down: 'ROUND(100 / b)',
      values: [
        ['4', '25.00'],
        ['1', undefined],
        ['0', undefined],
      ],
    },
    {
      from: 'BIGINT UNSIGNED NULL',
      type: 'int unsigned',
      up: 'a',
      down: 'b',
      values: [
        ['4294967295', '4294967295'],
        ['4294967296', undefined],
        ['18446744073709551615', undefined],
      ],
    },
    {
      from: 'TEXT NULL',
      type: 'json',
      up: 'a',
      down: 'CAST(b AS CHAR)',
      values: [
        ['{"a": 1}', '{"a": 1}'],
        ['{a', undefined],
        ['', undefined],
      ],
    },
    {
      from: 'DATETIME(6) NULL',
      type: 'date',
      up: 'CAST(a AS date)',
      down: 'CAST(b AS datetime(6))',
      values: [
        ['2021-03-04 05:06:07.000008', '2021-03-04'],
        ['0000-00-00 00:00:00.000000', '0000-00-00'],
      ],
    },
  ];

  test.each(conversions)(
    '$from becomes $type by $up: nothing is cut, rounded to zero or made up, whoever writes and in whatever mode',
    async ({ from, values, ...change }) => {
      await db.sql.query(
        `DROP TABLE IF EXISTS held; CREATE TABLE held (id INT AUTO_INCREMENT PRIMARY KEY, a ${from}, n INT)`,
      );
      const writers = [await lax(), await db.connect()];
      // A strict session keeps zero dates.
      await writers[1]?.query("SET SESSION sql_mode = 'STRICT_ALL_TABLES'");
      for (const [old] of values) await writers[0]?.query('INSERT INTO held (a) VALUES (?)', [old]);
      const migration = await retypeOn(db, 'held', change);
      await migration.apply('expand', 'dual-write');
      for (const writer of writers)
        for (const [old] of values) {
          await writer.query('INSERT INTO held (a) VALUES (?)', [old]);
          await writer.query('INSERT INTO held (a) VALUES (NULL)');
          await writer.query('UPDATE held SET a = ? WHERE id = LAST_INSERT_ID()', [old]);
        }
      const refusing = values.filter(([, next]) => next === undefined).length;
      // Each writer has noted what it wrote, once by INSERT and once by UPDATE.
      expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(refusing * 4);
      await migration.backfill(2);
      const times = 5;
      expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(refusing * times);
      // A comparison counts what it passes over.
      expect(await migration.mismatches()).toBe(refusing * times);
      for (const [old, next] of values) {
        const found = await rowsOf(
          db,
          `SELECT DISTINCT CAST(a AS CHAR), CAST(b AS CHAR) FROM held WHERE CAST(a AS CHAR) <=> ${old === null ? 'NULL' : `'${old}'`}`,
        );
        expect(found).toEqual([[old, next ?? null]]);
      }
      await migration.undo('backfill', 'dual-write', 'expand');
      await migration.ledger.close(migration.claim, 'rolled-back');
    },
  );

  test.each([
    ['INT NOT NULL', 'bigint', '`a`', [1, 2, -2147483648]],
    ['SMALLINT UNSIGNED NULL', 'int unsigned', 'a', [1, null, 65535]],
    ['VARCHAR(5) COLLATE utf8mb4_bin NOT NULL', 'varchar(90)', 'A', ["'a'", "'A'", "'ä'"]],
  ])(
    'a unique index over a column of %s is one over the wider one, which keeps every value apart',
    async (type, wider, up, values) => {
      await db.sql.query(
        `DROP TABLE IF EXISTS apart; CREATE TABLE apart (id INT AUTO_INCREMENT PRIMARY KEY, a ${type}, n INT, UNIQUE KEY one (a), UNIQUE KEY both_of (n, a))`,
      );
      for (const value of values) await db.sql.query(`INSERT INTO apart (a, n) VALUES (${value}, 1)`);
      const migration = await retypeOn(db, 'apart', { type: wider, up, down: 'b' });
      await migration.apply('expand', 'dual-write');
      await migration.backfill(2);
      expect(await migration.mismatches()).toBe(0);
      await migration.apply('verify', 'read-switch');
      for (const column of ['a', 'b'])
        await expect(
          db.sql.query(`INSERT INTO apart (${column}) VALUES (${values[0]})`),
        ).rejects.toMatchObject({
          errno: 1062,
        });
      await migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand');
      await migration.apply('expand', 'dual-write');
      await migration.backfill(2);
      await migration.apply('verify', 'read-switch', 'contract');
      const definition = await db.definition('apart');
      for (const columns of ['(`b`)', '(`n`,`b`)'])
        expect(
          definition.split('\n').filter((line) => line.includes('UNIQUE KEY') && line.includes(columns)),
        ).toHaveLength(1);
      await migration.ledger.close(migration.claim, 'completed');
    },
  );

  test('a row that says the same on both sides is not converted back: what the new application rounds, stays', async () => {
    await db.sql.query(
      'CREATE TABLE precise (id INT PRIMARY KEY, a INT NOT NULL, n INT); INSERT INTO precise VALUES (1, 123, 0)',
    );
    const migration = await retypeOn(db, 'precise', {
      type: 'decimal(14,4)',
      up: 'a / 100',
      down: 'ROUND(b * 100)',
    });
    await migration.apply('expand', 'dual-write');
    await db.sql.query("UPDATE precise SET b = '1.2345' WHERE id = 1");
    await db.sql.query('UPDATE precise SET n = 5, a = 123 WHERE id = 1');
    await db.sql.query('INSERT INTO precise (id, a) VALUES (1, 123) ON DUPLICATE KEY UPDATE n = n + 1');
    expect(await rows('SELECT a, b, n FROM precise')).toEqual([[123, '1.2345', 6]]);
    await migration.backfill(1);
    expect(await migration.mismatches()).toBe(0);
    expect(await rows('SELECT a, b FROM precise')).toEqual([[123, '1.2345']]);
    // Saved whole, as it was loaded before it was filled.
    await db.sql.query('UPDATE precise SET a = 123, b = NULL WHERE id = 1');
    expect(await rows('SELECT a, b FROM precise')).toEqual([[123, '1.2345']]);
    await db.sql.query('UPDATE precise SET a = 124 WHERE id = 1');
    expect(await rows('SELECT a, b FROM precise')).toEqual([[124, '1.2400']]);
  });

  test('what the new application writes and the old column cannot hold is refused to it, and nobody else', async () => {
    await db.sql.query(
      'CREATE TABLE narrow (id INT PRIMARY KEY, a TINYINT NULL); INSERT INTO narrow VALUES (1, 1)',
    );
    const migration = await retypeOn(db, 'narrow', { type: 'int', up: 'a', down: 'b' });
    await migration.apply('expand', 'dual-write');
    for (const writer of [db.sql, await lax()]) {
      await expect(writer.query('UPDATE narrow SET b = 1000 WHERE id = 1')).rejects.toThrow(
        'refuses a value',
      );
      await expect(writer.query('INSERT INTO narrow (id, b) VALUES (9, 128)')).rejects.toThrow(
        'refuses a value',
      );
    }
    await db.sql.query('UPDATE narrow SET b = 127 WHERE id = 1');
    expect(await rows('SELECT id, a, b FROM narrow')).toEqual([[1, 127, 127]]);
  });

  test('from the verification on, a value that a NOT NULL column cannot hold is refused to its writer, in every mode', async () => {
    await db.sql.query(
      "CREATE TABLE strict_of (id INT PRIMARY KEY, a VARCHAR(9) NOT NULL); INSERT INTO strict_of VALUES (1, '1')",
    );
    const migration = await retypeOn(db, 'strict_of', { type: 'int', up: 'a', down: 'b' });
    await migration.apply('expand', 'dual-write');
    await migration.backfill(1);
    await migration.apply('verify');
    for (const writer of [db.sql, await lax()])
      for (const write of [
        "UPDATE strict_of SET a = 'x' WHERE id = 1",
        "INSERT INTO strict_of (id, a) VALUES (2, '2'), (3, 'x')",
        "INSERT INTO strict_of (id, a) SELECT 3, 'x'",
        "REPLACE INTO strict_of (id, a) VALUES (1, 'x')",
      ])
        await expect(writer.query(write)).rejects.toThrow("Column 'b' cannot be null");
    expect(await rows('SELECT id, a, b FROM strict_of')).toEqual([[1, '1', 1]]);
    expect(await migration.ledger.walks.stubbornCount(migration.claim.migration)).toBe(0);
    expect(await migration.mismatches()).toBe(0);
  });

  test('an index that the new column cannot have gets another one in its place, or goes, a unique one too', async () => {
    await db.sql.query(
      `CREATE TABLE indexed (id INT PRIMARY KEY, a VARCHAR(90), n INT, KEY by_a (a), KEY by_both (n, a), UNIQUE KEY one_a (a, n));
       INSERT INTO indexed VALUES (1, 'x', 1), (2, 'y', 2)`,
    );
    const before = await db.definition('indexed');
    const change = {
      type: 'text',
      up: 'a',
      down: 'b',
      indexes: { by_a: '(b(20) DESC, id)', by_both: 'drop', one_a: 'drop' },
    };
    const migration = await retypeOn(db, 'indexed', change);
    expect(migration.plan.warnings).toContain('index by_both is not carried over to b: the file says so');
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    expect(await db.definition('indexed')).toContain('UNIQUE KEY `one_a` (`a`,`n`)');
    await migration.undo('read-switch', 'verify', 'backfill', 'dual-write', 'expand');
    expect(await db.definition('indexed')).toBe(before);
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch', 'contract');
    expect((await db.definition('indexed')).match(/^ {2}\S* ?KEY .*$/gmu)).toEqual([
      '  PRIMARY KEY (`id`),',
      expect.stringMatching(/^ {2}KEY `\w+` \(`b`\(20\) DESC,`id`\)$/u),
    ]);
    await migration.ledger.close(migration.claim, 'completed');
  });

  test.each([
    [{ type: 'int', up: 'a + RAND()', down: 'b' }, /`RAND` is nothing that an expression may call/],
    [{ type: 'int', up: 'a', down: 'b; DROP TABLE x' }, /change\.down: /],
    [{ type: 'int', up: 'a, 1', down: 'b' }, /is more than one expression/],
    [{ type: 'int', up: 'a) + (1', down: 'b' }, /change\.up: /],
    [{ type: 'int', up: 'a -- 1', down: 'b' }, /holds a comment/],
    [{ type: 'int', up: 'a /*! + 1 */', down: 'b' }, /holds/],
    [{ type: 'int', up: '(SELECT 1)', down: 'b' }, /SELECT is neither a column/],
    [{ type: 'int', up: 'CURRENT_USER', down: 'b' }, /CURRENT_USER is neither a column/],
    [{ type: 'int', up: 'n', down: 'b' }, /n is neither a column/],
    [{ type: 'int', up: 'a + @x', down: 'b' }, /holds what no expression needs/],
    [{ type: 'int', up: 'CONVERT(a USING latin1)', down: 'b' }, /`CONVERT` is nothing/],
    [{ type: 'int', up: 'a +', down: 'b' }, /cannot read this expression/],
    [{ type: 'timestamp', up: 'a', down: 'b' }, /of type timestamp/],
    [{ type: 'int', up: 'a', down: 'b', default: "'x'" }, /refuses this default/],
    [{ type: 'int', up: 'a', down: 'b', indexes: { of_u: 'drop' } }, /"a" has no index "of_u"/],
    [
      { type: 'int', to: undefined, up: undefined, down: undefined, indexes: { of_a: 'drop' } },
      /not supported yet: change-type with `indexes`/,
    ],
    [
      { type: 'text', up: 'n', down: 'b', column: 'n' },
      /index of_n cannot be carried over: .*key length.*`of_n: …`/,
    ],
    [
      { type: 'text', up: 'n', down: 'b', column: 'n', indexes: { of_n: '(nobody)' } },
      /doesn't exist in table/,
    ],
    [
      { type: 'bigint', up: 'u', down: 'b', column: 'u', indexes: { of_u: '(b, id)' } },
      /another unique index in the place of of_u/,
    ],
    [{ type: 'smallint', up: 'u', down: 'b', column: 'u' }, /the index of_u is unique/],
    [{ type: 'bigint', up: 'ABS(u)', down: 'b', column: 'u' }, /the index of_u is unique/],
    [{ type: 'varchar(8)', up: 'v', down: 'b', column: 'v' }, /the index of_v is unique/],
    [
      { type: 'varchar(9) COLLATE utf8mb4_0900_ai_ci', up: 'v', down: 'b', column: 'v' },
      /the index of_v is unique/,
    ],
  ])('%o is refused before anything is touched', async (change, why) => {
    await db.sql.query(
      'DROP TABLE IF EXISTS kept; CREATE TABLE kept (id INT PRIMARY KEY, a VARCHAR(9), n VARCHAR(9), u INT, v VARCHAR(9) COLLATE utf8mb4_bin, KEY of_n (n), UNIQUE KEY of_u (u), UNIQUE KEY of_v (v))',
    );
    const before = await db.definition('kept');
    await expect(retypeOn(db, 'kept', change)).rejects.toThrow(why);
    expect(await db.definition('kept')).toBe(before);
  });
});
