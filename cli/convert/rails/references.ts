import { isHash, type RubyValue } from './call.ts';
import { plural } from './inflections.ts';
import { Options } from './options.ts';

/** What `references` stands for: columns, and for some an index and a foreign key. */
export interface Reference {
  readonly columns: readonly ReferenceColumn[];
  readonly index: { readonly columns: readonly string[]; readonly options: Options } | null;
  readonly foreignKey: { readonly toTable: string; readonly options: Options } | null;
}

interface ReferenceColumn {
  readonly name: string;
  readonly type: string;
  readonly options: Options;
}

export function referenceOf(table: string, name: string, given: Options, version: number): Reference {
  const options = given.copy();
  const type = options.takeText('type') ?? (version < 5.1 ? 'integer' : 'bigint');
  const index = options.has('index') ? (options.take('index') ?? false) : version >= 5;
  const target = options.take('foreign_key') ?? false;
  const polymorphic = options.take('polymorphic') ?? false;
  options.ignore('if_not_exists', 'if_exists');
  const id = { name: `${name}_id`, type, options };
  const columns =
    polymorphic === false
      ? [id]
      : [{ name: `${name}_type`, type: 'string', options: ofType(polymorphic, options) }, id];
  return {
    columns,
    index:
      index === false
        ? null
        : {
            columns: columns.map((column) => column.name),
            options: ofIndex(index, `index_${table}_on_${name}`, polymorphic !== false && version >= 6.1),
          },
    foreignKey: target === false ? null : ofTarget(name, target),
  };
}

function ofType(polymorphic: RubyValue, options: Options): Options {
  const own = Options.of(polymorphic);
  const isNull = options.copy().take('null');
  if (isNull !== undefined) own.set('null', isNull);
  return own;
}

function ofIndex(index: RubyValue, name: string, isNamed: boolean): Options {
  const own = Options.of(index);
  if (isNamed && !own.has('name')) own.set('name', name);
  return own;
}

function ofTarget(name: string, target: RubyValue): NonNullable<Reference['foreignKey']> {
  const own = Options.of(target);
  const toTable = own.takeText('to_table') ?? plural(name);
  if (!isHash(target) || !target.has('column')) own.set('column', `${name}_id`);
  return { toTable, options: own };
}
