import type { Statement } from '../../database/database.ts';
import type { Unit } from '../../plan/plan.ts';
import type { ByHand, UndoneByHand } from '../for-people.ts';
import type { UnitPlace } from '../ledger-sql.ts';
import { ledgerStatements } from './ledger.ts';
import { inlineParameters } from './positional.ts';
import { callParameter } from './procedure.ts';
import { literal } from './quote.ts';
import { briefCall } from './units.ts';

/** What a rollback does in the database, for somebody with the mysql client, should nothing else be able to do it. */
export function rollbackByHand(
  {
    migration,
    epoch,
    lockTimeoutMs,
  }: { readonly migration: string; readonly epoch: number; readonly lockTimeoutMs: number },
  phases: readonly UndoneByHand[],
): readonly ByHand[] {
  const claim = { migration, epoch: epoch + 1 };
  const fenced = `${migration} epoch ${epoch}`.slice(0, 36);
  return [
    {
      does: 'make every worker of this start harmless: the answer must be a row, else stop here',
      statements: [
        written('fenceEpoch', { migration, epoch, [callParameter]: fenced }),
        `SELECT answer FROM underpin.answer WHERE id = ${literal(fenced)} AND answer IS NOT NULL`,
      ],
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

/** A call by hand is named by the server; whoever runs it twice gets a second name, and the ledger says no. */
const written = (name: keyof typeof ledgerStatements, parameters: Statement['parameters'] & object): string =>
  inlineParameters({ text: ledgerStatements[name], parameters }).replace(`:${callParameter}`, 'UUID()');

/** Shows what a migration has standing and how each of it is undone. */
export const plannedUndo = (
  migration: string,
): string => `SELECT p.phase, JSON_PRETTY(JSON_EXTRACT(m.plan, CONCAT('$.phases."', p.phase, '".undo'))) AS undo
FROM underpin.migration AS m
CROSS JOIN LATERAL (SELECT DISTINCT a.phase FROM underpin.applied AS a WHERE a.migration = m.name AND a.direction = 'run') AS p
WHERE m.name = ${literal(migration)}`;
