import type { Unit } from '../../plan/plan.ts';
import type { Statement } from '../../database/database.ts';
import type { UnitPlace } from '../ledger-sql.ts';
import type { ByHand, UndoneByHand } from '../for-people.ts';
import { briefCall, ledgerStatements } from './ledger.ts';
import { inlineParameters } from './positional.ts';
import { literal } from './quote.ts';

/**
 * What a rollback does in the database, for somebody with psql, should nothing else be able to do it: the same statements,
 * fenced and marked in the ledger as the handlers do it, so that the next start knows. `epoch` is the one that the ledger
 * has; should it have moved meanwhile, nothing happens. A statement that runs beside the traffic must not stand in a transaction.
 */
export function rollbackByHand(
  {
    migration,
    epoch,
    lockTimeoutMs,
  }: { readonly migration: string; readonly epoch: number; readonly lockTimeoutMs: number },
  phases: readonly UndoneByHand[],
): readonly ByHand[] {
  const claim = { migration, epoch: epoch + 1 };
  return [
    {
      does: 'make every worker of this start harmless: it must give a row, else stop here',
      statements: [written('fenceEpoch', { migration, epoch })],
    },
    ...phases.map(({ phase, undo }) => ({
      does: `undo ${phase}`,
      statements: [
        ...undo.flatMap((unit, at) =>
          undone({ ...claim, phase, direction: 'undo', unit: at }, unit, lockTimeoutMs),
        ),
        written('forget', { ...claim, phase }),
      ],
    })),
    {
      does: 'close it as rolled back',
      statements: [written('close', { ...claim, status: 'rolled-back', by: 'hand' })],
    },
  ];
}

const undone = (place: UnitPlace, unit: Unit, lockTimeoutMs: number): readonly string[] =>
  unit.kind === 'brief'
    ? [briefCall(place, unit, lockTimeoutMs).text]
    : [unit.statement, written('mark', { ...place })];

const written = (name: keyof typeof ledgerStatements, parameters: Statement['parameters'] & object): string =>
  inlineParameters({ text: ledgerStatements[name], parameters });

/** Shows what a migration has standing and how each of it is undone, for whoever has psql and nothing else. */
export const plannedUndo = (
  migration: string,
): string => `SELECT p.phase, jsonb_pretty(m.plan -> 'phases' -> p.phase -> 'undo') AS undo
FROM underpin.migration AS m
CROSS JOIN LATERAL (SELECT DISTINCT phase FROM underpin.applied WHERE migration = m.name AND direction = 'run') AS p
WHERE m.name = ${literal(migration)}`;
