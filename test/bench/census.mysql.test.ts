import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { census } from '../../bench/census/census.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../engine/mysql-database-under-test.ts';
import { hasMysql } from '../fresh-mysql-database.ts';

describe.skipIf(!hasMysql())('a census of a MySQL', () => {
  let db: MysqlUnderTest;
  beforeAll(async () => {
    db = await mysqlUnderTest(`
      CREATE TABLE users (id INT AUTO_INCREMENT PRIMARY KEY, email VARCHAR(90) NOT NULL, name TEXT, host BIGINT UNSIGNED,
        raw VARBINARY(9) NOT NULL DEFAULT '', UNIQUE KEY by_email (email));
      CREATE TABLE \`Odd Name\` (\`Id\` BIGINT UNSIGNED PRIMARY KEY);
      ALTER TABLE users ADD CONSTRAINT of_host FOREIGN KEY (host) REFERENCES \`Odd Name\` (\`Id\`);
      CREATE VIEW names AS SELECT name FROM users;
      INSERT INTO users (email) VALUES ('ada@example.com')`);
  });
  afterAll(() => db.close());

  test('every column of its database is asked, refusals are counted by reason, and no table is another one then', async () => {
    const before = [await db.definition('users'), await db.definition('`Odd Name`')];
    const { tables, columns, tally } = await census(db.url);
    expect(`${tables} tables, ${columns} columns\n${tally.lines().join('\n')}\n`).toMatchInlineSnapshot(`
      "2 tables, 6 columns

      rename-column                4 of 6 accepted, 66.7 %
                                   1  … belongs to the primary key
                                   1  … is an identity column, whose values only the database may choose

      change-type with to          3 of 6 accepted, 50.0 %
                                   1  … belongs to the primary key
                                   1  … is an identity column, whose values only the database may choose
                                   1  not on MySQL yet: of the foreign key … it may be converted to what refers to nothing

      change-type in place         1 of 1 accepted, 100.0 %

      add-column                   2 of 2 accepted, 100.0 %

      drop-column                  4 of 6 accepted, 66.7 %
                                   2  … belongs to the primary key, which would go with it

      set-not-null                 0 of 2 accepted, 0.0 %
                                   2  rows break it

      drop-not-null                2 of 4 accepted, 50.0 %
                                   2  … belongs to the primary key, which is never NULL

      change-primary-key           1 of 1 accepted, 100.0 %
      "
    `);
    expect([await db.definition('users'), await db.definition('`Odd Name`')]).toEqual(before);
  });
});
