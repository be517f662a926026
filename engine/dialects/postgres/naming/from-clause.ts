import type { Findings } from './findings.ts';
import {
  Scope,
  aliasColumns,
  aliasName,
  isOurs,
  answerUnderAlias,
  combinedAnswer,
  type Answer,
  type Ctes,
  type OldColumn,
  type Relation,
} from './scope.ts';
import { fieldOf, listOf, namesOf, nodeOf, textOf, type Tree } from './tree.ts';

/** The walk that a FROM clause is part of; what stands in one may be queries and expressions again. */
interface SurroundingWalk {
  readonly old: OldColumn;
  readonly findings: Findings;
  select(stmt: Tree, parent: Scope | null, outer: Ctes): Answer;
  expression(value: unknown, scope: Scope | null, ctes: Ctes): void;
}

/** Reads what stands in FROM, one item at a time; `scope` holds the items to its left, which LATERAL may name. */
export class FromClause {
  constructor(private readonly walk: SurroundingWalk) {}

  relations(item: unknown, scope: Scope, ctes: Ctes): readonly Relation[] {
    const table = nodeOf(item, 'RangeVar');
    if (table !== undefined) return [this.table(table, ctes)];
    const join = nodeOf(item, 'JoinExpr');
    if (join !== undefined) return this.join(join, scope, ctes);
    const query = nodeOf(item, 'RangeSubselect');
    if (query !== undefined) return [this.query(query, scope, ctes)];
    const sample = nodeOf(item, 'RangeTableSample');
    if (sample !== undefined) {
      this.walk.expression(sample['args'], scope, ctes);
      return this.relations(sample['relation'], scope, ctes);
    }
    return [this.computed(item, scope, ctes)];
  }

  /** A table, view or CTE. */
  table(range: Tree, ctes: Ctes): Relation {
    const { old, findings } = this.walk;
    const relation = { schema: textOf(range, 'schemaname'), name: textOf(range, 'relname') ?? '' };
    const name = aliasName(range) ?? relation.name;
    if (relation.schema === 'underpin') findings.add('own');
    const columns = aliasColumns(range);
    const cte = relation.schema === undefined ? ctes.get(relation.name) : undefined;
    if (cte === undefined && isOurs(old, relation)) {
      findings.add('readsTable');
      // The alias names it by its place.
      if (columns.length >= old.position) findings.add('reads', 'doubtful');
      return { name, answer: 'ours' };
    }
    return { name, answer: answerUnderAlias(cte ?? old.elsewhere(relation), columns, old.column) };
  }

  private join(join: Tree, scope: Scope, ctes: Ctes): readonly Relation[] {
    const { old, findings } = this.walk;
    const left = this.relations(join['larg'], scope, ctes);
    const beside = new Scope(scope.parent, [...scope.relations, ...left]);
    const right = this.relations(join['rarg'], beside, ctes);
    const both = [...left, ...right];
    this.walk.expression(join['quals'], new Scope(scope.parent, both), ctes);
    const answers = [left, right].map((side) => combinedAnswer(side.map(({ answer }) => answer)));
    if (answers.includes('ours')) {
      if (namesOf(join['usingClause']).includes(old.column)) findings.add('reads');
      // A natural join uses every column that both sides have.
      if (join['isNatural'] === true && answers.every((answer) => answer !== 'none'))
        findings.add('reads', 'doubtful');
    }
    const alias = aliasName(join);
    return alias === undefined
      ? both
      : [{ name: alias, answer: answerUnderAlias(combinedAnswer(answers), aliasColumns(join), old.column) }];
  }

  private query(range: Tree, scope: Scope, ctes: Ctes): Relation {
    const select = nodeOf(range['subquery'], 'SelectStmt');
    const outer = range['lateral'] === true ? scope : scope.parent;
    const answer = select === undefined ? 'unknown' : this.walk.select(select, outer, ctes);
    return {
      name: aliasName(range) ?? '',
      answer: answerUnderAlias(answer, aliasColumns(range), this.walk.old.column),
    };
  }

  /** A function, XMLTABLE, JSON_TABLE: its columns are seldom written down. */
  private computed(item: unknown, scope: Scope, ctes: Ctes): Relation {
    this.walk.expression(item, scope, ctes);
    const range =
      nodeOf(item, 'RangeFunction') ?? nodeOf(item, 'RangeTableFunc') ?? nodeOf(item, 'JsonTable');
    if (range === undefined) return { name: '', answer: 'unknown' };
    const { column } = this.walk.old;
    const name = aliasName(range) ?? '';
    const defined = listOf(range['coldeflist']).map((each) => textOf(nodeOf(each, 'ColumnDef'), 'colname'));
    const known = [...defined, ...aliasColumns(range)];
    // A function that gives single values has one column, called like its alias.
    const answer: Answer =
      known.includes(column) || name === column ? 'theirs' : known.length > 0 ? 'none' : 'unknown';
    return { name, answer };
  }
}

/** The relation that INSERT, UPDATE, DELETE, MERGE and COPY are about. */
export const targetRange = (stmt: Tree): Tree => fieldOf(stmt, 'relation') ?? {};
