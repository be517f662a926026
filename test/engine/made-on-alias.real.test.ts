import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { loadUsage } from '../../engine/dialects/load-usage.ts';
import type { PhaseName } from '../../engine/plan/plan.ts';
import { leavingPart } from '../../engine/shapes/shape.ts';
import { sqlParser } from '../../lambdas/runtime/sql-parser.ts';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type Declared, type MigrationUnderTest } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('SELECT 1');
});
afterAll(() => db.close());
beforeEach(() =>
  db.sql.query(`DROP SCHEMA IF EXISTS underpin, public, crm CASCADE; CREATE SCHEMA public; CREATE SCHEMA crm;
    DO $$BEGIN CREATE ROLE made_on_alias_reader; EXCEPTION WHEN duplicate_object THEN NULL; END$$;
    CREATE TABLE people (id int PRIMARY KEY, "The Mail" text NOT NULL, n int DEFAULT 7);
    CREATE TABLE visits (id int PRIMARY KEY, person int);
    INSERT INTO people VALUES (1, 'a', 3), (2, 'b', 4); INSERT INTO visits VALUES (1, 2)`),
);

const column: Declared = {
  table: 'public.people',
  change: { kind: 'rename-column', from: 'The Mail', to: 'e "mail"', by: 'alias' },
};
const table: Declared = {
  table: 'public.people',
  change: { kind: 'rename-table', to: 'The persons', by: 'alias' },
};
const moved: Declared = { table: 'public.people', change: { kind: 'move-table', to: 'crm', by: 'alias' } };
const started = (declared: Declared): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `made-${(count += 1)}`, declared);

const firstTo = (last: PhaseName): readonly PhaseName[] => {
  const all: readonly PhaseName[] = ['expand', 'read-switch', 'confidence', 'quarantine'];
  return all.slice(0, all.indexOf(last) + 1);
};

/** Made by whatever name people has at that time; each gives one row whose column is `it`. */
const made = (people: string, mail: string): Readonly<Record<string, string>> => ({
  mails: `CREATE VIEW mails AS SELECT ${mail} AS it FROM ${people} WHERE id = 2`,
  named: `CREATE VIEW named AS SELECT max(${mail}) AS it, 'u_people "The Mail"'::text AS said FROM ${people}`,
  joined: `CREATE VIEW joined AS SELECT p.${mail} AS it FROM ${people} AS p JOIN visits AS v ON v.person = p.id`,
  counted: `CREATE VIEW counted AS SELECT chr(96 + count(*)::int) AS it FROM ${people}`,
  over: 'CREATE VIEW over WITH (security_barrier = true) AS SELECT it FROM mails',
  asked: `CREATE FUNCTION asked() RETURNS TABLE (it text) BEGIN ATOMIC SELECT ${mail} FROM ${people} WHERE id = 2; END`,
});
const readsOf = (name: string): string => `SELECT it FROM ${name}${name === 'asked' ? '()' : ''}`;

async function allRead(): Promise<readonly unknown[]> {
  const all: unknown[] = [];
  for (const name of Object.keys(made('', ''))) all.push((await db.sql.query(readsOf(name))).rows);
  return all;
}
const eachB = Object.keys(made('', '')).map(() => [{ it: 'b' }]);

describe('what was made on the view in the place of a table reads the table', () => {
  const phases: readonly PhaseName[] = ['expand', 'read-switch', 'confidence', 'quarantine'];
  const old = '"The Mail"';
  const byName: readonly (readonly [string, Declared, string, string])[] = [
    ['the old name of a column', column, 'people', old],
    ['the new name of a column', column, 'people', '"e ""mail"""'],
    ['the old name of a table', table, 'people', old],
    ['the old place of a table', moved, 'public.people', old],
  ];
  const cases = byName.flatMap(([name, declared, people, mail]) =>
    phases.map((phase) => [name, phase, declared, people, mail] as const),
  );

  test.each(cases)(
    'by %s, made in %s: after the way back, and after the contract',
    async (_, phase, declared, people, mail) => {
      const isHidden = phase === 'quarantine';
      const asked = isHidden && declared === table ? '"underpin_quarantined_people"' : people;
      const by = isHidden && declared === moved ? 'public."underpin_quarantined_people"' : asked;
      const its = isHidden && declared === column && mail === old ? '"underpin_quarantined_The Mail"' : mail;
      const migration = await started(declared);
      await migration.apply(...firstTo(phase));
      for (const sql of Object.values(made(by, its))) await db.sql.query(sql);
      await db.sql.query('GRANT SELECT ON mails TO made_on_alias_reader');
      const before = (
        await db.sql.query(
          `SELECT oid, relacl, reloptions FROM pg_class WHERE relname IN ('mails', 'over') ORDER BY 1`,
        )
      ).rows;
      await migration.undo(...firstTo(phase).toReversed());
      expect(await allRead()).toEqual(eachB);
      const { rows } = await db.sql.query(
        `SELECT relkind FROM pg_class WHERE oid = 'public.people'::regclass`,
      );
      expect(rows).toEqual([{ relkind: 'r' }]);
      expect((await db.sql.query('SELECT said FROM named')).rows).toEqual([{ said: 'u_people "The Mail"' }]);
      expect(
        (
          await db.sql.query(
            `SELECT oid, relacl, reloptions FROM pg_class WHERE relname IN ('mails', 'over') ORDER BY 1`,
          )
        ).rows,
      ).toEqual(before);
      await db.sql.query('DROP VIEW mails, named, joined, counted CASCADE; DROP FUNCTION asked');

      await migration.apply(...firstTo(phase));
      for (const sql of Object.values(made(by, its))) await db.sql.query(sql);
      await migration.apply(...phases.slice(phases.indexOf(phase) + 1), 'contract');
      expect(await allRead()).toEqual(eachB);
    },
    60_000,
  );
});

