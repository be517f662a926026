import type { FailState } from '../definition/states.ts';
import { unexpectedType } from '../expressions.ts';
import { StateFailure } from '../failure.ts';
import type { Visit } from '../visit.ts';

/** @throws StateFailure always: that is what it is for */
export async function visitFail(visit: Visit<FailState>): Promise<never> {
  const error = await text(visit, 'Error', visit.state.Error);
  const cause = await text(visit, 'Cause', visit.state.Cause);
  throw new StateFailure(error, cause);
}

async function text(
  visit: Visit<FailState>,
  field: string,
  template: string | undefined,
): Promise<string | null> {
  if (template === undefined) return null;
  const value = await visit.evaluate(template, field);
  if (typeof value === 'string') return value;
  return await visit.checked(() => unexpectedType(field, template, value, 'string', visit.preamble));
}
