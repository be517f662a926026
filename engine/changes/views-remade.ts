import { inspectorOf } from '../dialects/planning-dialect.ts';
import type { Database } from '../database/database.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { Phase, PhaseName, Plan, Unit } from '../plan/plan.ts';
import { isSwapped, newColumns, quarantinedColumns } from '../shapes/shape.ts';
import { invalid } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import { boundKind } from './bound-kind.ts';
import type { CompiledChange, Subject } from './kind.ts';

interface WithViews {
  readonly of: Pick<Plan, 'phases' | 'replacesViews'>;
  readonly warnings: readonly string[];
}

/**
 * The phases with the views over a column that keeps its name and gets another type dropped before, and made again after it,
 * in the same lock. A view knows its columns by their numbers and their types: it would stay with the old one. null where no
 * view has to be made again.
 */
export async function withViewsRemade(
  spec: Spec,
  { catalog }: Subject,
  { shape, phases }: Pick<CompiledChange, 'shape' | 'phases'>,
  { database, parser }: { readonly database: Database; readonly parser: SqlParser },
): Promise<WithViews | null> {
  const { keepsName, oldColumns } = boundKind(spec.change);
  const at: PhaseName = isSwapped(shape) ? 'swap' : 'expand';
  const phase = phases[at];
  const stays = keepsName && (isSwapped(shape) || shape.kind === 'none');
  if (phase === undefined || !stays || !catalog.dependents.some(({ view }) => view)) return null;
  const before = at === 'swap' ? (phases.expand?.run ?? []) : [];
  const planned = await inspectorOf(database).viewsRemade(
    {
      migration: spec.name,
      table: spec.table,
      columns: oldColumns,
      leaving: isSwapped(shape) ? quarantinedColumns(shape) : [],
      arriving: newColumns(shape).map(({ name }) => name),
      changing: [...before, ...phase.run].flatMap((unit) => (unit.kind === 'brief' ? unit.statements : [])),
      statements: spec.dependents,
    },
    parser,
  );
  const refused = [
    ...planned.refused.map(({ at: place, ...fault }) => ({ key: `dependents[${place}]`, ...fault })),
    ...planned.faults.map((fault) => ({ key: 'change.column', ...fault })),
  ];
  if (refused.length > 0) throw invalid(spec, refused);
  return {
    of: { phases: { ...phases, [at]: around(phase, planned) }, replacesViews: planned.views },
    warnings: planned.warnings,
  };
}

type Around = readonly [before: string, after: string];

/** Before and after the statements of each unit: a swap is one, and so is a change in the catalog alone. */
function around({ run, undo }: Phase, by: { readonly run: Around; readonly undo: Around }): Phase {
  const each =
    ([before, after]: Around) =>
    (unit: Unit): Unit =>
      unit.kind === 'brief'
        ? {
            ...unit,
            does: `${unit.does}; the views over it are made again`,
            statements: [before, ...unit.statements, after],
          }
        : unit;
  return {
    run: run.map(each(by.run)),
    undo: 'irreversible' in undo ? undo : undo.map(each(by.undo)),
  };
}
