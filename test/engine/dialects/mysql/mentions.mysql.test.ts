import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { usage } from '../../../../engine/dialects/mysql/usage.ts';
import { sqlParser } from '../../../../lambdas/runtime/sql-parser.ts';
import { hasMysql } from '../../../fresh-mysql-database.ts';
import { mysqlUnderTest, type MysqlUnderTest } from '../../mysql-database-under-test.ts';

describe.skipIf(!hasMysql())('who may mean a table or its column, by words', () => {
  let db: MysqlUnderTest;
  let other: string;
  beforeAll(async () => {
    db = await mysqlUnderTest(
      'CREATE TABLE part (id INT PRIMARY KEY, note VARCHAR(9)); CREATE TABLE log (n INT)',
    );
    other = `${db.schema}-b`;
    await db.sql.query(`CREATE DATABASE \`${other}\``);
  });
  afterAll(async () => {
    await db.sql.query(`DROP DATABASE \`${other}\``);
    await db.close();
  });

  const used = async (columns: readonly string[]) =>
    (
      await usage(db.database, { table: { schema: db.schema, name: 'part' }, columns }).catalog(
        await sqlParser(),
      )
    ).dependents.toSorted();

  test('a name alone is a table of the database in which a routine, an event or a trigger lies', async () => {
    const routines = (full: string) => `
      CREATE PROCEDURE bare() UPDATE part SET note = 'x' WHERE id = 1;
      CREATE PROCEDURE full() UPDATE ${full} SET note = 'x' WHERE id = 1;
      CREATE EVENT bare_event ON SCHEDULE EVERY 1 YEAR DISABLE DO UPDATE part SET note = 'x';
      CREATE EVENT full_event ON SCHEDULE EVERY 1 YEAR DISABLE DO UPDATE ${full} SET note = 'x';
      CREATE TRIGGER bare_trigger AFTER INSERT ON log FOR EACH ROW UPDATE part SET note = 'x';
      CREATE TRIGGER full_trigger AFTER INSERT ON log FOR EACH ROW UPDATE ${full} SET note = 'x';`;
    await db.sql.query(`${routines(`${db.schema}.part`)}
      USE \`${other}\`; CREATE TABLE part (id INT PRIMARY KEY, note VARCHAR(9)); CREATE TABLE log (n INT);
      CREATE VIEW bare_view AS SELECT note FROM part; CREATE VIEW full_view AS SELECT note FROM ${db.schema}.part;
      ${routines(`\`${db.schema}\` . \`part\``)} USE ${db.schema}`);
    const objects = [
      ...['event', 'procedure', 'trigger'].flatMap((what) => {
        const end = what === 'procedure' ? '' : `_${what}`;
        return [
          `${what} ${other}.full${end}`,
          `${what} ${db.schema}.bare${end}`,
          `${what} ${db.schema}.full${end}`,
        ];
      }),
      `view ${other}.full_view`,
    ].toSorted();
    expect(await used(['note'])).toEqual(objects);
    expect(await used([])).toEqual(objects);
  });
});
