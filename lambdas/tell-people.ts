import { facts } from '../engine/notices/notices.ts';
import { subscribers } from './runtime/people.ts';
import { task } from './runtime/task.ts';

/**
 * Tells people what happened or is asked, from what it is given alone: it also works while nothing else answers.
 * Raises TransientAwsError.
 */
export const handler = task(
  facts,
  async (told): Promise<{ readonly messageId: string }> => {
    const people = subscribers();
    return { messageId: await people.tell(told) };
  },
  // The cause of a failure can hold the text of an error.
  ({ about, migration }) => ({ about, migration }),
);
