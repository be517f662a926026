/** A table with most of what can hang on one, and the schema that it is to go to. */
export const movedTable = `CREATE SCHEMA crm;
  CREATE TABLE people (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, no serial UNIQUE, mail text NOT NULL UNIQUE,
    n int DEFAULT 7 CHECK (n > 0), boss bigint REFERENCES people);
  CREATE INDEX people_n ON people (n) WHERE n > 1;
  CREATE STATISTICS people_both ON n, boss FROM people;
  COMMENT ON TABLE people IS 'who they are';
  CREATE POLICY all_of_them ON people USING (n > 0);
  GRANT SELECT ON people TO PUBLIC; GRANT USAGE ON SCHEMA crm TO PUBLIC;
  CREATE TABLE visits (id int PRIMARY KEY, person bigint REFERENCES people ON DELETE CASCADE, no int DEFAULT nextval('people_no_seq'));
  CREATE VIEW mails AS SELECT mail FROM people;
  CREATE FUNCTION touched() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
  CREATE TRIGGER touched BEFORE UPDATE ON people FOR EACH ROW EXECUTE FUNCTION touched();
  INSERT INTO people (mail) VALUES ('a'), ('b'); INSERT INTO visits VALUES (1, 1)`;

export const afresh = `DROP SCHEMA IF EXISTS underpin, public, crm, sales CASCADE; CREATE SCHEMA public; CREATE EXTENSION pg_stat_statements`;

export const declared = {
  table: 'public.people',
  change: { kind: 'move-table', to: 'crm', by: 'alias' },
};
