import { inspectorOf } from '../dialects/planning-dialect.ts';
import type { Database } from '../database/database.ts';
import type { SqlParser } from '../database/sql-parser.ts';
import type { Phase, Plan } from '../plan/plan.ts';
import { isAliased, replacedColumns, type Shape } from '../shapes/shape.ts';
import type { ColumnsShape } from '../shapes/columns-shape.ts';
import { invalid } from '../spec/refused-spec.ts';
import type { Spec } from '../spec/spec.ts';
import type { CompiledChange, Subject } from './kind.ts';
import { withDependentsRemade } from './dependents-remade.ts';
import { refuseManyViews } from './many-views.ts';

interface WithDependents {
  readonly of: Pick<Plan, 'phases' | 'replacesViews' | 'altersPolicies' | 'offers'>;
  readonly warnings: readonly string[];
}

/**
 * The phases with the author's new definitions of views and expressions of policies in them, and what can be offered for those that would keep the
 * contract gate shut. They come when all reads have moved and the new side wins, and go back before anything else does.
 */
export async function plannedDependents(
  spec: Spec,
  subject: Subject,
  { shape, phases }: Pick<CompiledChange, 'shape' | 'phases'>,
  { database, parser }: { readonly database: Database; readonly parser: SqlParser },
): Promise<WithDependents> {
  const remade = await withDependentsRemade(spec, subject, { shape, phases }, { database, parser });
  if (remade !== null) return remade;
  const moves = phases['read-switch'];
  if (moves === undefined || !replacesColumns(shape)) {
    refuseAny(spec);
    return { of: { phases }, warnings: [] };
  }
  if (spec.dependents.length === 0 && !subject.catalog.dependents.some(({ bound }) => bound))
    return { of: { phases }, warnings: [] };
  refuseManyViews(spec, subject);
  const planned = await inspectorOf(database).dependentsPlanned(
    {
      migration: spec.name,
      table: spec.table,
      old: shape.old.columns,
      new: shape.new.columns,
      down: shape.down,
      added: (phases.expand?.run ?? []).flatMap((unit) => (unit.kind === 'brief' ? unit.statements : [])),
      statements: spec.dependents,
    },
    parser,
  );
  const refused = planned.refused.map(({ at, ...fault }) => ({ key: `dependents[${at}]`, ...fault }));
  if (refused.length > 0) throw invalid(spec, refused);
  return {
    of: {
      phases: { ...phases, 'read-switch': withUnits(moves, planned) },
      ...(planned.replaced.length === 0 ? {} : { replacesViews: planned.replaced }),
      ...(planned.policies.length === 0 ? {} : { altersPolicies: planned.policies }),
      ...(planned.offers.length === 0 ? {} : { offers: planned.offers }),
    },
    warnings: planned.unable.map((each) => `no new definition can be offered for ${each}`),
  };
}

/** Behind both names of an alias is one column, which a view follows. */
const replacesColumns = (shape: Shape): shape is ColumnsShape =>
  shape.kind === 'columns' && replacedColumns(shape).length > 0 && !isAliased(shape);

function refuseAny(spec: Spec): void {
  if (spec.dependents.length === 0) return;
  throw invalid(spec, [
    {
      key: 'dependents',
      fact: 'no view or policy has to read something else when this change is made',
      remedy: 'Leave `dependents` out; what names what goes is replaced by a migration of its own.',
    },
  ]);
}

const withUnits = (
  { run, undo }: Phase,
  more: { readonly run: Phase['run']; readonly undo: Phase['run'] },
): Phase => ({
  run: [...run, ...more.run],
  undo: 'irreversible' in undo ? undo : [...more.undo, ...undo],
});
