import { inspectorOf, planningDialectOf } from './dialects/planning-dialect.ts';
import { readCatalog } from './catalog/catalog.ts';
import { duplicatesFound } from './changes/duplicates.ts';
import type { CompiledChange, MoreQuestions, Refusal, Subject } from './changes/kind.ts';
import { boundKind } from './changes/bound-kind.ts';
import { oldSideOf } from './changes/old-side.ts';
import { tableRefusals } from './changes/table-refusals.ts';
import { checkedRule, type KnownRule, type Rule } from './changes/rule.ts';
import type { Database } from './database/database.ts';
import type { SqlParser } from './database/sql-parser.ts';
import type { Dialect } from './dialects/dialect.ts';
import type { ConvertedColumn, Expression, Likeness } from './dialects/inspector.ts';
import { refusalOf } from './database/refusal.ts';
import { readInheritance, readSides, type BuiltObjects, type Inheritance } from './catalog/inheritance.ts';
import { isAliased, newColumns } from './shapes/shape.ts';
import { throttleFaults, throttleReads } from './walk/throttle-query.ts';
import { nearest } from './words/nearest.ts';
import type { Plan } from './plan/plan.ts';
import { fragmentsOf } from './spec/spec-schema.ts';
import { invalid, refuse } from './spec/refused-spec.ts';
import type { Spec } from './spec/spec.ts';

export { movesReads, oldColumnsOf } from './changes/bound-kind.ts';

/** What a migration is planned with: a database to ask, and the parser of its engine. */
export interface PlanningDatabase {
  readonly database: Database;
  readonly parser: SqlParser;
}

/**
 * Checks a spec against the database without touching anything.
 * Raises InvalidSpec naming file, line and key for all that is wrong at once.
 */
export async function preflight(spec: Spec, { database, parser }: PlanningDatabase): Promise<Subject> {
  const sql = planningDialectOf(database);
  checkFragments(spec, { sql, parser });
  const change = boundKind(spec.change);
  const catalog = await readCatalog(database, spec.table, change, parser);
  if (!catalog) throw invalid(spec, [await missingTable(spec, database)]);
  const subject = { migration: spec.name, table: spec.table, catalog, sql };
  refuse(spec, [
    ...tableRefusals(subject, change),
    ...change.refusals(subject),
    ...(await throttleReads(spec, database)),
  ]);
  for (const { key, expression } of change.expressions(subject))
    await readsWell(spec, database, key, expression);
  return subject;
}

function kindRefusals({ change }: Spec, sql: Dialect): readonly Refusal[] {
  const missing = sql.notYet(change);
  const remedy = `docs/${sql.engine}.md says which kinds of change run on it.`;
  return missing === undefined ? [] : [{ ...missing, remedy }];
}

/** Checks what needs no database: that the author's SQL is what it claims to be. Raises InvalidSpec. */
export function checkFragments(
  spec: Spec,
  { sql, parser }: { readonly sql: Dialect; readonly parser: SqlParser },
): void {
  refuse(spec, kindRefusals(spec, sql));
  const refusals = fragmentsOf(spec.change).flatMap((fragment): readonly Refusal[] => {
    const fault = sql.authored.fault(fragment, parser);
    return fault === undefined ? [] : [{ key: fragment.key, ...fault }];
  });
  refuse(spec, [
    ...refusals,
    ...throttleFaults(spec, { sql, parser }),
    ...boundKind(spec.change).faults({ sql, parser }),
  ]);
}

/** Where no column comes or goes, an application that names none meets nothing new. */
function cautionsOf({ table, change }: Spec, subject: Subject, { shape }: CompiledChange): readonly string[] {
  const { catalog, sql } = subject;
  const { asked, keepsName } = boundKind(change);
  const comes = newColumns(shape).length > 0;
  // A view has its own, which its kind has said.
  if (isAliased(shape) || shape.kind === 'none' || (!comes && asked === null)) return [];
  const gone = asked?.columns ?? [];
  const behind = catalog.columns.slice(-gone.length).map(({ name }) => name);
  const moves = !behind.every((name) => gone.includes(name));
  return sql.cautions(table, {
    comes,
    goes: asked === null ? null : { name: gone.join(', '), moves, keepsName },
  });
}

