import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { beforeEach, expect, test } from 'vitest';
import { plural, singular } from '../../../cli/convert/rails/inflections.ts';
import { railsReader, type RailsReader } from '../../../cli/convert/rails/read-rails.ts';

const folder = new URL('migrations/', import.meta.url).pathname;
const recorded = z
  .object({ activerecord: z.string(), statements: z.record(z.string(), z.array(z.string())) })
  .parse(JSON.parse(readFileSync(new URL('recorded.json', import.meta.url), 'utf8')));

let reader: RailsReader;
beforeEach(async () => {
  reader = await railsReader();
});

const oneLine = (text: string): string => text.replaceAll(/\s+/gu, ' ').trim();

/** What is read of a file: SQL, and for what is not read the line with the reason. */
const readOf = (text: string): readonly string[] =>
  (reader.read('x.rb', text)?.steps ?? []).map(({ line, sql, unread }) =>
    unread === undefined ? oneLine(sql) : `${line}: ${unread.fact}`,
  );

const migration = (body: string, version = '[7.1]'): string =>
  `class X < ActiveRecord::Migration${version}\n  def change\n${body}\n  end\nend\n`;

test('each statement is the one that ActiveRecord runs, for the ways of each version of Rails', () => {
  // A later file takes away what an earlier one has named.
  const files = readdirSync(folder);
  expect(files).toEqual(Object.keys(recorded.statements));
  for (const file of files) {
    const read = readOf(readFileSync(join(folder, file), 'utf8'));
    expect({ file, read }).toEqual({ file, read: recorded.statements[file] });
  }
});

test.each([
  ['add_column :users, name, :string', 'add_column: name would have to be run'],
  ['add_column :users, :a, :string, limit: Limits::NAME', 'add_column: an argument is not a literal'],
  ['add_column :users, :a, :string, sparkling: true', 'what its option sparkling does is not known here'],
  ['add_column :users, :at, :datetime, default: Time.now', 'add_column: Time is not a literal'],
  ['execute "UPDATE a SET b = #{count}"', 'execute: count would have to be run'],
  ['User.update_all(a: 1)', "User is the application's own code"],
  ['User.where(a: 1).find_each { |user| user.save! }', "User is the application's own code"],
  [
    'tables.each { |table| add_column table, :a, :text }',
    'it is a loop over something that is not a literal',
  ],
  ['while true do add_column :a, :b, :text end', 'it is a loop'],
  ['create_view :active_users', 'what create_view does is not known here'],
  ['revert CreateUsers', 'what revert does is not known here'],
  ['add_index :users, :a, algorithm: :quickly', 'there is no algorithm quickly'],
  ['change_table :users do |t| t.attachment :face end', 'what t.attachment does is not known here'],
  ['remove_index :users', 'it names neither the index nor a column'],
])('%s is named with its line, and nothing is guessed', (line, fact) => {
  expect(readOf(migration(line))).toEqual([`3: ${fact}`]);
});

test('what a table gets besides is named, and the table is read', () => {
  expect(readOf(migration('create_table :a do |t|\n t.text :b\n t.attachment :face\n end'))).toEqual([
    'CREATE TABLE "a" ("id" bigserial primary key, "b" text)',
    '5: what attachment adds to a table is not known here',
  ]);
});

test.each([
  [
    'class X < Other::Migration[2.1]\nend',
    '1: it inherits from Other::Migration[2.1], which is not in this file',
  ],
  ['class X < ActiveRecord::Migration[9.9]\nend', '1: what Rails 9.9 does is not known here'],
  ['class X < ActiveRecord::Migration[7.1]\n  def down\n  end\nend', '1: it has neither `change` nor `up`'],
])('%s is named as a whole', (text, fact) => {
  expect(readOf(text)).toEqual([fact]);
});

test('a file that Ruby cannot read is named with the line', () => {
  expect(readOf('class X < ActiveRecord::Migration[7.1]\n  def change\n')[0]).toMatch(
    /^[23]: Ruby cannot read it: /u,
  );
});

const add = (column: string): string => `ALTER TABLE "users" ADD "${column}" text`;

test.each([
  [
    'if Rails.env.production?\n add_column :users, :a, :text\n else\n add_column :users, :b, :text\n end',
    ['a', 'b'],
  ],
  ['add_column :users, :a, :text unless column_exists?(:users, :a)', ['a']],
  ['return if index_exists?(:users, :a)\n add_column :users, :a, :text', ['a']],
  ['%w[a b].each { |name| add_column :users, name, :text }', ['a', 'b']],
  ['name = "a"\n add_column :users, name, :text', ['a']],
  ['safety_assured { add_column :users, :a, :text }', ['a']],
  [
    'reversible do |dir|\n dir.up { add_column :users, :a, :text }\n dir.down { drop_table :users }\n end',
    ['a'],
  ],
  ['say_with_time("now") { add_column :users, :a, :text }', ['a']],
  ['begin\n add_column :users, :a, :text\n ensure\n add_column :users, :b, :text\n end', ['a', 'b']],
  ['connection.execute(%q(ALTER TABLE "users" ADD "a" text))', ['a']],
  ['puts "hello"\n User.reset_column_information\n add_column :users, :a, :text', ['a']],
])('all that may run is read: %s', (body, columns) => {
  expect(readOf(migration(body))).toEqual(columns.map(add));
});

test('a constant, and a method of the class with what it is given, are read', () => {
  const text = `class X < ActiveRecord::Migration[7.1]
  TYPE = :text
  def up
    give :a
  end
  def down
    drop_table :users
  end
  private

  def give(name)
    add_column :users, name, TYPE
  end
end`;
  expect(readOf(text)).toEqual([add('a')]);
});

test('a method of the class is not taken for one of Rails', () => {
  const text = `class X < ActiveRecord::Migration[7.1]
  def change
    add_index :users, :a
  end
  def add_index(table, column, unique: true)
  end
end`;
  expect(readOf(text)).toEqual(['3: add_index: how it is called is not read']);
});

test('words are made plural and singular as Rails makes them', () => {
  const pairs = [
    'status statuses',
    'address addresses',
    'person people',
    'category categories',
    'analysis analyses',
    'index indices',
    'medium media',
    'series series',
    'user_child user_children',
    'wolf wolves',
  ].map((pair) => pair.split(' '));
  expect(pairs.map(([one = '']) => [one, plural(one)])).toEqual(pairs);
  expect(pairs.map(([, many = '']) => [singular(many), many])).toEqual(pairs);
});
