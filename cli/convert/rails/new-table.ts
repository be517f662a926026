import { NotRead, isHash, isList, text, type Call, type RubyValue } from './call.ts';
import { columnOf, columnTypes, type Column } from './columns.ts';
import { check, exclusion, foreignKey, unique } from './constraints.ts';
import { createIndex } from './indexes.ts';
import type { Course } from './known-names.ts';
import { joinTable, literal, quoted, quotedTable } from './names.ts';
import { singular } from './inflections.ts';
import { Options } from './options.ts';
import { referenceOf } from './references.ts';

/** A table as create_table collects it. */
interface NewTable {
  readonly name: string;
  readonly course: Course;
  readonly columns: string[];
  readonly constraints: string[];
  readonly indexes: string[];
  readonly comments: string[];
}

export function createTable(call: Call, course: Course): readonly string[] {
  const options = new Options(call.options);
  const name = text(call.args[0], 'the table');
  const table: NewTable = { name, course, columns: [], constraints: [], indexes: [], comments: [] };
  const comment = options.takeText('comment');
  if (comment !== undefined)
    table.comments.push(`COMMENT ON TABLE ${quotedTable(name)} IS ${literal(comment)}`);
  const force = options.take('force') ?? false;
  const head = [
    'CREATE',
    ...(options.takeFlag('temporary') ? ['TEMPORARY'] : []),
    'TABLE',
    ...(options.takeFlag('if_not_exists') ? ['IF NOT EXISTS'] : []),
    quotedTable(name),
  ];
  const as = options.takeText('as');
  const more = options.takeText('options');
  const key = keyOf(table, options, as !== undefined);
  options.ignore('charset', 'collation');
  options.end();
  for (const each of call.block) takeInto(table, each);
  const inside = [...table.columns, ...key, ...table.constraints];
  return [
    ...(force === false ? [] : [dropTable([name], { isCascade: force === 'cascade', ifExists: true })]),
    [
      ...head,
      ...(inside.length > 0 || as === undefined ? [`(${inside.join(', ')})`] : []),
      ...(more === undefined ? [] : [more]),
      ...(as === undefined ? [] : ['AS', as]),
    ].join(' '),
    ...table.indexes,
    ...table.comments,
  ];
}

export const dropTable = (
  names: readonly string[],
  { isCascade, ifExists }: { readonly isCascade: boolean; readonly ifExists: boolean },
): string =>
  `DROP TABLE ${ifExists ? 'IF EXISTS ' : ''}${names.map(quotedTable).join(', ')}${isCascade ? ' CASCADE' : ''}`;

/** The column that counts the rows, unless there shall be none; a key of several columns is returned. */
function keyOf(table: NewTable, options: Options, isQuery: boolean): readonly string[] {
  const id = options.has('id') ? (options.take('id') ?? true) : true;
  const primary = options.take('primary_key') ?? 'id';
  const own = new Options(isHash(id) ? id : new Map<string, RubyValue>());
  for (const key of ['limit', 'default', 'precision'])
    if (options.has(key)) own.set(key, options.take(key) ?? null);
  if (id === false || isQuery) return [];
  if (isList(primary))
    return [`PRIMARY KEY (${primary.map((each) => quoted(text(each, 'its key'))).join(', ')})`];
  const written = isHash(id) ? own.takeText('type') : typeof id === 'string' ? id : undefined;
  addKey(table, text(primary, 'its key'), { type: written, options: own });
  return [];
}

interface Key {
  readonly type: string | undefined;
  readonly options: Options;
}

function addKey(table: NewTable, name: string, { type, options }: Key): void {
  const { version } = table.course;
  // Before Rails 5.1 a key was an integer, and one whose type was written did not count.
  if (version < 5.1 && (type === 'integer' || type === 'bigint') && !options.has('default'))
    options.set('default', null);
  if (type === 'uuid' && !options.has('default'))
    options.set('default', version < 5.1 ? 'uuid_generate_v4()' : 'gen_random_uuid()');
  const kind = type ?? 'primary_key';
  options.set('primary_key', true);
  add(
    table,
    columnOf(name, kind === 'primary_key' && version < 5.1 ? 'integer' : kind, options, version),
    name,
  );
}

function add(table: NewTable, { sql, comment }: Column, name: string): void {
  table.columns.push(sql);
  if (comment !== undefined)
    table.comments.push(
      `COMMENT ON COLUMN ${quotedTable(table.name)}.${quoted(name)} IS ${literal(comment)}`,
    );
}

