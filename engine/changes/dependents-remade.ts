import type { Dependent } from '../catalog/dependent-objects.ts';
import type { Around } from '../dialects/dependents.ts';
import { inspectorOf } from '../dialects/planning-dialect.ts';
import type { Database } from '../database/database.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { Phase, PhaseName, Plan, Unit } from '../plan/plan.ts';
import { isSwapped, newColumns, quarantinedColumns } from '../shapes/shape.ts';
import { invalid } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import { boundKind } from './bound-kind.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { refuseManyViews } from './many-views.ts';

interface WithRemade {
  readonly of: Pick<Plan, 'phases' | 'replacesViews'>;
  readonly warnings: readonly string[];
}

/**
 * The phases with what knows a column that keeps its name and gets another type set aside before, and made again after it, in the
 * same lock. Views, triggers, policies and rules know columns by their numbers: they would stay with the old one. null where
 * nothing has to be made again.
 */
export async function withDependentsRemade(
  spec: Spec,
  subject: Subject,
  { shape, phases }: Pick<CompiledChange, 'shape' | 'phases'>,
  { database, parser }: { readonly database: Database; readonly parser: SqlParser },
): Promise<WithRemade | null> {
  const { keepsName, oldColumns } = boundKind(spec.change);
  const { catalog } = subject;
  const at: PhaseName = isSwapped(shape) ? 'swap' : 'expand';
  const phase = phases[at];
  const stays = keepsName && (isSwapped(shape) || shape.kind === 'none');
  if (phase === undefined || !stays || !catalog.dependents.some(isRemade)) return null;
  refuseManyViews(spec, subject);
  const before = at === 'swap' ? (phases.expand?.run ?? []) : [];
  const planned = await inspectorOf(database).dependentsRemade(
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
    of: {
      phases: { ...phases, [at]: around(phase, planned, isSwapped(shape)) },
      replacesViews: planned.views,
    },
    warnings: planned.warnings,
  };
}

const isRemade = ({ view, remade }: Dependent): boolean => view || remade;

/**
 * In front of the statements of each unit, and behind them: a swap is one, and so is a change in the catalog alone. An exchange of
 * names looks at no row; a type may have got a check since the plan.
 */
function around(
  { run, undo }: Phase,
  by: { readonly run: Around; readonly undo: Around },
  exchangesNames: boolean,
): Phase {
  const each =
    ({ before, after }: Around) =>
    (unit: Unit): Unit =>
      unit.kind === 'brief'
        ? {
            ...unit,
            does: `${unit.does}; what knows it by its number is made again`,
            statements: [...before, ...unit.statements, ...after],
            ...(exchangesNames ? { catalogOnly: true as const } : {}),
          }
        : unit;
  return {
    run: run.map(each(by.run)),
    undo: 'irreversible' in undo ? undo : undo.map(each(by.undo)),
  };
}
