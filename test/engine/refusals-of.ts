import { InvalidSpec } from '../../engine/database/errors.ts';
import type { MigrationUnderTest } from './migration-under-test.ts';

/** Facts and remedies of what refuses a plan, a line each; an empty text where nothing does. */
export async function refusalsOf(planned: Promise<MigrationUnderTest>): Promise<string> {
  const refused: unknown = await planned.catch((error: unknown) => error);
  if (!(refused instanceof InvalidSpec)) return '';
  return refused.problems.map(({ fact, remedy }) => `${fact}. ${remedy}`).join('\n');
}
