import { clauseFrom, placeOf } from './clauses.ts';
import { fieldOf, listOf, namesOf, nodeOf, nodesOf, textOf, type Tree } from '../naming/tree.ts';
import type { TableName } from '../../../spec/table-name.ts';
import type { Part } from '../lint/parts.ts';

/** What the statements before one have told: what is new and so used by nobody, and what belongs to what. */
export class History {
  /** Where a name without a schema is looked for. */
  private schema = 'public';
  private readonly made = new Set<string>();
  private readonly indexes = new Map<string, TableName>();
  /** By table, then by column. */
  private readonly types = new Map<string, Map<string, string>>();
  private readonly keys = new Map<string, readonly string[]>();
  /** ALTER TABLE renames all of them. */
  private readonly relations = new Map<string, Relation>();

  /** Each file is run by itself: what an earlier one has made is in use. */
  beginFile(): void {
    this.schema = 'public';
    this.made.clear();
  }

  tableOf({ schema, name }: { readonly schema: string; readonly name: string }): TableName {
    return { schema: schema === '' ? this.schema : schema, name };
  }

  isNew(table: { readonly schema: string; readonly name: string } | null): boolean {
    return table !== null && this.made.has(keyOf(this.tableOf(table)));
  }

  /** The table of an index, where it was seen being made. */
  tableOfIndex(index: { readonly schema: string; readonly name: string }): TableName | undefined {
    return this.indexes.get(keyOf(this.tableOf(index)));
  }

  /** What has a name, as far as statements or PostgreSQL's own way of naming tell; a table where nothing tells. */
  relationOf(name: { readonly schema: string; readonly name: string }): Relation {
    const key = keyOf(this.tableOf(name));
    const told = this.indexes.has(key) ? 'index' : this.relations.get(key);
    return told ?? namedByPostgres(name.name) ?? 'table';
  }

  /** The type of a column as it was written, where it was seen being made. */
  typeOf(table: TableName, column: string): string | undefined {
    return this.types.get(keyOf(table))?.get(column);
  }

  /** The primary key of a table, where it was seen being made. */
  keyOfTable(table: TableName): readonly string[] | undefined {
    return this.keys.get(keyOf(table));
  }

  remember(part: Part, sql: string): void {
    const { kind, node, table } = part;
    if (table !== null) this.rememberTypes(part, this.tableOf(table), sql);
    if (kind === 'VariableSetStmt' && textOf(node, 'name') === 'search_path') this.schema = firstSchema(node);
    if (kind === 'CreateStmt' && table !== null) this.made.add(keyOf(this.tableOf(table)));
    if (table !== null) {
      const key = primaryKeyIn(part);
      if (key.length > 0) this.keys.set(keyOf(this.tableOf(table)), key);
    }
    this.rememberRelation(part);
    if (kind === 'CreateTableAsStmt' || kind === 'SelectStmt') this.rememberInto(node);
    if (kind === 'RenameStmt' && table !== null) this.rememberRename(node, this.tableOf(table));
    if (kind === 'AlterObjectSchemaStmt' && table !== null && textOf(node, 'objectType') === 'OBJECT_TABLE')
      this.calledFrom(this.tableOf(table), {
        ...this.tableOf(table),
        schema: textOf(node, 'newschema') ?? '',
      });
    const index = textOf(node, 'idxname');
    if (kind === 'IndexStmt' && table !== null && index !== undefined)
      this.indexes.set(keyOf({ schema: this.tableOf(table).schema, name: index }), this.tableOf(table));
  }

  /** The table of the indexes that a statement drops, where somebody else tells it. */
  rememberIndexes(dropped: Part, table: string): void {
    const [name = '', schema = ''] = table.split('.').toReversed();
    for (const index of droppedNames(dropped))
      this.indexes.set(keyOf(this.tableOf(index)), this.tableOf({ schema, name }));
  }

  private rememberTypes(part: Part, table: TableName, sql: string): void {
    const known = part.kind === 'CreateStmt' ? undefined : this.types.get(keyOf(table));
    this.types.set(keyOf(table), new Map([...(known ?? []), ...typesIn(part, sql)]));
  }

  /** What was known of a name is known of the new one; the old one may come to mean something else. */
  private rememberRename(node: Tree, table: TableName): void {
    const name = textOf(node, 'newname') ?? '';
    const renameType = textOf(node, 'renameType');
    if (renameType === 'OBJECT_COLUMN') {
      const old = textOf(node, 'subname') ?? '';
      moved(this.types.get(keyOf(table)) ?? new Map<string, string>(), old, name);
      const key = this.keys.get(keyOf(table));
      if (key !== undefined)
        this.keys.set(
          keyOf(table),
          key.map((column) => (column === old ? name : column)),
        );
    }
    if (renameType === 'OBJECT_TABLE') this.calledFrom(table, { ...table, name });
  }

