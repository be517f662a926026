import { z } from 'zod';

// The schema of AWS.AppConfig.FeatureFlags as AWS documents it ("type reference"): nothing unknown is let through.
/** The key of a flag or of an attribute. */
export const key = z
  .string()
  .regex(/^[a-z][a-zA-Z\d_-]{0,63}$/, 'a key starts with a-z and has at most 64 characters');
const name = z.string().regex(/^[^\n]{1,64}$/, 'a name has 1 to 64 characters on one line');
const description = z.string().max(1024);
const text = z.string().max(1024);
const attributeValue = z.union([text, z.number(), z.boolean(), z.array(text), z.array(z.number())]);

const numberConstraint = z.strictObject({
  type: z.literal('number'),
  required: z.boolean().optional(),
  minimum: z.int().optional(),
  maximum: z.int().optional(),
});
const stringConstraint = z
  .strictObject({
    type: z.literal('string'),
    required: z.boolean().optional(),
    pattern: text.optional(),
    enum: z
      .array(z.union([text, z.int()]))
      .max(100)
      .optional(),
  })
  .refine((it) => it.pattern === undefined || it.enum === undefined, 'pattern and enum exclude each other');
const constraints = z.union([
  numberConstraint,
  stringConstraint,
  z.strictObject({ type: z.literal('boolean'), required: z.boolean().optional() }),
  z.strictObject({
    type: z.literal('array'),
    required: z.boolean().optional(),
    elements: z.union([numberConstraint, stringConstraint]).optional(),
  }),
]);

/** At most 25 attributes; the schema of zod has no maxProperties. */
const few = (record: object) => Object.keys(record).length <= 25;
const fewMessage = 'a flag has at most 25 attributes';

const flagDefinition = z.strictObject({
  name: name.optional(),
  description: description.optional(),
  _createdAt: z.string().optional(),
  _updatedAt: z.string().optional(),
  _deprecation: z
    .strictObject({ status: z.literal('planned').optional(), date: z.iso.date().optional() })
    .optional(),
  attributes: z
    .record(
      key.refine((it) => it !== 'enabled', 'the attribute name "enabled" is reserved'),
      z.strictObject({ description: description.optional(), constraints: constraints.optional() }),
    )
    .refine(few, fewMessage)
    .optional(),
});

const variant = z.strictObject({
  name,
  enabled: z.boolean(),
  rule: z.string().max(16_384).optional(),
  attributeValues: z.record(key, attributeValue).refine(few, fewMessage).optional(),
});

const flagValue = z
  .object({
    enabled: z.boolean().optional(),
    _createdAt: z.string().optional(),
    _updatedAt: z.string().optional(),
    _variants: z.array(variant).min(1).max(32).optional(),
  })
  .catchall(attributeValue);

export const flagDocument = z.strictObject({
  version: z.literal('1'),
  flags: z.record(key, flagDefinition).optional(),
  values: z.record(key, flagValue).optional(),
});

export type FlagDocument = z.infer<typeof flagDocument>;
export type FlagDefinition = z.infer<typeof flagDefinition>;
export type FlagValue = z.infer<typeof flagValue>;
export type Variant = z.infer<typeof variant>;
export type AttributeValue = z.infer<typeof attributeValue>;
export type AttributeConstraints = z.infer<typeof constraints>;
