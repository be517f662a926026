import { NotRead, listOf, text, type Call } from './call.ts';
import type { Course } from './known-names.ts';
import { joinTable, literal, quoted, quotedTable } from './names.ts';
import { createJoinTable, createTable, dropTable } from './new-table.ts';
import { alter, statement, type Write, type Writing, type Written } from './writing.ts';

const first = ({ call }: Writing, what: string): string => text(call.args[0], what);

const all = (sql: readonly string[]): readonly Written[] => sql.map((each) => ({ sql: each }));

/** The whole call is read by the table that it makes. */
const made =
  (make: (call: Call, course: Course) => readonly string[]): Write =>
  (of) => {
    const sql = make(of.call, of);
    of.options.ignoreRest();
    return all(sql);
  };

function droppedTables(of: Writing): readonly Written[] {
  const { call, options } = of;
  const ifExists = options.takeFlag('if_exists');
  const isCascade = options.take('force') === 'cascade';
  of.options.ignoreRest();
  return statement(
    dropTable(
      call.args.map((each) => text(each, 'a table')),
      { isCascade, ifExists },
    ),
  );
}

function droppedJoinTable(of: Writing): readonly Written[] {
  const [one, other] = of.call.args;
  const name = of.options.takeText('table_name') ?? joinTable(text(one, 'a table'), text(other, 'a table'));
  of.options.ignoreRest();
  return statement(dropTable([name], { isCascade: false, ifExists: false }));
}

function renameTable(of: Writing): readonly Written[] {
  of.options.ignoreRest();
  return alter(first(of, 'the table'), `RENAME TO ${quoted(text(of.call.args[1], 'its new name'))}`);
}

const extension = (name: string): string => quoted(name.split('.').at(-1) ?? name);

function createEnum(of: Writing): readonly Written[] {
  const values = listOf(of.call.args[1]).map((each) => literal(text(each, 'a value')));
  of.options.ignoreRest();
  return statement(`CREATE TYPE ${quotedTable(first(of, 'the type'))} AS ENUM (${values.join(', ')})`);
}

function addEnumValue(of: Writing): readonly Written[] {
  const { call, options } = of;
  const place = (['before', 'after'] as const).flatMap((word) => {
    const value = options.takeText(word);
    return value === undefined ? [] : [`${word.toUpperCase()} ${literal(value)}`];
  });
  const isNew = options.takeFlag('if_not_exists') ? ['IF NOT EXISTS'] : [];
  const value = literal(text(call.args[1], 'the value'));
  return statement(
    [`ALTER TYPE ${quotedTable(first(of, 'the type'))} ADD VALUE`, ...isNew, value, ...place].join(' '),
  );
}

function renameEnum(of: Writing): readonly Written[] {
  const to = of.options.takeText('to') ?? text(of.call.args[1], 'its new name');
  return statement(`ALTER TYPE ${quotedTable(first(of, 'the type'))} RENAME TO ${quoted(to)}`);
}

function renameEnumValue(of: Writing): readonly Written[] {
  const [from, to] = [of.options.takeText('from'), of.options.takeText('to')].map((each) =>
    text(each, 'a value'),
  );
  return statement(
    `ALTER TYPE ${quotedTable(first(of, 'the type'))} RENAME VALUE ${literal(from ?? '')} TO ${literal(to ?? '')}`,
  );
}

function dropType(of: Writing): readonly Written[] {
  const ifExists = of.options.takeFlag('if_exists') ? 'IF EXISTS ' : '';
  return statement(`DROP TYPE ${ifExists}${quotedTable(first(of, 'the type'))}`);
}

function createSchema(of: Writing): readonly Written[] {
  const isNew = of.options.takeFlag('if_not_exists') ? 'IF NOT EXISTS ' : '';
  if (of.options.has('force')) throw new NotRead('force drops a schema');
  return statement(`CREATE SCHEMA ${isNew}${quoted(first(of, 'the schema'))}`);
}

function dropSchema(of: Writing): readonly Written[] {
  const ifExists = of.options.takeFlag('if_exists') ? 'IF EXISTS ' : '';
  return statement(`DROP SCHEMA ${ifExists}${quoted(first(of, 'the schema'))} CASCADE`);
}

function disableExtension(of: Writing): readonly Written[] {
  const isCascade = of.options.take('force') === 'cascade' || of.version < 7.1;
  return statement(
    `DROP EXTENSION IF EXISTS ${extension(first(of, 'the extension'))}${isCascade ? ' CASCADE' : ''}`,
  );
}

/** Text of SQL; it may hold several statements. */
const executed: Write = (of) => {
  of.options.ignoreRest();
  return statement(first(of, 'its SQL'));
};

export const tableMethods = {
  create_table: made(createTable),
  create_join_table: made(createJoinTable),
  drop_table: droppedTables,
  drop_join_table: droppedJoinTable,
  rename_table: renameTable,
  enable_extension: (of) =>
    statement(`CREATE EXTENSION IF NOT EXISTS ${extension(first(of, 'the extension'))}`),
  disable_extension: disableExtension,
  create_enum: createEnum,
  drop_enum: dropType,
  rename_enum: renameEnum,
  add_enum_value: addEnumValue,
  rename_enum_value: renameEnumValue,
  create_schema: createSchema,
  drop_schema: dropSchema,
  execute: executed,
  exec_query: executed,
  exec_update: executed,
  exec_delete: executed,
  exec_insert: executed,
  update: executed,
  delete: executed,
  insert: executed,
} satisfies Readonly<Record<string, Write>>;
