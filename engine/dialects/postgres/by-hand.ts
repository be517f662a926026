import type { PhaseName, Unit } from '../../plan/plan.ts';
import type { ByHand, UndoneByHand } from '../ledger-sql.ts';
import { briefCall } from './ledger.ts';
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
    { does: 'make every worker of this start harmless', statements: [fence(migration, epoch)] },
    ...phases.map(({ phase, undo }) => ({
      does: `undo ${phase}`,
      statements: [
        ...undo.flatMap((unit, at) => undone({ ...claim, phase, unit: `undo-${at}` }, unit, lockTimeoutMs)),
        forget(claim, phase),
      ],
    })),
    { does: 'close it as rolled back', statements: [close(claim)] },
  ];
}

interface Claim {
  readonly migration: string;
  readonly epoch: number;
}

function undone(
  place: Claim & { readonly phase: PhaseName; readonly unit: string },
  unit: Unit,
  lockTimeoutMs: number,
): readonly string[] {
  if (unit.kind === 'brief') return [briefCall(place, unit, lockTimeoutMs).text];
  const { migration, epoch, phase } = place;
  return [
    unit.statement,
    `SELECT underpin.enter(${literal(migration)}, ${epoch}, ${literal(phase)}, ${literal(place.unit)})`,
  ];
}

const fence = (migration: string, epoch: number): string => `WITH fenced AS (
  UPDATE underpin.migration SET epoch = epoch + 1, updated_at = clock_timestamp()
  WHERE name = ${literal(migration)} AND epoch = ${epoch}
  RETURNING name, epoch
), moved AS (
  UPDATE underpin.checkpoint AS c SET epoch = f.epoch FROM fenced AS f WHERE c.migration = f.name
), noted AS (
  INSERT INTO underpin.event (migration, epoch, what) SELECT name, epoch, 'fenced' FROM fenced
)
SELECT count(*) AS "fenced: must be 1" FROM fenced`;

const forget = ({ migration, epoch }: Claim, phase: PhaseName): string => `DELETE FROM underpin.applied
WHERE migration = ${literal(migration)} AND phase = ${literal(phase)}
  AND EXISTS (SELECT FROM underpin.migration WHERE name = ${literal(migration)} AND epoch = ${epoch})`;

const close = ({ migration, epoch }: Claim): string => `WITH entered AS (
  UPDATE underpin.migration SET phase = 'done', status = 'rolled-back', updated_at = clock_timestamp()
  WHERE name = ${literal(migration)} AND epoch = ${epoch}
  RETURNING name, epoch
)
INSERT INTO underpin.event (migration, epoch, what, detail)
SELECT name, epoch, 'rolled-back', jsonb_build_object('phase', 'done', 'by', 'hand') FROM entered`;

/** Shows what a migration has standing and how each of it is undone, for whoever has psql and nothing else. */
export const plannedUndo = (
  migration: string,
): string => `SELECT p.phase, jsonb_pretty(m.plan -> 'phases' -> p.phase -> 'undo') AS undo
FROM underpin.migration AS m
CROSS JOIN LATERAL (SELECT DISTINCT phase FROM underpin.applied WHERE migration = m.name AND unit LIKE 'run-%') AS p
WHERE m.name = ${literal(migration)}`;