/** Compiles a spec to its plan. The ledger's schema must be there; nothing of the table is touched. */
export async function compile(
  spec: Spec,
  subject: Subject,
  { database, parser }: PlanningDatabase,
): Promise<Plan> {
  await refuseUnsteady(spec, subject, { database, parser });
  await inspectorOf(database).prepareHeirs();
  const warned: string[] = [];
  const withoutDuplicates = async (
    converted: readonly ConvertedColumn[],
    { indexes }: Pick<BuiltObjects, 'indexes'>,
    keys: { readonly up: string; readonly type: string },
  ): Promise<void> => {
    const { refusals, warnings } = await duplicatesFound(database, spec.table, converted, { indexes, keys });
    refuse(spec, refusals);
    warned.push(...warnings);
  };
  const heirs = async (likeness: Likeness, key = 'change'): Promise<Inheritance> => {
    const inheritance = await tried(spec, database, likeness, key);
    const keys = { up: `${key}.up`, type: `${key}.type` };
    await withoutDuplicates(convertedBy(likeness, inheritance), inheritance, keys);
    return inheritance;
  };
  const sides: MoreQuestions['sides'] = async (asked, converted) => {
    const built = await asTried(spec, 'change', () => readSides(database, asked));
    await withoutDuplicates(converted, built, { up: 'change.into', type: 'change.into' });
    return built;
  };
  const rule = async (asked: Rule): Promise<KnownRule> => {
    const checked = await checkedRule(database, subject, asked);
    if ('refusals' in checked) throw invalid(spec, checked.refusals);
    warned.push(...checked.warnings);
    return checked;
  };
  const indexes = () => inspectorOf(database).indexes(spec.table);
  const retyped = (column: string, type: string) => inspectorOf(database).retyped(spec.table, column, type);
  const { key, table: facts } = subject.catalog;
  const throughView = () =>
    inspectorOf(database).throughView(spec.table, { key, version: facts.version }, parser);
  const taken = (names: readonly string[]) => inspectorOf(database).takenNames(spec.table, names);
  const copied = () => inspectorOf(database).copied(spec.table);
  const moved = (to: string) => inspectorOf(database).moved(spec.table, to);
  const tries = (statements: readonly string[]) =>
    asTried(spec, 'change', () => inspectorOf(database).tryStatements(statements));
  const printed = (definition: string) =>
    inspectorOf(database).tryRule(spec.table, { as: 'index', definition });
  const asked = { copied, moved, tries, printed, settings: () => inspectorOf(database).sessionSettings() };
  const more = { rule, indexes, sides, retyped, taken, throughView, parser, ...asked };
  const compiled = await boundKind(spec.change).compile(subject, heirs, more);
  if ('refused' in compiled) throw invalid(spec, compiled.refused);
  const settled = await inspectorOf(database).settled(spec.name, spec.table, compiled.phases);
  if ('refused' in settled)
    throw invalid(
      spec,
      settled.refused.map((fault) => ({ key: 'change', ...fault })),
    );
  if (compiled.walks.length > 0) {
    const faults = await inspectorOf(database).walkFaults(spec.table);
    refuse(
      spec,
      faults.map((fault) => ({ key: 'table', ...fault, waitsFor: 'database' })),
    );
    warned.push(...subject.sql.walk.cautions(spec.table, key));
  }
  const plan: Plan = {
    migration: spec.name,
    engine: database.dialect.engine,
    table: spec.table,
    estimatedRows: Math.max(0, subject.catalog.table.rows),
    ...compiled,
    phases: settled.phases,
    ...(await oldSideOf(compiled, database)),
    warnings: [...compiled.warnings, ...settled.warnings, ...warned, ...cautionsOf(spec, subject, compiled)],
  };
  planningDialectOf(database).authored.checkPlan(plan, parser);
  return plan;
}

/** An expression that gives another value elsewhere or later would never agree with itself. */
async function refuseUnsteady(
  spec: Spec,
  subject: Subject,
  { database, parser }: PlanningDatabase,
): Promise<void> {
  const expressions = boundKind(spec.change).expressions(subject);
  if (expressions.length === 0) return;
  const inspector = inspectorOf(database);
  await inspector.prepareConversions();
  for (const { key, expression } of expressions) {
    const fault = await inspector.conversionFault({ table: spec.table, expression }, parser);
    if (fault !== undefined) throw invalid(spec, [{ key, ...fault }]);
  }
}

async function readsWell(spec: Spec, database: Database, key: string, expression: Expression): Promise<void> {
  try {
    await inspectorOf(database).tryExpression(spec.table, expression);
  } catch (error) {
    const says = refusalOf(error);
    if (says === undefined) throw error;
    const remedy =
      expression.over === null
        ? 'Write it over the columns of the table, in its own SQL.'
        : `Write it over ${expression.over.map(({ column }) => `"${column}"`).join(', ')} alone: each side must follow from the other.`;
    throw invalid(spec, [{ key, fact: `the database cannot read this expression: ${says}`, remedy }]);
  }
}

/** What the database refuses on an empty copy of the table is refused in its words; no row's value is in them. */
async function tried(spec: Spec, database: Database, likeness: Likeness, key: string): Promise<Inheritance> {
  const ownDefault = async (says: string): Promise<readonly Refusal[]> =>
    likeness.default !== null && (await fits(database, { ...likeness, default: null }))
      ? [
          {
            key: `${key}.default`,
            fact: `the database refuses this default: ${says}`,
            remedy: `Write a default that ${likeness.type} can hold.`,
          },
        ]
      : [];
  return asTried(spec, key, () => readInheritance(database, likeness), ownDefault);
}

async function asTried<T>(
  spec: Spec,
  key: string,
  ask: () => Promise<T>,
  closer: (says: string) => Promise<readonly Refusal[]> = () => Promise.resolve([]),
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const says = refusalOf(error);
    if (says === undefined) throw error;
    refuse(spec, await closer(says));
    const fact = `the database refuses the change on an empty copy of the table: ${says}`;
    throw invalid(spec, [{ key, fact, remedy: 'Change what is written there so that it fits.' }]);
  }
}

const convertedBy = (
  { from, to, up }: Likeness,
  { type, collates }: Inheritance,
): readonly ConvertedColumn[] =>
  up === null || from === null ? [] : [{ column: to, expression: up, type, collation: collates }];

async function fits(database: Database, likeness: Likeness): Promise<boolean> {
  try {
    await readInheritance(database, likeness);
    return true;
  } catch (error) {
    if (refusalOf(error) === undefined) throw error;
    return false;
  }
}

async function missingTable(spec: Spec, database: Database): Promise<Refusal> {
  const found = await inspectorOf(database).tables();
  const tables = found.map(({ schema, name }) => `${schema}.${name}`);
  const near = nearest(`${spec.table.schema}.${spec.table.name}`, tables);
  return {
    key: 'table',
    fact: `there is no table ${spec.table.schema}.${spec.table.name} in this database`,
    remedy:
      near === undefined
        ? `It has: ${tables.slice(0, 20).join(', ') || 'none'}.`
        : `Did you mean \`${near}\`?`,
  };
}