  private calledFrom(table: TableName, renamed: TableName): void {
    if (this.made.delete(keyOf(table))) this.made.add(keyOf(renamed));
    moved(this.keys, keyOf(table), keyOf(renamed));
    moved(this.relations, keyOf(table), keyOf(renamed));
    moved(this.types, keyOf(table), keyOf(renamed));
    for (const [index, of] of this.indexes) if (keyOf(of) === keyOf(table)) this.indexes.set(index, renamed);
  }

  private rememberRelation({ kind, node }: Part): void {
    const [relation, at] = relations[kind] ?? [];
    const made = at === undefined ? undefined : fieldOf(node, at);
    const name = textOf(made, 'relname');
    if (relation === undefined || name === undefined) return;
    this.relations.set(keyOf(this.tableOf({ schema: textOf(made, 'schemaname') ?? '', name })), relation);
  }

  private rememberInto(node: Tree): void {
    const into = nodeOf({ into: node['into'] ?? node['intoClause'] }, 'into');
    const relation = nodeOf(into, 'rel');
    const name = textOf(relation, 'relname');
    if (name !== undefined)
      this.made.add(keyOf(this.tableOf({ schema: textOf(relation, 'schemaname') ?? '', name })));
  }
}

export type Relation = 'table' | 'index' | 'sequence' | 'view';

/** What a statement makes, and where it names it. */
const relations: Readonly<Record<string, readonly [Relation, string]>> = {
  CreateStmt: ['table', 'relation'],
  CreateSeqStmt: ['sequence', 'sequence'],
  ViewStmt: ['view', 'view'],
};

/** Of serial and identity columns, and of keys. */
const namedByPostgres = (name: string): Relation | undefined =>
  /_seq\d*$/u.test(name) ? 'sequence' : /_(?:pkey|idx)\d*$/u.test(name) ? 'index' : undefined;

const keyOf = ({ schema, name }: TableName): string => JSON.stringify([schema, name]);

function moved<T>(map: Map<string, T>, from: string, to: string): void {
  const value = map.get(from);
  map.delete(to);
  map.delete(from);
  if (value !== undefined) map.set(to, value);
}

const ofSerial: Readonly<Record<string, string>> = {
  smallserial: 'smallint',
  serial: 'integer',
  bigserial: 'bigint',
};

/** The columns that a statement makes or gives another type, each with that type. */
function typesIn({ kind, node }: Part, sql: string): readonly (readonly [string, string])[] {
  const columns =
    kind === 'CreateStmt'
      ? nodesOf(node['tableElts'], 'ColumnDef')
      : nodesOf(kind === 'AT_AddColumn' || kind === 'AT_AlterColumnType' ? [node['def']] : [], 'ColumnDef');
  return columns.map((column) => {
    const type = clauseFrom(sql, placeOf(sql, fieldOf(column, 'typeName')?.['location']));
    const name = textOf(column, 'colname') ?? textOf(node, 'name') ?? '';
    return [name, ofSerial[type.toLowerCase()] ?? type] as const;
  });
}

/** The primary key that a CREATE TABLE or ADD CONSTRAINT gives its table. */
function primaryKeyIn({ kind, node }: Part): readonly string[] {
  if (kind === 'AT_AddConstraint') return ofConstraint(nodeOf(node['def'], 'Constraint'));
  if (kind !== 'CreateStmt') return [];
  return listOf(node['tableElts']).flatMap((each) => {
    const column = nodeOf(each, 'ColumnDef');
    const isKey = nodesOf(column?.['constraints'], 'Constraint').some(
      (constraint) => textOf(constraint, 'contype') === 'CONSTR_PRIMARY',
    );
    return isKey ? [textOf(column, 'colname') ?? ''] : ofConstraint(nodeOf(each, 'Constraint'));
  });
}

const ofConstraint = (constraint: Tree | undefined): readonly string[] =>
  textOf(constraint, 'contype') === 'CONSTR_PRIMARY' ? namesOf(constraint?.['keys']) : [];

/** Of SET search_path; what a file does not say is public. */
function firstSchema(node: Tree): string {
  const names = listOf(node['args']).flatMap((each) => {
    const text = textOf(nodeOf(nodeOf(each, 'A_Const'), 'sval'), 'sval');
    return text === undefined || text === '' || text === '$user' ? [] : [text];
  });
  return names[0] ?? 'public';
}

/** The names of what a DROP statement drops. */
export const droppedNames = ({ node }: Part): readonly { readonly schema: string; readonly name: string }[] =>
  nodesOf(node['objects'], 'List').map((each) => {
    const names = namesOf(each['items']);
    return { schema: names.length > 1 ? (names.at(-2) ?? '') : '', name: names.at(-1) ?? '' };
  });
