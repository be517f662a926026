import type { Findings } from './findings.ts';
import { FromClause } from './from-clause.ts';
import {
  Scope,
  answerUnderAlias,
  combinedAnswer,
  type Answer,
  type Ctes,
  type OldColumn,
  type Relation,
} from './scope.ts';
import { fieldOf, isTree, listOf, namesOf, nodeOf, nodesOf, textOf, type Tree } from './tree.ts';

/** Walks queries and expressions, level by level, as PostgreSQL resolves names. */
export class QueryWalk {
  private readonly from: FromClause;

  constructor(
    readonly old: OldColumn,
    readonly findings: Findings,
    /** A statement inside WITH that is no SELECT; answers for what it returns. */
    private readonly modifying: (statement: unknown, ctes: Ctes) => Answer,
  ) {
    this.from = new FromClause(this);
  }

  /** Walks a SELECT, VALUES or set operation; answers for the rows that it gives. */
  select(stmt: Tree, parent: Scope | null, outer: Ctes): Answer {
    const ctes = this.with(fieldOf(stmt, 'withClause'), parent, outer);
    if (stmt['op'] !== undefined && stmt['op'] !== 'SETOP_NONE') return this.setOperation(stmt, parent, ctes);
    const scope = new Scope(parent, this.relations(stmt['fromClause'], parent, ctes));
    this.expression(stmt['valuesLists'], scope, ctes);
    const targets = nodesOf(stmt['targetList'], 'ResTarget');
    for (const target of targets) this.expression(target['val'], scope, ctes);
    for (const clause of [
      'whereClause',
      'groupClause',
      'havingClause',
      'windowClause',
      'limitOffset',
      'limitCount',
    ])
      this.expression(stmt[clause], scope, ctes);
    // ORDER BY and DISTINCT ON take a bare name for that of a result before that of a column.
    const results = new Set(targets.map(({ name }) => name));
    for (const item of [...listOf(stmt['sortClause']), ...listOf(stmt['distinctClause'])])
      if (!results.has(bareName(item))) this.expression(item, scope, ctes);
    return this.output(targets, scope);
  }

  private setOperation(stmt: Tree, parent: Scope | null, ctes: Ctes): Answer {
    const answers = ['larg', 'rarg'].map((side) => {
      const arm = fieldOf(stmt, side);
      return arm === undefined ? 'none' : this.select(arm, parent, ctes);
    });
    for (const clause of ['limitOffset', 'limitCount']) this.expression(stmt[clause], parent, ctes);
    // The first arm names the columns, but a star of any of them brings ours.
    return answers.includes('ours') ? 'ours' : (answers[0] ?? 'none');
  }

  with(clause: Tree | undefined, parent: Scope | null, outer: Ctes): Ctes {
    const ctes = new Map(outer);
    for (const cte of nodesOf(clause?.['ctes'], 'CommonTableExpr')) {
      const name = textOf(cte, 'ctename') ?? '';
      const walk = (): Answer => {
        const query = nodeOf(cte['ctequery'], 'SelectStmt');
        const answer =
          query === undefined ? this.modifying(cte['ctequery'], ctes) : this.select(query, parent, ctes);
        return answerUnderAlias(answer, namesOf(cte['aliascolnames']), this.old.column);
      };
      if (clause?.['recursive'] === true) {
        // What it gives it also reads: the second walk knows what the first one found.
        ctes.set(name, 'unknown');
        ctes.set(name, walk());
      }
      ctes.set(name, walk());
    }
    return ctes;
  }

  relations(clause: unknown, parent: Scope | null, ctes: Ctes): readonly Relation[] {
    const found: Relation[] = [];
    for (const item of listOf(clause))
      found.push(...this.from.relations(item, new Scope(parent, [...found]), ctes));
    return found;
  }

  /** What a list of results has under the column's name. */
  output(targets: readonly Tree[], scope: Scope): Answer {
    return combinedAnswer(targets.map((target) => this.outputOf(target, scope)));
  }

  private outputOf({ name, val }: Tree, scope: Scope): Answer {
    if (typeof name === 'string') return name === this.old.column ? 'theirs' : 'none';
    const fields = namesOf(nodeOf(val, 'ColumnRef')?.['fields']);
    const last = fields.at(-1) ?? textOf(lastOf(nodeOf(val, 'FuncCall')?.['funcname']), 'sval');
    if (last !== '*') return last === this.old.column ? 'theirs' : 'none';
    const of = fields.at(-2);
    return of === undefined
      ? combinedAnswer(scope.relations.map(({ answer }) => answer))
      : (scope.find(of)?.answer ?? 'unknown');
  }

  /** Walks anything that may hold names of columns. */
  expression(value: unknown, scope: Scope | null, ctes: Ctes): void {
    if (Array.isArray(value)) for (const item of value) this.expression(item, scope, ctes);
    if (!isTree(value)) return;
    const select = nodeOf(value, 'SelectStmt');
    if (select !== undefined) {
      this.select(select, scope, ctes);
      return;
    }
    const column = nodeOf(value, 'ColumnRef');
    if (column !== undefined) {
      this.column(namesOf(column['fields']), scope);
      return;
    }
    if (this.isField(value, scope)) this.findings.add('reads');
    for (const inner of Object.values(value)) this.expression(inner, scope, ctes);
  }

  /** `(row).column`, and `column(row)`, which PostgreSQL reads as the same. */
  private isField(value: Tree, scope: Scope | null): boolean {
    const path = nodeOf(value, 'A_Indirection');
    const call = nodeOf(value, 'FuncCall');
    const field = path === undefined ? namesOf(call?.['funcname']).at(-1) : namesOf(path['indirection'])[0];
    if (field !== this.old.column) return false;
    const row = namesOf(nodeOf(path?.['arg'] ?? listOf(call?.['args'])[0], 'ColumnRef')?.['fields']).at(-1);
    return row !== undefined && scope?.find(row)?.answer === 'ours';
  }

  private column(fields: readonly string[], scope: Scope | null): void {
    const last = fields.at(-1);
    const of = fields.at(-2);
    if (of === undefined) this.bareColumn(last ?? '', scope);
    else if (scope?.find(of)?.answer === 'ours') {
      if (last === '*') this.findings.add('wholeRow');
      if (last === this.old.column) this.findings.add('reads');
    }
  }

  private bareColumn(name: string, scope: Scope | null): void {
    if (name === '*') {
      if (scope?.relations.some(({ answer }) => answer === 'ours') === true) this.findings.add('wholeRow');
      return;
    }
    if (name === this.old.column) {
      const meant = scope?.bare() ?? 'no';
      if (meant !== 'no') this.findings.add('reads');
      if (meant === 'maybe') this.findings.add('doubtful');
    } else if (scope?.find(name)?.answer === 'ours') this.findings.add('wholeRow');
  }
}

const lastOf = (list: unknown): Tree | undefined => nodeOf(listOf(list).at(-1), 'String');

/** The name that an item of ORDER BY or DISTINCT ON consists of, if it does. */
function bareName(item: unknown): string | undefined {
  const fields = namesOf(nodeOf(nodeOf(item, 'SortBy')?.['node'] ?? item, 'ColumnRef')?.['fields']);
  return fields.length === 1 ? fields[0] : undefined;
}
