import type { Statement } from '../../database/database.ts';
import { rolledBackByHand } from '../rolled-back-by-hand.ts';
import { ledgerStatements } from './ledger.ts';
import { inlineParameters } from './positional.ts';
import { callParameter } from './procedure.ts';
import { literal } from './quote.ts';
import { briefCall } from './units.ts';

const inlined = (name: keyof typeof ledgerStatements, parameters: Statement['parameters'] & object): string =>
  inlineParameters({ text: ledgerStatements[name], parameters });

/** A call by hand is named by the server; whoever runs it twice gets a second name, and the ledger says no. */
const written: typeof inlined = (name, parameters) =>
  inlined(name, parameters).replace(`:${callParameter}`, 'UUID()');

/** For somebody with the mysql client: the name of the first call stays in the session, and no older answer is read for it. */
export const rollbackByHand = rolledBackByHand({
  fence: (claim) => [
    'SET @underpin_call = UUID()',
    inlined('fenceEpoch', claim).replace(`:${callParameter}`, '@underpin_call'),
    'SELECT answer FROM underpin.answer WHERE id = @underpin_call AND answer IS NOT NULL',
  ],
  answers: 'the answer must be a row',
  written,
  brief: (place, unit, lockTimeoutMs) => briefCall(place, unit, lockTimeoutMs).text,
});

/** Shows what a migration has standing and how each of it is undone. */
export const plannedUndo = (
  migration: string,
): string => `SELECT p.phase, JSON_PRETTY(JSON_EXTRACT(m.plan, CONCAT('$.phases."', p.phase, '".undo'))) AS undo
FROM underpin.migration AS m
CROSS JOIN LATERAL (SELECT DISTINCT a.phase FROM underpin.applied AS a WHERE a.migration = m.name AND a.direction = 'run') AS p
WHERE m.name = ${literal(migration)}`;
