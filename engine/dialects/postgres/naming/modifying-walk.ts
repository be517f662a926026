import type { Findings } from './findings.ts';
import { FromClause, targetRange } from './from-clause.ts';
import { QueryWalk } from './query-walk.ts';
import { Scope, type Answer, type Ctes, type OldColumn, type Relation } from './scope.ts';
import { fieldOf, isTree, listOf, namesOf, nodeOf, nodesOf, textOf, type Tree } from './tree.ts';

type Walk = (stmt: Tree, ctes: Ctes) => Answer;

/** Walks statements that read or write rows. */
export class ModifyingWalk {
  private readonly queries: QueryWalk;
  private readonly from: FromClause;
  private readonly kinds: Readonly<Record<string, Walk>> = {
    SelectStmt: (stmt, ctes) => this.queries.select(stmt, null, ctes),
    InsertStmt: (stmt, ctes) => this.insert(stmt, ctes),
    UpdateStmt: (stmt, ctes) => this.change(stmt, stmt['fromClause'], ctes),
    DeleteStmt: (stmt, ctes) => this.change(stmt, stmt['usingClause'], ctes),
    MergeStmt: (stmt, ctes) => this.merge(stmt, ctes),
    CopyStmt: (stmt, ctes) => this.copy(stmt, ctes),
  };

  constructor(
    private readonly old: OldColumn,
    private readonly findings: Findings,
  ) {
    this.queries = new QueryWalk(old, findings, (statement, ctes) => this.answer(statement, ctes));
    this.from = new FromClause(this.queries);
  }

  /** False for a statement of another kind. */
  statement(statement: Tree, ctes: Ctes): boolean {
    const kind = Object.keys(statement)[0] ?? '';
    if (this.kinds[kind] === undefined) return false;
    this.answer(statement, ctes);
    return true;
  }

  private answer(statement: unknown, ctes: Ctes): Answer {
    if (!isTree(statement)) return 'unknown';
    const kind = Object.keys(statement)[0] ?? '';
    return this.kinds[kind]?.(nodeOf(statement, kind) ?? {}, ctes) ?? 'unknown';
  }

  /** The relation whose rows a statement changes. */
  private target(stmt: Tree): Relation {
    const target = this.from.table(targetRange(stmt), new Map());
    if (target.answer === 'ours') this.findings.add('changesTable');
    return target;
  }

  private insert(stmt: Tree, outer: Ctes): Answer {
    const ctes = this.queries.with(fieldOf(stmt, 'withClause'), null, outer);
    const target = this.target(stmt);
    const source = nodeOf(stmt['selectStmt'], 'SelectStmt');
    if (source !== undefined) this.queries.select(source, null, ctes);
    if (target.answer === 'ours') this.insertedColumns(stmt['cols'], widthOf(source));
    const conflict = fieldOf(stmt, 'onConflictClause');
    const excluded = { name: 'excluded', answer: target.answer };
    if (conflict !== undefined) this.conflict(conflict, [target, excluded], ctes);
    return this.returning(stmt, [target], ctes);
  }

  /** `width`: how many values are given; null where nobody can say. */
  private insertedColumns(columns: unknown, width: number | null): void {
    const names = nodesOf(columns, 'ResTarget').map(({ name }) => name);
    if (names.includes(this.old.column)) this.findings.add('writes');
    if (names.length > 0) return;
    // Without a list columns are meant by their place.
    if (width === null || width >= this.old.position) this.findings.add('writes');
    if (width === null) this.findings.add('doubtful');
  }

  private conflict(clause: Tree, relations: readonly Relation[], ctes: Ctes): void {
    const scope = new Scope(null, relations);
    const infer = fieldOf(clause, 'infer');
    const elements = nodesOf(infer?.['indexElems'], 'IndexElem');
    const isOurs = relations.some(({ answer }) => answer === 'ours');
    const inferred = elements.some(({ name }) => name === this.old.column);
    // A constraint over the column goes with it.
    if (isOurs && (inferred || this.old.constraints.has(textOf(infer, 'conname') ?? '')))
      this.findings.add('reads');
    this.queries.expression(elements, scope, ctes);
    this.queries.expression(infer?.['whereClause'], scope, ctes);
    this.assignments(clause['targetList'], isOurs, scope, ctes);
    this.queries.expression(clause['whereClause'], scope, ctes);
  }

