import * as z from 'zod';

/** What SQL that an author writes claims to be. */
export type Claim = 'type' | 'expression' | 'default' | 'index';

/** SQL of the author's, by its key of the spec. */
export interface Fragment {
  readonly key: string;
  readonly text: string;
  readonly claim: Claim;
}

/** Every field of a spec that becomes SQL stands here by what it claims to be: no kind of change can forget one. */
export const claims = z.registry<{ readonly claim: Claim }>();

/** All SQL that an author wrote into a value, found by the value's schema. */
export function fragmentsIn(schema: z.core.$ZodType, value: unknown, key: string): readonly Fragment[] {
  if (value === undefined) return [];
  const claim = claims.get(schema)?.claim;
  if (claim !== undefined) return [{ key, text: z.string().parse(value), claim }];
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([name, inner]) =>
      fragmentsIn(inner, valueOf(value, name), `${key}.${name}`),
    );
  if (schema instanceof z.ZodArray)
    return (Array.isArray(value) ? value : []).flatMap((item, at) =>
      fragmentsIn(schema.element, item, `${key}[${at}]`),
    );
  if (schema instanceof z.ZodRecord)
    return Object.keys(Object(value)).flatMap((name) =>
      fragmentsIn(schema.valueType, valueOf(value, name), `${key}.${name}`),
    );
  if (schema instanceof z.ZodPipe) return fragmentsIn(schema.in, value, key);
  // What may be left out, or has a default.
  if (
    schema instanceof z.ZodExactOptional ||
    schema instanceof z.ZodOptional ||
    schema instanceof z.ZodPrefault
  )
    return fragmentsIn(schema.unwrap(), value, key);
  return [];
}

const valueOf = (value: unknown, name: string): unknown =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, name)
    ? Reflect.get(value, name)
    : undefined;
