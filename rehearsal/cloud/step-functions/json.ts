/** Everything that JSON can say; `undefined` is never among it. */
export type Json = null | boolean | number | string | readonly Json[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: Json;
}

export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Array.isArray loses readonly element types; this keeps them. */
export function isJsonArray(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

/** The size that the service's limits count: UTF-8 bytes of the serialized value. */
export function byteLength(value: Json): number {
  return Buffer.byteLength(JSON.stringify(value));
}

/** @throws SyntaxError */
export function parseJson(text: string): Json {
  const value: Json = JSON.parse(text);
  return value;
}

/** Whatever it is, as JSON has it: null for nothing. */
export const asJson = (value: unknown): Json => parseJson(JSON.stringify(value ?? null));

/** JSONata's word for the type of a value, as the service's error messages use it. */
export function typeOf(value: Json): string {
  if (value === null) return 'null';
  return isJsonArray(value) ? 'array' : typeof value;
}
