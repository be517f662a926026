import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { databaseUnderTest, type DatabaseUnderTest } from './database-under-test.ts';
import { migrationUnderTest, type MigrationUnderTest, ownWarnings } from './migration-under-test.ts';

let db: DatabaseUnderTest;
let count = 0;
beforeAll(async () => {
  db = await databaseUnderTest('CREATE EXTENSION pg_trgm');
});
beforeEach(() => db.sql.query('DROP TABLE IF EXISTS people CASCADE; DROP PUBLICATION IF EXISTS people_pub'));
afterAll(() => db.close());

const rename = { kind: 'rename-column', from: 'email', to: 'address' };
const planned = (change: Readonly<Record<string, unknown>> = rename): Promise<MigrationUnderTest> =>
  migrationUnderTest(db.database, `c-${(count += 1)}`, { table: 'public.people', change });
async function completed(migration: MigrationUnderTest): Promise<void> {
  await migration.apply('expand', 'dual-write');
  await migration.backfill();
  await migration.apply('verify', 'read-switch', 'quarantine', 'contract');
}
async function all(text: string): Promise<readonly unknown[]> {
  return (await db.sql.query<Record<string, unknown>>(text)).rows.map((row) => Object.values(row)[0]);
}

describe('the replica identity', () => {
  const schema = `CREATE TABLE people (id bigint PRIMARY KEY, email text NOT NULL, note text);
    CREATE UNIQUE INDEX people_email_key ON people (email);
    ALTER TABLE people REPLICA IDENTITY USING INDEX people_email_key;
    INSERT INTO people SELECT n, 'a' || n FROM generate_series(1, 5) AS n;`;
  const identity = () =>
    all(
      `SELECT indexrelid::regclass::text FROM pg_index WHERE indrelid = 'people'::regclass AND indisreplident`,
    );
  beforeEach(() => db.sql.query(`${schema} CREATE PUBLICATION people_pub FOR TABLE people`));

  test('moves to the new index before the old one goes: a published table can still be written', async () => {
    await completed(await planned());
    await db.sql.query(`UPDATE people SET note = 'x'; DELETE FROM people WHERE id = 1`);
    expect(await identity()).toEqual(['people_address_key']);
  });

  test('moves in quarantine, and back with it', async () => {
    const migration = await planned();
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch');
    expect(await identity()).toEqual(['people_email_key']);
    await migration.apply('quarantine');
    expect(await identity()).toEqual(['people_address_key']);
    await migration.undo('quarantine', 'read-switch', 'verify', 'backfill', 'dual-write', 'expand');
    expect(await identity()).toEqual(['people_email_key']);
  });

  test('that a column list must cover is refused by name: neither could go before the other', async () => {
    await db.sql.query('ALTER PUBLICATION people_pub SET TABLE people (id, email)');
    await expect(planned()).rejects.toThrow(
      'people.email belongs to the replica identity, which these column lists and row filters must cover: publication of table people in publication people_pub',
    );
  });
});

