import { QueryEvaluationFailure } from './failure.ts';
import { unexpectedType } from './expressions.ts';
import type { Json } from './json.ts';
import type { Visit } from './visit.ts';

interface Bounds {
  readonly min: number;
  readonly max?: number;
}

/** A whole number that a field gives, literally or by an expression. @throws QueryEvaluationFailure */
export async function whole(visit: Visit, field: string, template: Json, bounds: Bounds): Promise<number> {
  const value = await number(visit, field, template, bounds);
  if (Number.isInteger(value)) return value;
  return await visit.checked(() => outOfRange(visit, field, value, 'must be a whole number'));
}

/** @throws QueryEvaluationFailure */
export async function number(
  visit: Visit,
  field: string,
  template: Json,
  { min, max }: Bounds,
): Promise<number> {
  const value = await visit.evaluate(template, field);
  return await visit.checked(() => {
    if (typeof value !== 'number') return unexpectedType(field, template, value, 'number', visit.preamble);
    if (value < min) return outOfRange(visit, field, value, `must be at least ${min}`);
    if (max !== undefined && value > max) return outOfRange(visit, field, value, `must be at most ${max}`);
    return value;
  });
}

function outOfRange(visit: Visit, field: string, value: number, what: string): never {
  throw new QueryEvaluationFailure(field, `${visit.preamble}The field '${field}' ${what}, but was ${value}.`);
}
