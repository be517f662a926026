import type { SqlReader, Refusal } from '../changes/kind.ts';
import type { Database } from '../database/database.ts';
import { refusalOf } from '../database/refusal.ts';
import type { Spec } from '../spec/spec.ts';

const throttleKey = 'guardrails.throttle.query';

/** What keeps the author's signal from being a query. */
export function throttleFaults(
  { guardrails: { throttle } }: Spec,
  { sql, parser }: SqlReader,
): readonly Refusal[] {
  if (throttle.query === undefined || sql.authored.isQuery(throttle.query, parser)) return [];
  const fact = 'this is not one query that writes nothing';
  return [{ key: throttleKey, fact, remedy: 'Write one SELECT that returns a row while workers must rest.' }];
}

/** What the database has against the author's signal: workers that cannot read it would rest for good. */
export async function throttleReads(
  { guardrails: { throttle } }: Spec,
  database: Database,
): Promise<readonly Refusal[]> {
  if (throttle.query === undefined) return [];
  try {
    await database.dialect.look.givesRow(database, throttle.query);
    return [];
  } catch (error) {
    const says = refusalOf(error);
    if (says === undefined) throw error;
    const fact = `the database refuses this query: ${says}`;
    return [{ key: throttleKey, fact, remedy: 'Write it so that the role of the migration can run it.' }];
  }
}