describe('what cannot be carried over', () => {
  test.each([
    [
      'a materialized view',
      'CREATE MATERIALIZED VIEW stuck AS SELECT id FROM people',
      'materialized view public.stuck, which cannot be replaced where it is',
      'DROP MATERIALIZED VIEW stuck',
    ],
    [
      'a policy',
      'CREATE POLICY stuck ON visits USING (person IN (SELECT id FROM people))',
      'policy stuck on table public.visits, which cannot be replaced where it is',
      'DROP POLICY stuck ON visits',
    ],
    [
      'a function of its rows',
      `CREATE FUNCTION stuck(p people) RETURNS int LANGUAGE sql AS 'SELECT $1.id'`,
      'function public.stuck(public.people), which uses the row type of the view',
      'DROP FUNCTION stuck',
    ],
    [
      'a view of a whole row',
      'CREATE VIEW stuck AS SELECT p FROM people AS p',
      'column p of view public.stuck, which uses the row type of the view',
      'DROP VIEW stuck',
    ],
    [
      'a rule of the view',
      'CREATE RULE stuck AS ON INSERT TO people DO ALSO INSERT INTO visits VALUES (NEW.id, NEW.id)',
      'rule stuck on view public.people, which would go with the view',
      'DROP RULE stuck ON people',
    ],
    [
      'an INSTEAD OF trigger of the view',
      `CREATE FUNCTION stuck() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
       CREATE TRIGGER stuck INSTEAD OF INSERT ON people FOR EACH ROW EXECUTE FUNCTION stuck()`,
      'trigger stuck on view public.people, which would go with the view',
      'DROP TRIGGER stuck ON people; DROP FUNCTION stuck',
    ],
    [
      'a default of the view',
      'ALTER TABLE people ALTER n SET DEFAULT 8',
      'default value for column n of view public.people, which would go with the view',
      'ALTER VIEW people ALTER n DROP DEFAULT',
    ],
  ])(
    '%s shuts the gates by name, and stops the way back until it is gone',
    async (_, makes, named, drops) => {
      for (const declared of [column, table]) {
        const migration = await started(declared);
        await migration.apply('expand', 'read-switch');
        await db.sql.query(makes);
        const part = leavingPart(migration.plan.shape);
        if (part === null) throw new Error('something leaves');
        const usage = await loadUsage(db.database, part);
        expect(await usage.bound()).toContain(named);
        expect((await usage.catalog(await sqlParser())).dependents).toContain(named);
        await migration.undo('read-switch');
        const message: unknown = await migration.undo('expand').catch((error: unknown) => String(error));
        // By then the view has another name.
        expect(message).toMatch(
          /^StatementRefused: .*(?:stuck|default value).*, which .*\. Drop it, then start again$/u,
        );
        await db.sql.query(drops);
        await migration.undo('expand');
        const { rows } = await db.sql.query(
          `SELECT relkind FROM pg_class WHERE oid = 'public.people'::regclass`,
        );
        expect(rows).toEqual([{ relkind: 'r' }]);
      }
    },
  );

  test('what the role of the migration may not replace is among it, and what is not there for everybody', async () => {
    const migration = await started(column);
    await migration.apply('expand');
    await db.sql.query(`CREATE VIEW theirs AS SELECT id FROM people;
      CREATE TEMP VIEW fleeting AS SELECT id FROM people;
      CREATE VIEW packed AS SELECT id FROM people; ALTER EXTENSION plpgsql ADD VIEW packed;
      CREATE FUNCTION sealed() RETURNS int LEAKPROOF BEGIN ATOMIC SELECT max(id) FROM people; END;
      CREATE FUNCTION spoken() RETURNS int BEGIN ATOMIC SELECT max(id) FROM people; END;
      CREATE SCHEMA closed; CREATE VIEW closed.kept AS SELECT id FROM people;
      ALTER FUNCTION sealed() OWNER TO made_on_alias_reader; ALTER FUNCTION spoken() OWNER TO made_on_alias_reader;
      ALTER VIEW closed.kept OWNER TO made_on_alias_reader; REVOKE USAGE ON LANGUAGE sql FROM PUBLIC;
      GRANT USAGE ON SCHEMA closed TO made_on_alias_reader;
      GRANT USAGE, CREATE ON SCHEMA underpin, public TO made_on_alias_reader; SET ROLE made_on_alias_reader`);
    const { rows } = await db.sql.query(
      `SELECT what, obstacle FROM underpin.made_on_view('public.people'::regclass) ORDER BY what COLLATE "C"`,
    );
    await db.sql.query(`RESET ROLE; GRANT USAGE ON LANGUAGE sql TO PUBLIC;
      ALTER EXTENSION plpgsql DROP VIEW packed; DROP VIEW fleeting; DROP SCHEMA closed CASCADE`);
    expect(rows).toEqual([
      { what: 'function public.sealed()', obstacle: 'is LEAKPROOF, and only a superuser may replace it' },
      {
        what: 'function public.spoken()',
        obstacle: 'is in a language that the role of the migration may not use',
      },
      {
        what: 'view closed.kept',
        obstacle: 'is in a schema in which the role of the migration may not create',
      },
      { what: 'view fleeting', obstacle: 'is temporary' },
      { what: 'view public.packed', obstacle: 'belongs to an extension' },
      { what: 'view public.theirs', obstacle: 'belongs to another role' },
    ]);
  });
});