/** Each method of its block. */
const methods: Readonly<Record<string, (table: NewTable, call: Call, options: Options) => void>> = {
  column: (table, { args: [name, type] }, options) =>
    addColumn(table, text(name, 'a column'), { type: text(type, 'its type'), options }),
  primary_key: (table, { args: [name, type] }, options) =>
    addKey(table, text(name, 'its key'), {
      type: type === undefined ? undefined : text(type, 'its type'),
      options,
    }),
  references: addReferences,
  belongs_to: addReferences,
  timestamps: (table, _, options) => {
    for (const [name, own] of timestamps(options, table.course.version))
      addColumn(table, name, { type: 'datetime', options: own });
  },
  index: (table, { args: [columns] }, options) => addIndex(table, columns ?? null, options),
  foreign_key: (table, { args: [to] }, options) =>
    addConstraint(table, foreignKey(table.name, text(to, 'its table'), options, table.course)),
  check_constraint: (table, { args: [expression] }, options) =>
    addConstraint(table, check(table.name, text(expression, 'its expression'), options)),
  unique_constraint: (table, { args: [columns] }, options) =>
    addConstraint(table, unique(table.name, columns, options, table.course.version)),
  exclusion_constraint: (table, { args: [expression] }, options) =>
    addConstraint(
      table,
      exclusion(table.name, text(expression, 'its expression'), options, table.course.version),
    ),
};

/** Whether it is known what a method adds to a new table. */
export const addsToTable = (method: string): boolean => columnTypes.has(method) || method in methods;

function takeInto(table: NewTable, call: Call): void {
  const method = methods[call.method];
  const options = new Options(call.options);
  if (method !== undefined) method(table, call, options);
  else if (columnTypes.has(call.method))
    for (const name of call.args)
      addColumn(table, text(name, 'a column'), { type: call.method, options: options.copy() });
  else throw new NotRead(`what ${call.method} adds to a table is not known here`);
}

function addColumn(
  table: NewTable,
  name: string,
  { type, options }: { type: string; options: Options },
): void {
  const index = options.take('index') ?? false;
  add(table, columnOf(name, type, options, table.course.version), name);
  if (index !== false) addIndex(table, name, Options.of(index));
}

function addReferences(table: NewTable, call: Call, options: Options): void {
  for (const each of call.args) {
    const reference = referenceOf(table.name, text(each, 'what it refers to'), options, table.course.version);
    for (const { name, type, options: own } of reference.columns)
      addColumn(table, name, { type, options: own });
    if (reference.index !== null) addIndex(table, [...reference.index.columns], reference.index.options);
    const key = reference.foreignKey;
    if (key !== null) addConstraint(table, foreignKey(table.name, key.toTable, key.options, table.course));
  }
}

const addIndex = (table: NewTable, columns: RubyValue, options: Options): void =>
  void table.indexes.push(...createIndex(table.name, columns, options, table.course));

const addConstraint = (table: NewTable, { sql }: { readonly sql: string }): void =>
  void table.constraints.push(sql);

/** created_at and updated_at, each with its options. */
export function timestamps(options: Options, version: number): readonly (readonly [string, Options])[] {
  const isNull = options.take('null') ?? version < 5;
  return ['created_at', 'updated_at'].map((name) => {
    const own = options.copy();
    own.set('null', isNull);
    if (!own.has('precision')) own.set('precision', version >= 6 ? 6 : null);
    return [name, own] as const;
  });
}

/** The table between two, with a column for each. */
export function createJoinTable(call: Call, course: Course): readonly string[] {
  const [one, other] = call.args.map((each) => text(each, 'a table'));
  if (one === undefined || other === undefined) throw new NotRead('it needs two tables');
  const options = new Map(call.options);
  const name = options.get('table_name') ?? joinTable(one, other);
  const columns = new Map<string, RubyValue>([
    ['null', false],
    ['index', false],
    ...(isHash(options.get('column_options')) ? listOfHash(options.get('column_options')) : []),
  ]);
  for (const key of ['table_name', 'column_options']) options.delete(key);
  const references = [one, other].map((each): Call => ({
    ...call,
    method: 'references',
    args: [singular(each)],
    options: columns,
    block: [],
  }));
  return createTable(
    { ...call, args: [name], options: options.set('id', false), block: [...references, ...call.block] },
    course,
  );
}

const listOfHash = (value: RubyValue | undefined): readonly (readonly [string, RubyValue])[] =>
  isHash(value) ? [...value] : [];
