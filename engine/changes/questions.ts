import { readSides } from '../catalog/inheritance.ts';
import type { BuiltObjects, Inheritance } from '../catalog/inherited.ts';
import type { PlanningDatabase } from '../database/planning-database.ts';
import type { ConvertedColumn, Following, Likeness } from '../dialects/inspector.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import { invalid, refuse } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import { duplicatesFound, type DeclaredAt } from './duplicates.ts';
import type { DatabaseQuestions, Subject } from './kind.ts';
import { checkedRule } from './checked-rule.ts';
import { asTried, triedColumn } from './trial.ts';

interface Questions {
  readonly ask: DatabaseQuestions;
  /** What the answers so far warn of. */
  readonly warnings: readonly string[];
}

/** What a change may ask of its table before it has a plan. An answer that forbids it raises InvalidSpec. */
export function questionsAbout(
  spec: Spec,
  subject: Subject,
  { database, parser }: PlanningDatabase,
  expressions: Following,
): Questions {
  const { table } = spec;
  const { key, table: facts } = subject.catalog;
  const inspector = inspectorOf(database);
  const warnings: string[] = [];
  const refuseDuplicates = async (
    converted: readonly ConvertedColumn[],
    { indexes }: Pick<BuiltObjects, 'indexes'>,
    keys: DeclaredAt,
  ): Promise<void> => {
    const found = await duplicatesFound(database, table, converted, { indexes, keys });
    refuse(spec, found.refusals);
    warnings.push(...found.warnings);
  };
  return {
    warnings,
    ask: {
      parser,
      heirs: async (asked, declaredAt = 'change') => {
        const likeness = { ...noForerunner, ...asked, table };
        const inheritance = await triedColumn(spec, database, likeness, declaredAt);
        const keys = { up: `${declaredAt}.up`, type: `${declaredAt}.type` };
        await refuseDuplicates(convertedBy(likeness, inheritance), inheritance, keys);
        return { ...inheritance, settings: await inspector.sessionSettings(expressions) };
      },
      rule: async (asked) => {
        const checked = await checkedRule(database, subject, asked, expressions);
        if ('refusals' in checked) throw invalid(spec, checked.refusals);
        warnings.push(...checked.warnings);
        return checked;
      },
      sides: async (asked, converted) => {
        const built = await asTried(spec, 'change', () => readSides(database, asked));
        await refuseDuplicates(converted, built, { up: 'change.into', type: 'change.into' });
        return built;
      },
      indexes: () => inspector.indexes(table),
      retyped: (column, type) => inspector.retyped(table, column, type),
      throughView: () => inspector.throughView(table, { key, version: facts.version }, parser),
      taken: (names) => inspector.takenTables(table, names),
      copyHindrances: (retyped) => inspector.copyHindrances(table, retyped),
      copied: () => inspector.copied(table),
      moved: (to) => inspector.moved(table, to),
      referrers: (column) => inspector.referrers(table, column),
      settings: () => inspector.sessionSettings(expressions),
      printed: (definition) => inspector.tryRule(table, { as: 'index', definition }),
      tries: (statements) => asTried(spec, 'change', () => inspector.tryStatements(statements)),
    },
  };
}

const noForerunner = { from: null, default: null, up: null, down: null, answers: { index: {}, check: {} } };

const convertedBy = (
  { from, to, up }: Likeness,
  { type, collates }: Pick<Inheritance, 'type' | 'collates'>,
): readonly ConvertedColumn[] =>
  up === null || from === null ? [] : [{ column: to, expression: up, type, collation: collates }];
