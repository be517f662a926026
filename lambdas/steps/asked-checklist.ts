import { movesReads, oldColumnsOf } from '../../engine/changes/bound-kind.ts';
import type { Subject } from '../../engine/changes/kind.ts';
import { inspectorOf, planningDialectOf } from '../../engine/dialects/planning-dialect.ts';
import { refuseWhileOpen } from '../../engine/preview/checklist.ts';
import type { Spec } from '../../engine/spec/spec.ts';
import type { Tools } from '../runtime/tools.ts';

/** Before anything is touched: what nobody has thought of now will be asked at night. */
export async function askChecklist(
  spec: Spec,
  subject: Subject,
  { database }: Pick<Tools, 'database'>,
): Promise<void> {
  const replaced = oldColumnsOf(spec.change);
  const statistics = await inspectorOf(database).statistics(spec.table, {
    key: subject.catalog.key[0]?.name ?? null,
    columns: replaced,
  });
  refuseWhileOpen({
    spec,
    statistics,
    sql: planningDialectOf(database),
    readsMove: movesReads(spec.change),
  });
}
