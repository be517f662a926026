import type { OnlineProbe } from '../dialect.ts';
import { createTriggerAlone, hasTrigger } from './held-session.ts';
import { qualifiedName } from './quote.ts';

/**
 * Makes a trigger on an empty table of our own, in a session of its own. MySQL prepares no CREATE TRIGGER (1295), and nobody
 * has seen whether the Data API sends it as text then. `attempt` is nobody else's.
 */
export function onlineProbe(attempt: string): OnlineProbe {
  const table = { schema: 'underpin', name: `probe_${attempt}` };
  const trigger = { schema: 'underpin', name: `${table.name}_trigger` };
  return {
    tries: 'make a trigger by CREATE TRIGGER',
    remedy:
      'The role needs TRIGGER; and a Data API that only prepares statements cannot make one: docs/mysql.md.',
    begin: { text: `CREATE TABLE ${qualifiedName(table)} (n INT)`, catalogOnly: true },
    unit: createTriggerAlone({
      does: 'make a trigger',
      statement: `CREATE TRIGGER ${qualifiedName(trigger)}\n  BEFORE INSERT ON ${qualifiedName(table)}\n  FOR EACH ROW SET NEW.n = NEW.n`,
      doneWhen: hasTrigger(table, trigger.name),
    }),
    end: { text: `DROP TABLE IF EXISTS ${qualifiedName(table)}`, catalogOnly: true },
  };
}
