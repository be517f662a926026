import type { HeldRule, Repair } from '../dialects/rules-sql.ts';
import type { Dialect } from '../dialects/dialect.ts';
import { emptyPhase, type Brief, type Unit } from '../plan/plan.ts';
import { oneWalk } from '../plan/walk.ts';
import type { ExpectedTable } from '../plan/expected.ts';
import { columnAsItIs, expectsNothing } from './expectations.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { columnNamed } from './refusals.ts';
import type { KnownRule } from './rule.ts';
import { brief } from '../plan/brief.ts';

/** What is done to rows that break a rule. */
export interface AuthoredRepair {
  readonly column: string;
  readonly expression: string;
}

/** A rule that a constraint holds, under a name. */
export interface NamedRule extends HeldRule {
  readonly name: string;
  /** What the writers of the table meet: `a NULL in email`. */
  readonly refuses: string;
  readonly repair: AuthoredRepair | null;
  /** After the scan. Where rows were repaired, these statements end that too. */
  readonly finish: Finish | null;
  readonly warnings: readonly string[];
  readonly expects: Partial<ExpectedTable>;
}

interface Finish {
  readonly brief: Brief;
  readonly undo: readonly Unit[];
}

/**
 * The constraint comes first, without a look at the rows that are there: new breaches are refused from then on. Then the
 * rows that break it are repaired, if the author says how, and then all are scanned beside the traffic.
 */
export function heldRule(subject: Subject, held: NamedRule, known: KnownRule): CompiledChange {
  const { migration, table, catalog, sql } = subject;
  const repair =
    held.repair === null
      ? null
      : repairOf(subject, { ...held.repair, violated: held.violated, reads: held.reads }, known);
  const [notYetValid, validation] = sql.constraints.add(migration, table, held.name, held.definition);
  if (notYetValid?.kind !== 'brief' || validation === undefined)
    throw new Error('a constraint is added, then validated');
  const end = finished(repair, held.finish, sql);
  return {
    shape: { kind: 'none', breaks: held.violated },
    phases: {
      expand: {
        run: [
          repair === null
            ? notYetValid
            : {
                ...notYetValid,
                does: `${notYetValid.does}, and repair rows as they are written`,
                statements: [...sql.repair.start(repair), ...notYetValid.statements],
              },
        ],
        undo: [
          sql.tables.ofTwo(
            brief(`drop ${held.name}`, 'ACCESS EXCLUSIVE', [
              ...(repair === null ? [] : sql.repair.end(repair)),
              sql.constraints.drop(table, held.name),
            ]),
          ),
        ],
      },
      ...(repair === null ? {} : { backfill: emptyPhase }),
      verify: {
        run: [validation, ...(end === null ? [] : [end])],
        undo: held.finish?.undo ?? [],
      },
    },
    walks: repair === null ? [] : oneWalk(sql.walk.repair(catalog.key, repair)),
    warnings: [...heldWarnings(held.refuses, repair), ...held.warnings],
    expects: { ...expectsNothingNew(subject, repair), ...held.expects },
  };
}

export const repairOf = (
  { migration, table, catalog }: Subject,
  authored: AuthoredRepair & Pick<HeldRule, 'violated' | 'reads'>,
  { settings }: KnownRule,
): Repair => ({ migration, table, ...authored, settings, row: catalog.columns });

export const heldWarnings = (
  refuses: string,
  repair: Repair | null,
  updated = 'is repaired when it is updated',
): readonly string[] => [
  `from expand on the database refuses ${refuses}: a writer that still does that fails at once` +
    (repair === null ? '' : `; a row that is like that already ${updated}`),
  ...(repair === null ? [] : [`a rollback keeps what was repaired in ${repair.column}`]),
];

function finished(repair: Repair | null, finish: Finish | null, sql: Dialect): Unit | null {
  if (repair === null) return finish?.brief ?? null;
  const statements = sql.repair.end(repair);
  if (finish !== null) return { ...finish.brief, statements: [...finish.brief.statements, ...statements] };
  return brief('end the repair', 'ACCESS EXCLUSIVE', statements);
}

export function expectsNothingNew({ catalog }: Subject, repair: Repair | null): ExpectedTable {
  const repaired = repair === null ? undefined : columnNamed(catalog, repair.column);
  return {
    ...expectsNothing(catalog.table.owner),
    columns: repaired === undefined ? [] : [columnAsItIs(repaired)],
  };
}