describe('everything that hangs on a column', () => {
  const zoo = `CREATE TABLE people (id bigint PRIMARY KEY, org_id int NOT NULL DEFAULT 1, email varchar(200), deleted_at timestamptz);
    CREATE INDEX people_lower ON people (lower(email) text_pattern_ops);
    CREATE INDEX people_part ON people (org_id) WHERE email IS NOT NULL;
    CREATE UNIQUE INDEX people_email_live ON people (email) WHERE deleted_at IS NULL;
    CREATE INDEX people_trgm ON people USING gin (email gin_trgm_ops) WITH (fastupdate = off);
    CREATE INDEX people_cover ON people (org_id DESC NULLS LAST) INCLUDE (email) WITH (fillfactor = 70);
    CREATE INDEX people_hash ON people USING hash (email);
    CREATE INDEX people_brin ON people USING brin (email);
    CREATE INDEX people_expr ON people ((email || '-x'));
    ALTER TABLE people ADD CONSTRAINT people_email_unique UNIQUE (org_id, email), ADD CONSTRAINT people_check CHECK (email <> '');
    ALTER TABLE people ALTER COLUMN email SET STATISTICS 700, ALTER COLUMN email SET STORAGE EXTERNAL,
      ALTER COLUMN email SET COMPRESSION pglz, ALTER COLUMN email SET (n_distinct = -0.9);
    CREATE STATISTICS people_st (dependencies) ON org_id, email FROM people;
    CREATE STATISTICS people_st_email_expr ON lower(email), org_id FROM people;
    ALTER STATISTICS people_st SET STATISTICS 300;
    ALTER INDEX people_expr ALTER COLUMN 1 SET STATISTICS 500;
    COMMENT ON INDEX people_trgm IS 'search box';
    COMMENT ON CONSTRAINT people_email_unique ON people IS 'one''s own';
    COMMENT ON CONSTRAINT people_check ON people IS 'not empty';
    COMMENT ON STATISTICS people_st IS 'they depend';
    ALTER TABLE people CLUSTER ON people_cover;
    INSERT INTO people (id, email) SELECT n, 'a' || n FROM generate_series(1, 50) AS n;`;

  /** What catalogSnapshot does not tell, without the objects' own names. */
  const settings = () =>
    all(`SELECT format('column %s statistics:%s storage:%s compression:%s options:%s', attname, attstattarget, attstorage,
          attcompression, attoptions) FROM pg_attribute WHERE attrelid = 'people'::regclass AND attnum > 0 AND NOT attisdropped
      UNION ALL
      SELECT format('index %s clustered:%s comment:%s constraint:%s targets:%s',
        substr(pg_get_indexdef(indexrelid), strpos(pg_get_indexdef(indexrelid), ' USING ')), indisclustered, obj_description(indexrelid, 'pg_class'),
        (SELECT obj_description(k.oid, 'pg_constraint') FROM pg_constraint AS k WHERE k.conindid = indexrelid AND k.contype IN ('u', 'p')),
        (SELECT array_agg(a.attstattarget ORDER BY attnum) FROM pg_attribute AS a WHERE a.attrelid = indexrelid))
      FROM pg_index WHERE indrelid = 'people'::regclass
      UNION ALL
      SELECT format('statistics %s target:%s comment:%s', regexp_replace(pg_get_statisticsobjdef(oid), 'CREATE STATISTICS \\S+', ''),
        stxstattarget, obj_description(oid, 'pg_statistic_ext')) FROM pg_statistic_ext WHERE stxrelid = 'people'::regclass
      UNION ALL
      SELECT format('check %s %s', pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint'))
      FROM pg_constraint WHERE conrelid = 'people'::regclass AND contype = 'c'
      ORDER BY 1`);

  test('reads at the end as if PostgreSQL had renamed it', async () => {
    await db.sql.query('BEGIN');
    await db.sql.query(`${zoo} ALTER TABLE people RENAME COLUMN email TO address`);
    const wanted = await settings();
    await db.sql.query('ROLLBACK');
    await db.sql.query(zoo);
    const migration = await planned();
    expect(ownWarnings(migration.plan)).toEqual([]);
    await completed(migration);
    expect(await settings()).toEqual(wanted);
  });

  test('is as before when everything is undone', async () => {
    await db.sql.query(zoo);
    const before = await settings();
    const migration = await planned();
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify', 'read-switch', 'quarantine');
    await migration.undo('quarantine', 'read-switch', 'verify', 'backfill', 'dual-write', 'expand');
    expect(await settings()).toEqual(before);
  });

  test('is not what was never there: an INVALID index is named, and not built', async () => {
    await db.sql.query(
      `${zoo} INSERT INTO people (id, email) VALUES (100, 'same'), (101, 'same')`
        .replace(/ALTER TABLE people ADD.*$/mu, '')
        .replace(/COMMENT ON CONSTRAINT.*$/gmu, '')
        .replace(/CREATE UNIQUE.*$/mu, ''),
    );
    await expect(db.sql.query('CREATE UNIQUE INDEX CONCURRENTLY broken ON people (email)')).rejects.toThrow(
      'could not create',
    );
    const { plan } = await planned();
    expect(ownWarnings(plan)).toEqual([
      'index broken is not carried over to address: it is INVALID, and holds nothing',
    ]);
    expect(plan.expects?.indexes.map(({ name }) => name)).not.toContain('broken_address');
  });

  test('is known to the planner before reads come', async () => {
    await db.sql.query(zoo);
    const migration = await planned();
    await migration.apply('expand', 'dual-write');
    await migration.backfill();
    await migration.apply('verify');
    expect(
      await all(`SELECT attname FROM pg_stats WHERE tablename = 'people' AND attname = 'address'`),
    ).toEqual(['address']);
    expect(
      await all(`SELECT statistics_name FROM pg_stats_ext WHERE tablename = 'people' AND statistics_name = 'people_st_address'
      AND dependencies IS NOT NULL`),
    ).toEqual(['people_st_address']);
  });
});

