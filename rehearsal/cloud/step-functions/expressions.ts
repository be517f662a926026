import jsonata from 'jsonata';
import { EXPRESSION } from './definition/fields.ts';
import { serviceFunctions, type Chance } from './expression-functions.ts';
import { QueryEvaluationFailure } from './failure.ts';
import { asJson, isJsonArray, isJsonObject, typeOf, type Json, type JsonObject } from './json.ts';
import { describeThrown } from './reason.ts';

/** The service gives an expression one second; a laptop under load gets more. Runaway recursion must still end. */
const GUARDS = { timeout: 5_000, stack: 5_000 };

export interface Evaluation {
  /** Variables by name, and `states`. */
  readonly bindings: Readonly<Record<string, unknown>>;
  readonly chance: Chance;
  /** Begins every message: which state, entered when. */
  readonly preamble: string;
}

const compiled = new Map<string, jsonata.Expression>();

/** Parses an expression's source. @throws Error with JSONata's code and message */
export function compile(source: string): jsonata.Expression {
  const known = compiled.get(source);
  if (known !== undefined) return known;
  const expression = jsonata(source, GUARDS);
  compiled.set(source, expression);
  return expression;
}

export const isExpression = (value: Json): value is `{%${string}%}` =>
  typeof value === 'string' && EXPRESSION.test(value);

export const sourceOf = (expression: string): string => expression.slice(2, -2).trim();

/**
 * Replaces every expression inside a value by what it evaluates to.
 *
 * @param location the field, for messages; fields inside it are appended with a slash
 * @throws QueryEvaluationFailure
 */
export async function evaluate(value: Json, location: string, evaluation: Evaluation): Promise<Json> {
  if (isExpression(value)) return await evaluateExpression(sourceOf(value), location, evaluation);
  if (isJsonArray(value)) {
    return await Promise.all(value.map((item, index) => evaluate(item, `${location}[${index}]`, evaluation)));
  }
  if (!isJsonObject(value)) return value;
  const fields: Record<string, Json> = {};
  for (const [name, field] of Object.entries(value)) {
    fields[name] = await evaluate(field, `${location}/${name}`, evaluation);
  }
  return fields;
}

async function evaluateExpression(source: string, location: string, evaluation: Evaluation): Promise<Json> {
  const failed = (what: string) =>
    new QueryEvaluationFailure(
      location,
      `${evaluation.preamble}The JSONata expression '${source}' specified for the field '${location}' ${what}`,
    );
  let result: unknown;
  try {
    const bindings = { ...serviceFunctions(evaluation.chance), ...evaluation.bindings };
    result = await compile(source).evaluate(undefined, bindings);
  } catch (error) {
    throw failed(`threw an error during evaluation. ${describeThrown(error)}`);
  }
  if (result === undefined) throw failed('returned nothing (undefined).');
  if (holdsFunction(result)) throw failed('returned an unsupported result type.');
  return asJson(result);
}

function holdsFunction(value: unknown): boolean {
  if (typeof value === 'function') return true;
  if (Array.isArray(value)) return value.some(holdsFunction);
  if (!isJsonObject(value)) return false;
  return (
    '_jsonata_lambda' in value || '_jsonata_function' in value || Object.values(value).some(holdsFunction)
  );
}

/** @throws QueryEvaluationFailure when an expression gave something that its field does not take */
export function unexpectedType(
  field: string,
  source: Json,
  value: Json,
  expected: string,
  preamble: string,
): never {
  const text = isExpression(source) ? sourceOf(source) : JSON.stringify(source);
  throw new QueryEvaluationFailure(
    field,
    `${preamble}The JSONata expression '${text}' specified for the field '${field}' returned an unexpected result ` +
      `type. Expected '${expected}', but was '${typeOf(value)}' for value: ${JSON.stringify(value)}`,
  );
}

/** What `$states` holds in a field. */
export interface StatesVariable {
  readonly input: Json;
  readonly context: JsonObject;
  readonly result?: Json;
  readonly errorOutput?: Json;
}
