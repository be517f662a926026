import type { SqlParser } from '../../../database/sql-parser.ts';
import {
  everyTree,
  fieldOf,
  isTree,
  listOf,
  namesOf,
  nodeOf,
  nodesOf,
  relationsIn,
  textOf,
  type Tree,
} from '../naming/tree.ts';
import type { Action } from './action.ts';
import { functionActions } from './what-a-function-does.ts';
import { writesIn } from './what-a-query-writes.ts';

/** All that one text of SQL does; reading alone is nothing. What cannot be known is an action that nobody means. */
export function actionsOf(sql: string, parser: SqlParser): readonly Action[] {
  let parsed: unknown;
  try {
    parsed = parser.sql(sql);
  } catch {
    return [{ does: 'what PostgreSQL cannot read', to: [] }];
  }
  const statements = isTree(parsed) ? listOf(parsed['stmts']) : [];
  return statements.flatMap((raw) => statementActions(isTree(raw) ? raw['stmt'] : undefined, sql, parser));
}

function statementActions(statement: unknown, sql: string, parser: SqlParser): readonly Action[] {
  if (!isTree(statement)) return [{ does: 'nothing', to: [] }];
  const kind = Object.keys(statement)[0] ?? '';
  const inner = nodeOf(statement, kind) ?? {};
  if (/^(?:Select|Insert|Update|Delete|Merge)Stmt$/u.test(kind))
    return [
      ...writesIn(statement),
      ...sqlUnderSettings(statement).flatMap((text) => actionsOf(text, parser)),
    ];
  if (kind === 'CreateFunctionStmt' || kind === 'DoStmt')
    return functionActions(inner, parser.plpgsql, {
      text: sql,
      actionsOf: (body) => actionsOf(body, parser),
    });
  return ddl[kind]?.(inner) ?? [...writesIn(statement), { does: kind, to: [] }];
}

/** Functions of the ledger that run texts of SQL, which stand behind settings and parameters. */
const runners = new Set(['underpin.under_settings', 'underpin.batch']);
const beforeTexts = 2;

/** SQL that a query hands over to be run under settings; any that is not there to be read is somebody else's. */
export const sqlUnderSettings = (query: unknown): readonly string[] =>
  [...everyTree(query)].flatMap((tree) => {
    const call = nodeOf(tree, 'FuncCall');
    if (call === undefined || !runners.has(namesOf(call['funcname']).join('.'))) return [];
    return listOf(call['args'])
      .slice(beforeTexts)
      .map((text) => textOf(fieldOf(nodeOf(text, 'A_Const') ?? {}, 'sval'), 'sval') ?? 'EXECUTE');
  });

const ddl: Readonly<Record<string, (statement: Tree) => readonly Action[]>> = {
  AlterTableStmt: (statement) =>
    listOf(statement['cmds']).flatMap((command) =>
      commandActions(nodeOf(command, 'AlterTableCmd') ?? {}, {
        of: textOf(statement, 'objtype') ?? '',
        relation: relationOf(statement),
      }),
    ),
  RenameStmt: (statement) => [
    {
      does: `rename ${textOf(statement, 'renameType') ?? ''}`,
      to: [
        ...(statement['relation'] === undefined
          ? namesOf(itemsOf(statement['object']))
          : relationOf(statement)),
        textOf(statement, 'subname') ?? '',
        textOf(statement, 'newname') ?? '',
      ],
    },
  ],
  AlterObjectSchemaStmt: (statement) => [
    {
      does: `set schema ${textOf(statement, 'objectType') ?? ''}`,
      to: [...relationOf(statement), textOf(statement, 'newschema') ?? ''],
    },
  ],
  CommentStmt: (statement) => [
    { does: `comment on ${textOf(statement, 'objtype') ?? ''}`, to: namesOf(itemsOf(statement['object'])) },
  ],
  GrantStmt: grantActions,
  AlterSeqStmt: (statement) =>
    listOf(statement['options']).map((option) => {
      const element = nodeOf(option, 'DefElem');
      const owner = namesOf(itemsOf(element?.['arg']));
      const sequence = namesOfRelation(fieldOf(statement, 'sequence') ?? {});
      const does = `sequence ${textOf(element, 'defname') ?? ''}`;
      // A table has a schema here, and NONE is one word.
      if (owner.length === 1) return { does: `${does} nothing`, to: sequence };
      return { does, to: owner.length > 0 ? owner : sequence };
    }),
  CreateStatsStmt: (statement) =>
    listOf(statement['relations']).map((relation) => ({
      does: 'statistics',
      to: [...namesOfRelation(nodeOf(relation, 'RangeVar') ?? {}), ...namesOf(statement['defnames'])],
    })),
  AlterStatsStmt: (statement) => [{ does: 'alter statistics', to: namesOf(statement['defnames']) }],
  VacuumStmt: (statement) =>
    listOf(statement['rels']).map((relation) => ({
      does: statement['is_vacuumcmd'] === true ? 'vacuum' : 'analyze',
      to: relationOf(nodeOf(relation, 'VacuumRelation') ?? {}),
    })),
  IndexStmt: (statement) => [
    { does: 'index', to: [...relationOf(statement), textOf(statement, 'idxname') ?? ''] },
  ],
  CreateTrigStmt: (statement) => [
    {
      does: 'trigger',
      to: [...relationOf(statement), textOf(statement, 'trigname') ?? '', ...namesOf(statement['funcname'])],
    },
  ],
  AlterPolicyStmt: (statement) => [
    ...writesIn(statement),
    {
      does: 'alter policy',
      to: [
        ...namesOfRelation(fieldOf(statement, 'table') ?? {}),
        textOf(statement, 'policy_name') ?? '',
        ...listOf(statement['roles']).map(() => 'roles'),
      ],
    },
  ],
  ViewStmt: (statement) => [
    ...writesIn(statement),
    {
      does: 'view',
      to: [
        ...namesOfRelation(fieldOf(statement, 'view') ?? {}),
        ...relationsIn(statement['query']).flatMap(({ schema, name }) => [schema ?? '', name]),
      ],
    },
  ],
  CreateStmt: (statement) => {
    const elements = listOf(statement['tableElts']);
    const likes = nodesOf(elements, 'TableLikeClause').map((each) => fieldOf(each, 'relation'));
    const columns = nodesOf(elements, 'ColumnDef');
    const parents = listOf(statement['inhRelations']).map((each) => nodeOf(each, 'RangeVar'));
    const from = [...likes, ...parents].flatMap((each) => namesOfRelation(each ?? {}));
    const to = [...relationOf(statement), ...from];
    const more = elements.length - likes.length - columns.length;
    return [
      { does: 'create table', to },
      ...columns
        .flatMap(besideColumn)
        // No row is there that could be NULL.
        .filter((does) => does !== 'CONSTR_NOTNULL')
        .map((does) => ({ does, to })),
      ...(more > 0 ? [{ does: 'a constraint', to }] : []),
    ];
  },
  LockStmt: (statement) =>
    listOf(statement['relations']).map((each) => ({
      does: 'lock',
      to: namesOfRelation(nodeOf(each, 'RangeVar') ?? {}),
    })),
  TruncateStmt: (statement) => [
    ...listOf(statement['relations']).map((each) => ({
      does: 'truncate',
      to: namesOfRelation(nodeOf(each, 'RangeVar') ?? {}),
    })),
    ...cascade(statement),
  ],
  DropStmt: (statement) => [
    ...listOf(statement['objects']).map((object) => ({
      does: `drop ${textOf(statement, 'removeType') ?? ''}`,
      to: namesOf(itemsOf(object) ?? nodeOf(object, 'ObjectWithArgs')?.['objname']),
    })),
    ...cascade(statement),
  ],
};

