import type { Refusal } from '../changes/kind.ts';
import type { Database } from '../database/database.ts';
import type { Spec } from '../spec/spec.ts';
import type { SignalName } from './health-facts.ts';
import { limited } from './signals.ts';

/** Every migration has these; their limits need not be written. */
const always: readonly SignalName[] = ['blockedSessions', 'replicaLag', 'historyList'];

/** Signals of the author's choice that cannot be read: workers would rest for good. */
export async function unreadableSignals(
  { guardrails: { throttle }, table }: Spec,
  database: Database,
): Promise<readonly Refusal[]> {
  const chosen = limited(throttle).filter((name) => !always.includes(name));
  if (chosen.length === 0) return [];
  const read = await database.dialect.look.health(database, { throttle, table });
  return chosen.flatMap((name): readonly Refusal[] => {
    const reading = read[name];
    if (typeof reading !== 'object' || reading === null || !('hidden' in reading)) return [];
    const fact = `workers could not read this signal: ${reading.hidden}`;
    return [{ key: `guardrails.throttle.${name}`, fact, remedy: 'Make it readable, or remove the key.' }];
  });
}
