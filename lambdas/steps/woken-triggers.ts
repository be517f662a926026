import { StatementRefused, TransientDatabaseError } from '../../engine/database/errors.ts';
import type { Plan } from '../../engine/plan/plan.ts';
import type { Tools } from '../runtime/tools.ts';

/** PostgreSQL's serialization failure, which a walk's own statements never meet: they read what is committed. */
const unserialized = '40001';

/**
 * A copy into another table wakes what others have made there. Raises StatementRefused with the names where one of them sends what is refused
 * until the copy is done: tried again, it would be refused again.
 */
export async function namingWokenTriggers<T>(
  { shape }: Pick<Plan, 'shape'>,
  { database }: Pick<Tools, 'database'>,
  work: () => Promise<T>,
): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransientDatabaseError) || error.sqlState !== unserialized) throw error;
    if (shape.kind !== 'split') throw error;
    const { table } = shape.new;
    const triggers = await database.dialect.look.triggersOfOthers(database, table);
    if (triggers.length === 0) throw error;
    throw new StatementRefused(
      `SQLSTATE ${unserialized}, from a trigger of others on ${table.schema}.${table.name} (${triggers.join(', ')}): it upserts a row that is not copied yet. ` +
        'Drop it until verify, or let it say ON CONFLICT … DO UPDATE SET column = excluded.column, without a WHERE',
      { step: 'write rows', sqlState: unserialized },
    );
  }
}