describe('a converted column', () => {
  const table = `CREATE TABLE people (id bigint PRIMARY KEY, org int, code text, deleted_at timestamp, note text);`;
  const change = {
    kind: 'change-type',
    column: 'deleted_at',
    to: 'deleted_on',
    type: 'timestamptz',
    up: `deleted_at AT TIME ZONE 'UTC'`,
    down: `deleted_on AT TIME ZONE 'UTC'`,
  };
  const indexes = () =>
    all(
      `SELECT pg_get_indexdef(indexrelid) FROM pg_index WHERE indrelid = 'people'::regclass AND NOT indisprimary ORDER BY 1`,
    );
  const checks = () =>
    all(
      `SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'people'::regclass AND contype = 'c' ORDER BY 1`,
    );

  test('keeps indexes and checks that only ask whether it is there', async () => {
    await db.sql.query(`${table} CREATE UNIQUE INDEX live ON people (org, code) WHERE deleted_at IS NULL;
      CREATE INDEX gone ON people (deleted_at, (deleted_at IS NOT NULL)) WHERE deleted_at IS NOT NULL AND note IS NULL;
      ALTER TABLE people ADD CHECK (deleted_at IS NULL OR note IS NOT NULL);
      INSERT INTO people VALUES (1, 1, 'a', '2020-01-01', 'x'), (2, 1, 'a', NULL, NULL)`);
    const migration = await planned(change);
    expect(ownWarnings(migration.plan)).toEqual([]);
    await completed(migration);
    expect(await indexes()).toEqual([
      'CREATE INDEX gone_deleted_on ON public.people USING btree (deleted_on, ((deleted_on IS NOT NULL))) WHERE ((deleted_on IS NOT NULL) AND (note IS NULL))',
      'CREATE UNIQUE INDEX live_deleted_on ON public.people USING btree (org, code) WHERE (deleted_on IS NULL)',
    ]);
    expect(await checks()).toEqual(['CHECK (((deleted_on IS NULL) OR (note IS NOT NULL)))']);
    await expect(db.sql.query(`INSERT INTO people VALUES (3, 1, 'a')`)).rejects.toThrow('live_deleted_on');
  });

  test('does not keep them where the conversion makes a value of NULL', async () => {
    await db.sql.query(`${table} CREATE UNIQUE INDEX live ON people (org, code) WHERE deleted_at IS NULL`);
    await expect(
      planned({ ...change, up: `coalesce(deleted_at, 'infinity') AT TIME ZONE 'UTC'` }),
    ).rejects.toThrow('unique index live cannot be carried over: it computes with the old values');
  });

  test('loses no unique index in silence: the author is asked, and told what it would read', async () => {
    await db.sql.query(`${table} CREATE UNIQUE INDEX day ON people (org, date_trunc('day', deleted_at))`);
    await expect(planned(change)).rejects.toThrow(
      'change: unique index day cannot be carried over: it computes with the old values. Write what takes its place ' +
        `(it would read: USING btree (org, date_trunc('day'::text, deleted_on))) under \`indexes:\`, as \`day: …\`, or \`day: drop\``,
    );
  });

  test('gets what the author writes for them, as unique and as valid as they were', async () => {
    await db.sql.query(`${table} CREATE UNIQUE INDEX day ON people (org, date_trunc('day', deleted_at));
      CREATE INDEX late ON people (id) WHERE deleted_at > '2020-01-01'; CREATE INDEX plain ON people (deleted_at);
      ALTER TABLE people ADD CONSTRAINT past CHECK (deleted_at < '2100-01-01'), ADD CONSTRAINT odd CHECK (deleted_at <> '2000-01-01')`);
    const migration = await planned({
      ...change,
      indexes: {
        day: `(org, date_trunc('day', deleted_on AT TIME ZONE 'UTC'))`,
        late: 'drop',
        plain: 'USING brin (deleted_on)',
      },
      checks: { past: `deleted_on < '2100-01-01 00:00:00+00'`, odd: 'drop' },
    });
    expect(ownWarnings(migration.plan)).toEqual([
      'check odd is not carried over to deleted_on: the file says so',
      'index late is not carried over to deleted_on: the file says so',
    ]);
    await completed(migration);
    expect(await indexes()).toEqual([
      'CREATE INDEX plain_deleted_on ON public.people USING brin (deleted_on)',
      `CREATE UNIQUE INDEX day_deleted_on ON public.people USING btree (org, date_trunc('day'::text, (deleted_on AT TIME ZONE 'UTC'::text)))`,
    ]);
    expect(await checks()).toHaveLength(1);
  });

  test('is refused where what the author writes does not read, or speaks of an index that is not there', async () => {
    await db.sql.query(`${table} CREATE INDEX late ON people (id) WHERE deleted_at > '2020-01-01'`);
    await expect(planned({ ...change, indexes: { late: '(deleted_at)' } })).rejects.toThrow(
      'index late cannot be carried over: column "deleted_at" does not exist',
    );
    await expect(planned({ ...change, indexes: { later: 'drop' } })).rejects.toThrow(
      'change.indexes.later: "deleted_at" has no index "later". It has: late.',
    );
    await expect(
      planned({ ...change, indexes: { late: '(deleted_on); DROP TABLE people' } }),
    ).rejects.toThrow('change.indexes.late: The SQL holds a `;`');
  });

  test('has a sequence that counts as far as it does', async () => {
    await db.sql.query('CREATE TABLE people (id uuid PRIMARY KEY, n serial NOT NULL UNIQUE)');
    await completed(
      await planned({
        kind: 'change-type',
        column: 'n',
        to: 'n_big',
        type: 'bigint',
        up: 'n::bigint',
        down: 'n_big::integer',
        default: `nextval('people_n_seq')`,
      }),
    );
    await db.sql.query(`SELECT setval('people_n_seq', 2147483647)`);
    await db.sql.query('INSERT INTO people VALUES (gen_random_uuid())');
    expect(await all('SELECT n_big::text FROM people')).toEqual(['2147483648']);
    expect(await all(`SELECT pg_get_serial_sequence('people', 'n_big')`)).toEqual(['public.people_n_seq']);
  });
});

