import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../../cli/program.ts';
import { said } from './said.ts';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'underpin-convert-'));
  write(
    'one.sql',
    `CREATE TABLE posts (id serial PRIMARY KEY, author int NOT NULL);
CREATE INDEX posts_author ON posts (author);
ALTER TABLE "User" RENAME COLUMN email TO "emailAddress";
ALTER TABLE "User" ADD COLUMN ok boolean, ALTER COLUMN age SET NOT NULL;
DROP TABLE old;
UPDATE "User" SET age = 1 WHERE age IS NULL;
`,
  );
  for (const file of ['prisma/2_b/migration.sql', 'prisma/10_c/migration.sql', 'prisma/1_a/migration.sql'])
    write(file, `ALTER TABLE t RENAME a${/\d+/u.exec(file)?.[0] ?? ''} TO b;`);
  for (const file of ['prisma/1_a/down.sql', 'prisma/000_x.down.sql', 'prisma/U1__x.sql'])
    write(file, 'DROP TABLE t;');
});
afterAll(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string): void {
  mkdirSync(join(folder, name, '..'), { recursive: true });
  writeFileSync(join(folder, name), text);
}

const convert = (...words: readonly string[]) => said(['convert', ...words]);

const one = () => join(folder, 'one.sql');
const made = (name: string): string => {
  mkdirSync(join(folder, name));
  return join(folder, name);
};

test('people read a table of 80 columns, why a statement is not safe, and what it becomes', async () => {
  const target = made('table');
  const { code, out, err } = await convert(one(), '--out', target);
  expect({ code, err }).toEqual({ code: 1, err: '' });
  expect(out.replaceAll(folder, '…')).toMatchInlineSnapshot(`
    "…/one.sql: 2 safe, 3 unsafe, 1 unknown

    LINE  VERDICT  LOCK              ROWS  STATEMENT
       1  safe     none                    CREATE TABLE posts (id serial PRIMARY KE…
       2  safe     none                    CREATE INDEX posts_author ON posts (auth…
       3  unsafe   ACCESS EXCLUSIVE        ALTER TABLE "User" RENAME COLUMN email T…
       4  unsafe   ACCESS EXCLUSIVE  scan  ALTER TABLE "User" ADD COLUMN ok boolean…
       5  unsafe   ACCESS EXCLUSIVE        DROP TABLE old
       6  unknown  unknown                 UPDATE "User" SET age = 1 WHERE age IS N…

    Line 3, unsafe
      rename: anything that uses the old name fails from then on.
      becomes 0001-rename-user-email.yaml

    Line 4, unsafe
      set-not-null: SET NOT NULL reads the whole table under ACCESS EXCLUSIVE.
      becomes 0002-require-user-age.yaml
      stays, as a statement of its own: add column ok

    Line 5, unsafe
      drop-data: what it holds is gone, and anything that still uses it fails.
      becomes 0003-drop-old.yaml

    Line 6, unknown
      unknown: how many rows it writes cannot be seen from its text; each is locked
        until the end of the transaction. Write many rows in batches: add-column and
        change-type fill a column that way.

    6 statements: 2 safe, 3 unsafe, 1 unknown.
    …/table/0001-rename-user-email.yaml is written.
    …/table/0002-require-user-age.yaml is written.
    …/table/0003-drop-old.yaml is written."
  `);
  for (const line of out.replaceAll(folder, '…').split('\n'))
    expect(line.length, line).toBeLessThanOrEqual(80);
});

test('--out has written all before the first word: whoever reads no further cuts nothing short', async () => {
  const target = made('unread');
  const written: number[] = [];
  await run(['convert', one(), '--out', target], {
    line: () => void written.push(readdirSync(target).length),
    note: () => {},
    styled: (_, text) => text,
    interactive: false,
    columns: 80,
  });
  expect(written).toEqual([3, 3, 3, 3]);
});

test('--out writes the migrations under the next numbers, and overwrites nothing', async () => {
  const target = made('out');
  writeFileSync(join(target, '0007-rename-user-email.yaml'), 'mine');
  await convert(one(), '--out', target);
  expect(readdirSync(target)).toEqual([
    '0007-rename-user-email.yaml',
    '0008-rename-user-email-2.yaml',
    '0009-require-user-age.yaml',
    '0010-drop-old.yaml',
  ]);
  expect(readFileSync(join(target, '0007-rename-user-email.yaml'), 'utf8')).toBe('mine');
  const text = readFileSync(join(target, '0008-rename-user-email-2.yaml'), 'utf8');
  expect(text).toContain(`one.sql:3: ALTER TABLE "User" RENAME COLUMN email TO "emailAddress"\n`);
  expect(text).toContain(
    `table: public."User"\nchange:\n  kind: rename-column\n  from: email\n  to: emailAddress\n`,
  );
  expect((await convert(one(), '--out', join(folder, 'nowhere'))).code).toBe(2);
});

test('a folder is read in the order of its numbers, without the way back', async () => {
  const { code, out } = await convert(join(folder, 'prisma'), '--format', 'json');
  expect(code).toBe(1);
  const answer: unknown = JSON.parse(out);
  expect(answer).toMatchObject({
    format: 'underpin-convert-1',
    statements: ['a1', 'a2', 'a10'].map((from) => ({
      sql: `ALTER TABLE t RENAME ${from} TO b`,
      verdict: 'unsafe',
    })),
    migrations: [{ file: expect.stringMatching(/-rename-t-a1\.yaml$/u) }, {}, {}],
  });
});

