import { InvalidSpec } from '../../engine/database/errors.ts';
import { parseSpec } from '../../engine/spec/spec.ts';

/** The error of a migration file that must be refused. */
export function refusal(text: string, file = 'm.yaml'): InvalidSpec {
  try {
    parseSpec(text, file);
  } catch (error) {
    if (error instanceof InvalidSpec) return error;
    throw error;
  }
  throw new Error('it was accepted');
}

/** Its message, line by line. */
export function refusalLines(text: string): readonly string[] {
  return refusal(text).message.split('\n');
}