  /** UPDATE and DELETE. */
  private change(stmt: Tree, others: unknown, outer: Ctes): Answer {
    const ctes = this.queries.with(fieldOf(stmt, 'withClause'), null, outer);
    const target = this.target(stmt);
    const relations = [target, ...this.queries.relations(others, new Scope(null, [target]), ctes)];
    const scope = new Scope(null, relations);
    this.assignments(stmt['targetList'], target.answer === 'ours', scope, ctes);
    this.queries.expression(stmt['whereClause'], scope, ctes);
    return this.returning(stmt, relations, ctes);
  }

  private merge(stmt: Tree, outer: Ctes): Answer {
    const ctes = this.queries.with(fieldOf(stmt, 'withClause'), null, outer);
    const target = this.target(stmt);
    const relations = [target, ...this.queries.relations([stmt['sourceRelation']], null, ctes)];
    const scope = new Scope(null, relations);
    const isOurs = target.answer === 'ours';
    this.queries.expression(stmt['joinCondition'], scope, ctes);
    for (const when of nodesOf(stmt['mergeWhenClauses'], 'MergeWhenClause')) {
      this.queries.expression(when['condition'], scope, ctes);
      this.queries.expression(when['values'], scope, ctes);
      if (isOurs && when['commandType'] === 'CMD_INSERT')
        this.insertedColumns(when['targetList'], listOf(when['values']).length);
      this.assignments(when['targetList'], isOurs, scope, ctes);
    }
    return this.returning(stmt, relations, ctes);
  }

  private assignments(targets: unknown, isOurs: boolean, scope: Scope, ctes: Ctes): void {
    for (const target of nodesOf(targets, 'ResTarget')) {
      if (isOurs && target['name'] === this.old.column) this.findings.add('writes');
      this.queries.expression(target['val'], scope, ctes);
    }
  }

  private returning(stmt: Tree, relations: readonly Relation[], ctes: Ctes): Answer {
    const clause = fieldOf(stmt, 'returningClause');
    const results = listOf(clause?.['exprs'] ?? stmt['returningList']);
    const target = relations[0]?.answer ?? 'none';
    // PostgreSQL 18: the row before and after, under these names or others.
    const options = nodesOf(clause?.['options'], 'ReturningOption');
    const images = ['old', 'new', ...options.map((option) => textOf(option, 'value') ?? '')];
    const scope = new Scope(
      new Scope(
        null,
        images.map((name) => ({ name, answer: target })),
      ),
      relations,
    );
    const targets = nodesOf(results, 'ResTarget');
    for (const { val } of targets) this.queries.expression(val, scope, ctes);
    return this.queries.output(targets, scope);
  }

  private copy(stmt: Tree, ctes: Ctes): Answer {
    if (stmt['query'] !== undefined) return this.answer(stmt['query'], ctes);
    const target =
      stmt['is_from'] === true ? this.target(stmt) : this.from.table(targetRange(stmt), new Map());
    if (target.answer !== 'ours') return 'none';
    const columns = namesOf(stmt['attlist']);
    const names = columns.includes(this.old.column);
    if (stmt['is_from'] !== true) {
      if (names) this.findings.add('reads');
      if (columns.length === 0) this.findings.add('wholeRow');
    } else if (names || columns.length === 0) this.findings.add('writes');
    return 'none';
  }
}

/** How many values the source of an INSERT gives; null where a star hides it. */
function widthOf(source: Tree | undefined): number | null {
  if (source === undefined) return 0;
  const arm = fieldOf(source, 'larg');
  if (arm !== undefined) return widthOf(arm);
  const row = nodeOf(listOf(source['valuesLists'])[0], 'List');
  if (row !== undefined) return listOf(row['items']).length;
  const targets = nodesOf(source['targetList'], 'ResTarget');
  return targets.some(({ val }) => isStar(val)) ? null : targets.length;
}

const isStar = (value: unknown): boolean => namesOf(nodeOf(value, 'ColumnRef')?.['fields']).at(-1) === '*';