describe('values that are equal only as the new type', () => {
  const change = {
    kind: 'change-type',
    column: 'email',
    to: 'email_ci',
    type: 'citext',
    up: 'email::citext',
    down: 'email_ci::text',
  };
  const table = 'CREATE TABLE people (id bigint PRIMARY KEY, email text, org int, note text)';
  beforeAll(() => db.sql.query('CREATE EXTENSION citext'));

  test('are counted before anything is touched, the index is named, and no value is reported', async () => {
    await db.sql.query(`${table}; ALTER TABLE people ADD UNIQUE (email);
      INSERT INTO people VALUES (1, 'Anna@x.org'), (2, 'anna@x.org'), (3, 'bob'), (4, 'BOB'), (5, 'Bob'), (6, NULL), (7, NULL)`);
    const refused = await planned(change).then(String, String);
    expect(refused).toContain(
      'change.type: unique index people_email_key cannot be built: 5 rows would be equal as citext, in 2 groups. Merge them or make them differ first; this finds them: ',
    );
    expect(refused).not.toMatch(/anna|bob/iu);
    const [, statement] = /this finds them: (.*)\.$/u.exec(refused) ?? [];
    expect((await db.sql.query(statement ?? '')).rowCount).toBe(2);
  });

  test('are nothing to an index that does not look at them, or tells them apart by more', async () => {
    await db.sql
      .query(`${table}; CREATE UNIQUE INDEX live ON people (email) WHERE note IS NULL; CREATE UNIQUE INDEX pairs ON people (org, email);
      INSERT INTO people VALUES (1, 'anna', 1, NULL), (2, 'Anna', 2, 'x')`);
    expect(ownWarnings((await planned(change)).plan)).toEqual([]);
  });

  test('are looked for under the collation that the new column has', async () => {
    await db.sql
      .query(`${table}; CREATE UNIQUE INDEX one ON people (email); INSERT INTO people VALUES (1, 'anna'), (2, 'Anna');
      CREATE COLLATION IF NOT EXISTS blind (provider = icu, locale = 'und-u-ks-level2', deterministic = false)`);
    const blind = { ...change, up: 'email', down: 'email_ci' };
    await expect(planned({ ...blind, type: 'text COLLATE blind' })).rejects.toThrow(
      '2 rows would be equal as text',
    );
    await planned({ ...blind, type: 'varchar(50)' });
  });

  test('are looked for by an expression that writes nothing, whatever it calls itself', async () => {
    await db.sql
      .query(`${table}; CREATE UNIQUE INDEX one ON people (email); INSERT INTO people VALUES (1, 'anna');
      CREATE TABLE IF NOT EXISTS written (n int);
      CREATE FUNCTION insert_one() RETURNS void LANGUAGE sql AS 'INSERT INTO written VALUES (1)';
      CREATE FUNCTION writes(t text) RETURNS citext IMMUTABLE LANGUAGE plpgsql AS $$
        BEGIN IF t IS NOT NULL THEN EXECUTE 'SELECT insert_' || 'one()'; END IF; RETURN t; END $$`);
    await expect(planned({ ...change, up: 'writes(email)' })).rejects.toThrow(
      'change.up: it calls a function that ',
    );
    expect(await all('SELECT count(*)::int FROM written')).toEqual([0]);
  });

  test('are not known where a row refuses the conversion, and the plan says so', async () => {
    await db.sql.query(
      `${table}; CREATE UNIQUE INDEX one ON people (email); INSERT INTO people VALUES (1, 'anna')`,
    );
    const { plan } = await planned({
      ...change,
      type: 'integer',
      up: 'email::integer',
      down: 'email_ci::text',
    });
    expect(ownWarnings(plan)).toEqual([
      'a row refuses the conversion (SQLSTATE 22P02), so nobody knows whether unique index one can be built',
    ]);
  });
});