test('what is safe has code 0', async () => {
  write('safe.sql', 'ALTER TABLE t ADD COLUMN a int;');
  const { code, out } = await convert(join(folder, 'safe.sql'));
  expect(code).toBe(0);
  expect(out).toContain('1 statement: 1 safe.');
  expect(out).toContain('SET lock_timeout');
});

test('markdown is a comment that holds the migrations, and no markup of the file', async () => {
  write('odd.sql', 'ALTER TABLE "</details>@x|" RENAME COLUMN "`a`" TO b;');
  const { out } = await convert(join(folder, 'odd.sql'), '--format', 'markdown');
  expect(out.split('\n')[0]).toBe('<!-- underpin convert -->');
  expect(out).toContain('&lt;/details&gt;&#64;x\\|');
  expect(out).toContain('```yaml');
});

test('a check of any length is written', async () => {
  write(
    'long.sql',
    `ALTER TABLE t ADD CONSTRAINT k CHECK (${Array.from({ length: 200 }, (_, n) => `a <> ${n}`).join(' AND ')});`,
  );
  const { out } = await convert(join(folder, 'long.sql'));
  expect(out).toContain('kind: add-check');
});

test('a program of Django is refused by name, alone and in a folder; beside SQL it is passed over', async () => {
  const django = join(folder, 'django');
  mkdirSync(django);
  writeFileSync(join(django, '0001_initial.py'), 'class Migration(migrations.Migration): pass');
  const alone = await convert(join(django, '0001_initial.py'));
  expect(alone.code).toBe(2);
  expect(alone.err).toMatch(/0001_initial\.py is a program\. .*docs\/convert\.md/u);
  expect((await convert(django)).err).toContain(`The migrations in ${django} are programs.`);
  writeFileSync(join(django, 'structure.sql'), 'CREATE TABLE locales (id int PRIMARY KEY);');
  expect((await convert(django)).code).toBe(0);
});

test('migrations of Rails are read in their order, and what is no literal is named', async () => {
  write(
    'db/migrate/2_change_users.rb',
    `class ChangeUsers < ActiveRecord::Migration[7.1]
  disable_ddl_transaction!

  def change
    safety_assured { change_column :users, :age, :bigint }
    remove_index :users, :email
    add_column :users, :locale, :string, null: false, default: "en"
    execute <<~SQL
      ALTER TABLE users ALTER COLUMN locale DROP DEFAULT;
      ALTER TABLE users ALTER COLUMN email SET NOT NULL
    SQL
    User.update_all(age: 1)
  end
end
`,
  );
  write(
    'db/migrate/1_create_users.rb',
    `class CreateUsers < ActiveRecord::Migration[7.1]
  def change
    create_table :users do |t|
      t.string :email, index: { name: "by_email" }
      t.integer :age
    end
  end
end
`,
  );
  write('db/migrate/helper.rb', 'no = "migration"');
  const { code, out } = await convert(join(folder, 'db/migrate'), '--format', 'json');
  expect(code).toBe(1);
  const answer: unknown = JSON.parse(out);
  expect(answer).toMatchObject({
    statements: [
      { line: 3, verdict: 'safe', sql: expect.stringMatching(/^CREATE TABLE "users"/u) },
      { line: 3, verdict: 'safe', sql: 'CREATE INDEX "by_email" ON "users" ("email")' },
      { line: 5, verdict: 'unsafe', work: 'rewrite' },
      { line: 6, verdict: 'unsafe', sql: 'DROP INDEX "by_email"' },
      { line: 7, verdict: 'safe', lock: 'ACCESS EXCLUSIVE' },
      { line: 8, verdict: 'safe' },
      { line: 8, verdict: 'unsafe', work: 'scan' },
      { line: 12, verdict: 'unknown', sql: 'User.update_all(age: 1)' },
    ],
  });
  expect(out).toContain('down: CAST(\\"age\\" AS integer)');
  expect(out).toContain('kind: drop-index');
});

test('an index that no migration made is dropped by a migration, since Rails names its table', async () => {
  write(
    'one_drop.rb',
    'class A < ActiveRecord::Migration[7.1]\n def change\n remove_index "shop.orders", name: "old"\n end\nend',
  );
  const { out } = await convert(join(folder, 'one_drop.rb'));
  expect(out).toContain('table: shop.orders\nchange:\n  kind: drop-index\n  name: old\n');
});

test('schema.rb and other Ruby are refused with the reason', async () => {
  write('schema.rb', 'ActiveRecord::Schema[7.1].define(version: 1) do\nend');
  write('seeds.rb', 'puts 1');
  const schema = await convert(join(folder, 'schema.rb'));
  expect(schema.code).toBe(2);
  expect(schema.err).toMatch(
    /says what a database is, and not what is done to it\. Give the migrations: db\/migrate\./u,
  );
  expect((await convert(join(folder, 'seeds.rb'))).err).toContain('is no migration of Rails');
});
