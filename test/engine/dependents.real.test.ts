import { afterAll, beforeAll, expect, test } from 'vitest';
import { readCatalog } from '../../engine/catalog/catalog.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';

let db: DatabaseUnderTest;
beforeAll(async () => {
  db = await databaseUnderTest(`
    CREATE TABLE people (id int PRIMARY KEY, email text, "Group" text, "a.b" text, mail text, city text);
    CREATE VIEW cities AS SELECT city FROM people;
    CREATE FUNCTION lower_email() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW . Email := lower(new.email); RETURN NEW; END';
    CREATE FUNCTION watch_group() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM Old."Group"; RETURN NULL; END';
    CREATE FUNCTION watch_dot() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM NEW."a.b"; RETURN NULL; END';
    CREATE FUNCTION unrelated() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN PERFORM NEW.emails, renew.email, NEW.group; RETURN NULL; END';
    CREATE TRIGGER t1 BEFORE INSERT ON people FOR EACH ROW EXECUTE FUNCTION lower_email();
    CREATE TRIGGER "T 2" AFTER UPDATE ON people FOR EACH ROW EXECUTE FUNCTION watch_group();
    CREATE TRIGGER t3 AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION watch_dot();
    CREATE TRIGGER t4 AFTER DELETE ON people FOR EACH ROW EXECUTE FUNCTION unrelated();
    CREATE TRIGGER "~underpin_x" BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION lower_email();`);
});
afterAll(() => db.close());

async function dependents(column: string): Promise<readonly string[]> {
  const catalog = await readCatalog(
    db.database,
    { schema: 'public', name: 'people' },
    { asked: { columns: [column], replaced: true }, wholeTable: false, by: 'key' },
    await sqlParser(),
  );
  return (catalog?.dependents ?? []).map(({ what }) => what);
}

test.each([
  ['email', ['function lower_email() of trigger t1']],
  ['Group', ['function watch_group() of trigger "T 2"']],
  ['a.b', ['function watch_dot() of trigger t3']],
  ['mail', []],
  ['city', ['rule _RETURN on view cities']],
])('what names %s, in function bodies too, and nothing else', async (column, expected) => {
  expect(await dependents(column)).toEqual(expected);
});
