import type { Unit } from '../plan/plan.ts';
import type { ByHand, ByHandSql } from './for-people.ts';
import type { UnitPlace } from './ledger-sql.ts';

/** How an engine writes a rollback out for its own client. */
export interface ByHandDialect {
  /** Fences the workers of an epoch; what it gives is said in `answers`. */
  readonly fence: (claim: { readonly migration: string; readonly epoch: number }) => readonly string[];
  /** How a person sees that the fence held: `it must give a row`. */
  readonly answers: string;
  /** A statement of the ledger with its parameters written out. */
  readonly written: (
    name: 'mark' | 'forget' | 'close',
    parameters: Readonly<Record<string, string | number | boolean>>,
  ) => string;
  /** A brief unit, entered and marked in one transaction. */
  readonly brief: (place: UnitPlace, unit: Extract<Unit, { kind: 'brief' }>, lockTimeoutMs: number) => string;
}

/**
 * What a rollback does in the database, for somebody with the engine's client, should nothing else be able to do it: the same
 * statements, fenced and marked in the ledger as the handlers do it, so that the next start knows. `epoch` is the one that
 * the ledger has; should it have moved meanwhile, nothing happens. A statement that runs beside the traffic must not stand
 * in a transaction.
 */
export const rolledBackByHand =
  ({ fence, answers, written, brief }: ByHandDialect): ByHandSql['rollback'] =>
  ({ migration, epoch, lockTimeoutMs }, phases) => {
    const claim = { migration, epoch: epoch + 1 };
    const undone = (place: UnitPlace, unit: Unit): readonly string[] =>
      unit.kind === 'brief'
        ? [brief(place, unit, lockTimeoutMs)]
        : [unit.statement, written('mark', { ...place })];
    const undonePhase = ({ phase, undo }: (typeof phases)[number]): ByHand => ({
      does: `undo ${phase}`,
      statements: [
        ...undo.flatMap((unit, at) => undone({ ...claim, phase, direction: 'undo', unit: at }, unit)),
        written('forget', { ...claim, phase }),
      ],
    });
    return [
      {
        does: `make every worker of this start harmless: ${answers}, else stop here`,
        statements: fence({ migration, epoch }),
      },
      ...phases.map(undonePhase),
      {
        does: 'close it as rolled back',
        statements: [written('close', { ...claim, status: 'rolled-back', by: 'hand' })],
      },
    ];
  };