/** What a column's definition may have beside its name, its type and its collation; its default is part of it. */
const ofColumns = new Set(['colname', 'typeName', 'is_local', 'collClause', 'constraints', 'location']);

const besideColumn = (column: Tree): readonly string[] =>
  [
    ...Object.keys(column).filter((field) => !ofColumns.has(field)),
    ...listOf(column['constraints']).map(
      (each) => textOf(nodeOf(each, 'Constraint'), 'contype') ?? 'a constraint',
    ),
  ].filter((each) => each !== 'CONSTR_DEFAULT');

function commandActions(
  command: Tree,
  { of, relation }: { readonly of: string; readonly relation: readonly string[] },
): readonly Action[] {
  const column = nodeOf(command['def'], 'ColumnDef');
  const constraint = nodeOf(command['def'], 'Constraint');
  const identity = nodeOf(command['def'], 'ReplicaIdentityStmt');
  const name =
    textOf(command, 'name') ??
    textOf(column, 'colname') ??
    textOf(constraint, 'conname') ??
    textOf(identity, 'name') ??
    '';
  const to = [...relation, name];
  const beside = column === undefined ? [] : besideColumn(column);
  return [
    { does: `${textOf(command, 'subtype') ?? ''}${of === 'OBJECT_TABLE' ? '' : ` ${of}`}`, to },
    ...beside.map((does) => ({ does, to })),
    ...cascade(command),
  ];
}

const cascade = (tree: Tree): readonly Action[] =>
  textOf(tree, 'behavior') === 'DROP_CASCADE' ? [{ does: 'CASCADE', to: [] }] : [];

function grantActions(statement: Tree): readonly Action[] {
  if (textOf(statement, 'objtype') === 'OBJECT_FUNCTION')
    return listOf(statement['objects']).map((object) => ({
      does: `${statement['is_grant'] === true ? 'grant' : 'revoke'} on a function`,
      to: namesOf(nodeOf(object, 'ObjectWithArgs')?.['objname']),
    }));
  const relations = listOf(statement['objects']).map((object) =>
    namesOfRelation(nodeOf(object, 'RangeVar') ?? {}),
  );
  const privileges = listOf(statement['privileges']).map((each) => nodeOf(each, 'AccessPriv'));
  // ALL is a list of none.
  const columns = (privileges.length === 0 ? [undefined] : privileges).flatMap((privilege) => {
    const named = namesOf(privilege?.['cols']);
    // Without columns it is a right on the whole relation.
    return named.length === 0 ? [''] : named;
  });
  return relations.flatMap((relation) =>
    columns.map((column) => ({ does: 'grant', to: [...relation, column] })),
  );
}

const itemsOf = (value: unknown): unknown => nodeOf(value, 'List')?.['items'];

const relationOf = (statement: Tree): readonly string[] =>
  namesOfRelation(fieldOf(statement, 'relation') ?? {});

const namesOfRelation = (relation: Tree): readonly string[] => [
  textOf(relation, 'schemaname') ?? '',
  textOf(relation, 'relname') ?? '',
];
