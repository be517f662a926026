import { z } from 'zod';
import type { Json } from '../json.ts';
import { MAX_SECONDS } from '../limits.ts';

/** A string that is a JSONata expression: the braces touch both ends. */
export const EXPRESSION = /^\{%[\s\S]*%\}$/;

export const expression = z.string().regex(EXPRESSION, 'must be a JSONata expression in {% %}');

/** Any JSON; expressions inside it are found when it is evaluated. */
export const template = z.custom<Json>((value) => value !== undefined);

export const assign = z.record(z.string(), template);

/** @param what how the message describes what the field takes */
export const orExpression = <T extends z.ZodType>(literal: T, what: string) =>
  z.union([literal, expression], `must be ${what} or a JSONata expression in {% %}`);

export const seconds = orExpression(z.int().min(1).max(MAX_SECONDS), 'a whole number of seconds, at least 1');

const errorEquals = z.array(z.string().min(1)).min(1);

const retrier = z.strictObject({
  ErrorEquals: errorEquals,
  IntervalSeconds: z.int().min(1).max(MAX_SECONDS).optional(),
  BackoffRate: z.number().min(1).optional(),
  MaxAttempts: z.int().min(0).max(MAX_SECONDS).optional(),
  MaxDelaySeconds: z.int().min(1).max(31_622_399).optional(),
  JitterStrategy: z.enum(['FULL', 'NONE']).optional(),
  Comment: z.string().optional(),
});
export type Retrier = Readonly<z.infer<typeof retrier>>;

const catcher = z.strictObject({
  ErrorEquals: errorEquals,
  Next: z.string(),
  Output: template.optional(),
  Assign: assign.optional(),
  Comment: z.string().optional(),
});
export type Catcher = Readonly<z.infer<typeof catcher>>;

/** What every state may say. */
export const common = {
  Comment: z.string().optional(),
  QueryLanguage: z.literal('JSONata').optional(),
};

/** What a state says that goes on to another, or ends. */
export const onward = {
  ...common,
  Next: z.string().optional(),
  End: z.literal(true).optional(),
  Output: template.optional(),
  Assign: assign.optional(),
};

export const errorHandling = {
  Retry: z.array(retrier).optional(),
  Catch: z.array(catcher).optional(),
};
