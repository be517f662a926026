import type { SqlParser } from '../../../database/sql-parser.ts';
import {
  everyTree,
  isTree,
  namesOf,
  nodeOf,
  relationsIn,
  textOf,
  type RelationName,
} from '../naming/tree.ts';
import { actionsOf } from '../meaning/what-a-statement-does.ts';
import { queryOf } from '../meaning/plpgsql-query.ts';
import { momentCast } from './moment-literal.ts';

/** What can be read of a function's body. */
export interface BodyCalls {
  /** Names as they are written: schema and function, or the function alone. */
  readonly names: readonly (readonly string[])[];
  /** `CURRENT_USER` and its like, which are no calls. */
  readonly sqlValues: readonly string[];
  /** Tables and views that it reads. */
  readonly relations: readonly RelationName[];
  /** What it holds that is read as a moment, in words. */
  readonly moment: string | undefined;
  readonly writes: boolean;
  /** SQL that is made at run time, or that cannot be parsed: nobody can tell what it does. */
  readonly opaque: boolean;
}

/** Reads a body in SQL, or a whole CREATE FUNCTION statement in PL/pgSQL. */
export function bodyCalls(language: string, text: string, parser: SqlParser): BodyCalls {
  const trees = language === 'plpgsql' ? queriesOf(text, parser) : [parsed(text, parser)];
  const every = trees.flatMap((tree) => [...everyTree(tree)]);
  const actions = actionsOf(text, parser).map(({ does }) => does);
  const opaque =
    trees.includes(undefined) || actions.some((does) => does === 'EXECUTE' || does.includes('cannot read'));
  return {
    names: every.flatMap((tree) => {
      const call = nodeOf(tree, 'FuncCall');
      return call === undefined ? [] : [namesOf(call['funcname'])];
    }),
    sqlValues: every.flatMap((tree) => textOf(nodeOf(tree, 'SQLValueFunction'), 'op') ?? []),
    relations: relationsIn(trees),
    moment: momentCast(every),
    writes: actions.some((does) => !harmless.has(does) && !does.includes('cannot read')),
    opaque,
  };
}

/** What a function may do, besides computing, without touching anything. */
const harmless = new Set(['function', 'set a field', 'EXECUTE']);

function queriesOf(text: string, parser: SqlParser): readonly unknown[] {
  try {
    return [...everyTree(parser.plpgsql(text))].flatMap((tree) => {
      const expression = nodeOf(tree, 'PLpgSQL_expr');
      return expression === undefined ? [] : [parsed(queryOf(expression), parser)];
    });
  } catch {
    return [undefined];
  }
}

function parsed(sql: string, parser: SqlParser): unknown {
  try {
    const tree = parser.sql(sql);
    return isTree(tree) ? tree : undefined;
  } catch {
    return undefined;
  }
}
