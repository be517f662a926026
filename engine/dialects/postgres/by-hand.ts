import type { Statement } from '../../database/database.ts';
import { rolledBackByHand } from '../rolled-back-by-hand.ts';
import { briefCall, ledgerStatements } from './ledger.ts';
import { inlineParameters } from './positional.ts';
import { literal } from './quote.ts';

const written = (name: keyof typeof ledgerStatements, parameters: Statement['parameters'] & object): string =>
  inlineParameters({ text: ledgerStatements[name], parameters });

/** For somebody with psql. */
export const rollbackByHand = rolledBackByHand({
  fence: (claim) => [written('fenceEpoch', claim)],
  answers: 'it must give a row',
  written,
  brief: (place, unit, lockTimeoutMs) => briefCall(place, unit, lockTimeoutMs).text,
});

/** Shows what a migration has standing and how each of it is undone, for whoever has psql and nothing else. */
export const plannedUndo = (
  migration: string,
): string => `SELECT p.phase, jsonb_pretty(m.plan -> 'phases' -> p.phase -> 'undo') AS undo
FROM underpin.migration AS m
CROSS JOIN LATERAL (SELECT DISTINCT phase FROM underpin.applied WHERE migration = m.name AND direction = 'run') AS p
WHERE m.name = ${literal(migration)}`;
