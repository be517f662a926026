import { NormalizedSchema } from '@smithy/core/schema';
import { isExpression } from '../expressions.ts';
import { asJson, isJsonArray, isJsonObject, type Json } from '../json.ts';
import { pascalCase } from './sdk-services.ts';

/** A parameter that the operation does not have, or that has the wrong shape. */
export interface ArgumentProblem {
  /** As `/Item/id`. */
  readonly path: string;
  readonly what: string;
}

/** In ASL every member is PascalCase, whatever the model calls it; the keys of maps are the user's own. */
function memberNamed(
  schema: NormalizedSchema,
  name: string,
): readonly [string, NormalizedSchema] | undefined {
  for (const [member, memberSchema] of schema.structIterator()) {
    if (pascalCase(member) === name) return [member, memberSchema];
  }
  return undefined;
}

/** What is wrong with a task's Arguments, as far as it can be seen before its expressions are evaluated. */
export function argumentProblems(
  schema: NormalizedSchema,
  template: Json,
  path = '',
): readonly ArgumentProblem[] {
  if (isExpression(template)) return [];
  if (schema.isStructSchema() && isJsonObject(template)) {
    return Object.entries(template).flatMap(([name, value]) => {
      const member = memberNamed(schema, name);
      if (member === undefined)
        return [{ path: `${path}/${name}`, what: `The field '${name}' is not supported` }];
      return argumentProblems(member[1], value, `${path}/${name}`);
    });
  }
  if (schema.isMapSchema() && isJsonObject(template)) {
    return Object.entries(template).flatMap(([key, value]) =>
      argumentProblems(schema.getValueSchema(), value, `${path}/${key}`),
    );
  }
  if (schema.isListSchema() && isJsonArray(template)) {
    return template.flatMap((value, index) =>
      argumentProblems(schema.getValueSchema(), value, `${path}[${index}]`),
    );
  }
  if (schema.isStructSchema() || schema.isMapSchema()) return [{ path, what: 'must be an object' }];
  return schema.isListSchema() ? [{ path, what: 'must be an array' }] : [];
}

/** From ASL's casing and JSON to what the SDK takes. A value that is no string becomes its JSON where one is due. */
export function toSdk(schema: NormalizedSchema, value: Json): unknown {
  if (value === null) return null;
  if (schema.isStructSchema() && isJsonObject(value)) {
    return Object.fromEntries(
      Object.entries(value).map(([name, field]) => {
        const [member, memberSchema] = memberNamed(schema, name) ?? [name, undefined];
        return [member, memberSchema === undefined ? field : toSdk(memberSchema, field)];
      }),
    );
  }
  if (schema.isMapSchema() && isJsonObject(value)) {
    const entries = Object.entries(value).map(([key, field]) => [key, toSdk(schema.getValueSchema(), field)]);
    return Object.fromEntries(entries) as unknown;
  }
  if (schema.isListSchema() && isJsonArray(value))
    return value.map((item) => toSdk(schema.getValueSchema(), item));
  if (schema.isTimestampSchema() && typeof value === 'string') return new Date(value);
  if (schema.isBlobSchema()) return Buffer.from(typeof value === 'string' ? value : JSON.stringify(value));
  if (schema.isStringSchema() && typeof value !== 'string') return JSON.stringify(value);
  return value;
}

/** From what the SDK gave to ASL's casing and JSON. */
export function fromSdk(schema: NormalizedSchema, value: unknown): Json {
  if (value === null || value === undefined) return null;
  if (value instanceof Date) return value.toISOString();
  if (value instanceof Uint8Array) return Buffer.from(value).toString('utf8');
  if (Array.isArray(value)) return value.map((item: unknown) => fromSdk(schema.getValueSchema(), item));
  if (typeof value === 'object') {
    const present = Object.entries(value).filter(([, field]) => field !== undefined);
    if (schema.isMapSchema()) {
      return Object.fromEntries(
        present.map(([key, field]) => [key, fromSdk(schema.getValueSchema(), field)]),
      );
    }
    const members = present.filter(([name]) => name !== '$metadata');
    return Object.fromEntries(
      members.map(([name, field]) => [pascalCase(name), fromSdk(schema.getMemberSchema(name), field)]),
    );
  }
  return typeof value === 'bigint' ? Number(value) : asJson(value);
}
