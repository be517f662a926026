import { NotRead, text, type RubyValue } from './call.ts';
import { addedColumn } from './column-methods.ts';
import { check, exclusion, foreignKey, unique, type Constraint } from './constraints.ts';
import { algorithmOf, createIndex } from './indexes.ts';
import { plural } from './inflections.ts';
import {
  checkName,
  exclusionName,
  foreignKeyColumn,
  foreignKeyName,
  indexName,
  quoted,
  schemaOf,
  uniqueName,
} from './names.ts';
import { Options } from './options.ts';
import { referenceOf } from './references.ts';
import { alter, statement, type Write, type Writing, type Written } from './writing.ts';

const tableOf = ({ call }: Writing): string => text(call.args[0], 'the table');
const second = ({ call }: Writing, what: string): string => text(call.args[1], what);

const added = (table: string, { sql, notValid }: Constraint): readonly Written[] =>
  alter(table, `ADD ${sql}${notValid}`);

const addIndex = (of: Writing): readonly Written[] =>
  createIndex(tableOf(of), of.call.args[1] ?? null, of.options, of).map((sql) => ({ sql }));

/** By its name, or by its columns, of which an earlier migration may have told the name. */
function removeIndex(of: Writing): readonly Written[] {
  const { call, options, version, known } = of;
  const table = tableOf(of);
  const columns = options.take('column') ?? call.args[1] ?? null;
  const given = options.takeText('name');
  const algorithm = algorithmOf(options);
  of.options.ignoreRest();
  if (given === undefined && columns === null) throw new NotRead('it names neither the index nor a column');
  const name = given ?? known.indexOver(table, columns) ?? indexName(table, columns, version);
  const schema = schemaOf(table);
  const full = name.includes('.') || schema === undefined ? name : `${schema}.${name}`;
  const written = full.split('.').map(quoted).join('.');
  return [{ sql: ['DROP INDEX', ...algorithm, written].join(' '), table }];
}

function renameIndex({ call }: Writing): readonly Written[] {
  const [from, to] = [text(call.args[1], 'the index'), text(call.args[2], 'its new name')];
  return statement(`ALTER INDEX ${quoted(from)} RENAME TO ${quoted(to)}`);
}

const addForeignKey = (of: Writing): readonly Written[] =>
  added(tableOf(of), foreignKey(tableOf(of), second(of, 'the other table'), of.options, of));

/** The name of a key that is spoken of by its columns or by its other table. */
function keyNamed({ call, options, known }: Writing): string {
  const table = text(call.args[0], 'the table');
  const given = options.takeText('name');
  const toTable = call.args[1] ?? options.take('to_table');
  const columns: RubyValue | undefined = options.take('column') ?? undefined;
  if (given !== undefined) return given;
  if (columns === undefined && toTable === undefined) throw new NotRead('it does not say which key');
  const over = columns ?? foreignKeyColumn(text(toTable, 'the other table'));
  const list = (Array.isArray(over) ? over : [over]).map((each) => text(each, 'a column of its key'));
  return known.foreignKeyOf(table, over) ?? foreignKeyName(table, list);
}

function removeForeignKey(of: Writing): readonly Written[] {
  const name = keyNamed(of);
  of.options.ignoreRest();
  return alter(tableOf(of), `DROP CONSTRAINT ${quoted(name)}`);
}

function addReference(of: Writing): readonly Written[] {
  const { version } = of;
  const table = tableOf(of);
  const reference = referenceOf(table, second(of, 'what it refers to'), of.options, version);
  of.options.ignoreRest();
  const { index, foreignKey: key } = reference;
  return [
    ...reference.columns.flatMap(({ name, type, options }) =>
      addedColumn(table, name, { type, options, version }),
    ),
    ...(index === null
      ? []
      : createIndex(table, [...index.columns], index.options, of).map((sql) => ({ sql }))),
    ...(key === null ? [] : added(table, foreignKey(table, key.toTable, key.options, of))),
  ];
}

function removeReference(of: Writing): readonly Written[] {
  const { options } = of;
  const [table, name] = [tableOf(of), second(of, 'what it refers to')];
  const key = options.take('foreign_key') ?? false;
  const isPolymorphic = (options.take('polymorphic') ?? false) !== false;
  const own = Options.of(key);
  const toTable = own.takeText('to_table') ?? plural(name);
  if (!own.has('column')) own.set('column', `${name}_id`);
  of.options.ignoreRest();
  const constraint = keyNamed({ ...of, call: { ...of.call, args: [table, toTable] }, options: own });
  return [
    ...(key === false ? [] : alter(table, `DROP CONSTRAINT ${quoted(constraint)}`)),
    ...alter(table, `DROP COLUMN ${quoted(`${name}_id`)}`),
    ...(isPolymorphic ? alter(table, `DROP COLUMN ${quoted(`${name}_type`)}`) : []),
  ];
}

const validated = (of: Writing, name: string): readonly Written[] =>
  alter(tableOf(of), `VALIDATE CONSTRAINT ${quoted(name)}`);

/** A constraint that is spoken of by its name, or by what Rails made its name from. */
const named = (of: Writing, makeName: (table: string, from: string) => string): string => {
  const name = of.options.takeText('name') ?? of.options.takeText('using_index');
  const from = of.call.args[1];
  of.options.ignoreRest();
  return name ?? makeName(tableOf(of), text(from, 'the constraint'));
};

const dropped =
  (makeName: (table: string, from: string) => string): Write =>
  (of) =>
    alter(tableOf(of), `DROP CONSTRAINT ${quoted(named(of, makeName))}`);

export const constraintMethods = {
  add_index: addIndex,
  remove_index: removeIndex,
  rename_index: renameIndex,
  add_foreign_key: addForeignKey,
  remove_foreign_key: removeForeignKey,
  validate_foreign_key: (of) => validated(of, keyNamed(of)),
  add_reference: addReference,
  add_belongs_to: addReference,
  remove_reference: removeReference,
  remove_belongs_to: removeReference,
  add_check_constraint: (of) =>
    added(tableOf(of), check(tableOf(of), second(of, 'its expression'), of.options)),
  remove_check_constraint: dropped(checkName),
  validate_check_constraint: (of) => validated(of, named(of, checkName)),
  validate_constraint: (of) => validated(of, second(of, 'the constraint')),
  add_unique_constraint: (of) =>
    added(tableOf(of), unique(tableOf(of), of.call.args[1], of.options, of.version)),
  remove_unique_constraint: dropped((table, column) => uniqueName(table, [column])),
  add_exclusion_constraint: (of) =>
    added(tableOf(of), exclusion(tableOf(of), second(of, 'its expression'), of.options, of.version)),
  remove_exclusion_constraint: dropped(exclusionName),
} satisfies Readonly<Record<string, Write>>;
