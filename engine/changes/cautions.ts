import { isAliased, newColumns, replacedColumns } from '../shapes/shape.ts';
import type { Spec } from '../spec/spec.ts';
import { boundKind } from './bound-kind.ts';
import type { CompiledChange, Subject } from './kind.ts';

/** What a change of this shape, and the walk of its rows, ask of who looks after them. */
export const cautionsOf = (spec: Spec, subject: Subject, compiled: CompiledChange): readonly string[] => [
  ...(compiled.walks.length > 0 ? subject.sql.walk.cautions(spec.table, subject.catalog) : []),
  ...shapeCautions(spec, subject, compiled),
];

/** Where no column comes or goes, an application that names none meets nothing new. */
function shapeCautions(
  { table, change }: Spec,
  { catalog, sql }: Subject,
  { shape }: CompiledChange,
): readonly string[] {
  const fresh = newColumns(shape).map(({ name }) => name);
  const replaced = replacedColumns(shape).map(({ name }) => name);
  const { asked, keepsName } = boundKind(change);
  const comes = fresh.length > 0;
  // A view has its own, which its kind has said.
  if (isAliased(shape) || shape.kind === 'none' || (!comes && asked === null)) return [];
  // A copy has its columns in the same order.
  if (shape.kind === 'tables') return [];
  const gone = asked?.columns ?? [];
  const behind = catalog.columns.slice(-gone.length).map(({ name }) => name);
  const moves = !behind.every((name) => gone.includes(name));
  const old = catalog.columns.filter(({ name }) => replaced.includes(name));
  const isNullable = old.some(({ notNull }) => !notNull);
  const isTouched = old.some(({ touched }) => touched === true);
  return sql.cautions(table, {
    comes,
    takesPlace: comes && replaced.length > 0 ? { old: replaced, new: fresh, isNullable, isTouched } : null,
    goes: asked === null ? null : { name: gone.join(', '), moves, keepsName },
  });
}
