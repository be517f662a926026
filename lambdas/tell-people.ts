import { facts } from '../engine/notices/notices.ts';
import { task } from './runtime/task.ts';

/**
 * Tells people what happened or is asked, from what it is given alone: it also works while nothing else answers.
 * Raises TransientAwsError.
 */
export const handler = task(
  facts,
  async (told, { people }): Promise<{ readonly messageId: string }> => ({
    messageId: await people.tell(told),
  }),
  // The cause of a failure can hold the text of an error.
  ({ about, migration }) => ({ about, migration }),
);
