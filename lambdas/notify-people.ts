import { facts } from '../engine/notices/notices.ts';
import { people } from './runtime/people.ts';
import { task } from './runtime/task.ts';

/**
 * Notifies people what happened or is asked, from what it is given alone: it also works while nothing else answers.
 * Raises TransientAwsError.
 */
export const handler = task(
  {
    input: facts,
    uses: { people },
    // The cause of a failure can hold the text of an error.
    logged: ({ about, migration }) => ({ about, migration }),
  },
  async (told, tools): Promise<{ readonly messageId: string }> => ({
    messageId: await tools.people.notify(told),
  }),
);
