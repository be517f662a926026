import type { Plan } from '../../engine/plan/plan.ts';
import type { Spec } from '../../engine/spec/spec.ts';

/** What the ledger keeps of a migration that is claimed. `seen`: the epoch that it had then. */
export const entryOf = (
  spec: Spec,
  { plan, execution, seen }: { readonly plan: Plan; readonly execution: string; readonly seen: number },
) => {
  const { source: _, rehearsal: __, dependents: ___, ...settings } = spec;
  return { migration: spec.name, seen, execution, declaration: declarationOf(spec), plan, settings };
};

/** What may not change while it stands half done. */
export const declarationOf = ({ table, change, dependents }: Spec): string =>
  JSON.stringify({ table, change, dependents });
