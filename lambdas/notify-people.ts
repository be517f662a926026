import type { Breach } from '../engine/notices/breached.ts';
import { facts, type Facts } from '../engine/notices/notices.ts';
import { breaches, type Breaches } from './runtime/breaches.ts';
import { people } from './runtime/people.ts';
import { task } from './runtime/task.ts';

/**
 * Notifies people what happened or is asked, from what it is given; of a breach also by how much, where CloudWatch says so:
 * it works while nothing else answers.
 * Raises TransientAwsError.
 */
export const handler = task(
  {
    input: facts,
    uses: { people, breaches },
    // The cause of a failure can hold the text of an error.
    logged: ({ about, migration }) => ({ about, migration }),
  },
  async (told, tools): Promise<{ readonly messageId: string }> => ({
    messageId: await tools.people.notify(told, {
      target: tools.target,
      breaches: await breachesOf(told, tools),
    }),
  }),
);

/** By how much, as CloudWatch says it; nobody waits for an answer of it to be notified. */
async function breachesOf(told: Facts, tools: { readonly breaches: Breaches }): Promise<readonly Breach[]> {
  if (!('alarms' in told) || told.failure.error !== 'GuardrailBreached') return [];
  const { alarms, startedAt: since, target } = told;
  return tools.breaches.last({ alarms, target, since }).catch(() => []);
}
