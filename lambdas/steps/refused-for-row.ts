import { StatementRefused } from '../../engine/database/errors.ts';
import { writesRows, type WalkId } from '../../engine/ledger/walk-id.ts';
import { rowRefusal } from '../runtime/database-errors.ts';
import type { Tools } from '../runtime/tools.ts';

/**
 * Makes sure that a refusal was about the row. `tryWithoutRows`: sends the same statement where it finds none to do.
 * Raises StatementRefused where that is refused too: a right or a function is gone, a setting or a trigger of the statement refuses.
 */
export async function refusedForRow(
  tryWithoutRows: () => Promise<void>,
  { purpose }: WalkId,
  { database }: Pick<Tools, 'database'>,
): Promise<void> {
  const { errors } = database.dialect;
  try {
    await tryWithoutRows();
  } catch (error) {
    const refusal = rowRefusal(error, errors);
    if (refusal === undefined) throw error;
    const { sqlState } = refusal;
    const step = writesRows(purpose) ? 'write rows' : 'compare rows';
    throw new StatementRefused(`${errors.words(sqlState)}, whatever the row`, { step, sqlState });
  }
}
