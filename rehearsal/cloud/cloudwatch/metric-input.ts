import { z } from 'zod';
import { CloudWatchError, invalidCombination, invalidValue } from './cloudwatch-error.ts';

/** Parses an input strictly: an unknown member is an error that names it. @throws CloudWatchError */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown): z.infer<S> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const text = parsed.error.issues.map((it) => `${it.path.join('.') || 'input'}: ${it.message}`).join('; ');
  const isMissing = parsed.error.issues.some(
    (it) => it.code === 'invalid_type' && it.message.endsWith('undefined'),
  );
  throw isMissing ? new CloudWatchError('MissingRequiredParameterException', text) : invalidValue(text);
}

/** Seconds since the epoch on the wire, milliseconds inside. */
export const timeField = z.number().transform((seconds) => Math.round(seconds * 1000));

const unitNames =
  /^(None|Count|Percent|Seconds|Microseconds|Milliseconds|(Kilo|Mega|Giga|Tera)?(bits|bytes|Bits|Bytes)(\/Second)?|Count\/Second)$/;
export const unitField = z.string().regex(unitNames, 'not a unit');

export const dimensionsField = z
  .array(z.strictObject({ Name: z.string().min(1).max(255), Value: z.string().min(1).max(1024) }))
  .max(30);
export type Dimensions = z.infer<typeof dimensionsField>;

export const namespaceField = z.string().regex(/^[^:].{0,254}$/, 'a namespace does not start with ":"');

/** Sub-minute periods; longer ones are multiples of 60. */
const shortPeriods = [1, 5, 10, 20, 30];

export const periodField = z
  .int()
  .refine(
    (it) => it > 0 && (it % 60 === 0 || shortPeriods.includes(it)),
    'Period: 1, 5, 10, 20, 30 or n × 60 s',
  );

const datum = z.strictObject({
  MetricName: z.string().min(1).max(255),
  Dimensions: dimensionsField.default([]),
  Timestamp: timeField.optional(),
  Value: z.number().optional(),
  Values: z.array(z.number()).max(150).optional(),
  Counts: z.array(z.number().min(0)).max(150).optional(),
  StatisticValues: z
    .strictObject({ SampleCount: z.number(), Sum: z.number(), Minimum: z.number(), Maximum: z.number() })
    .optional(),
  Unit: unitField.default('None'),
  StorageResolution: z.union([z.literal(1), z.literal(60)]).default(60),
});
export type Datum = z.infer<typeof datum>;

export const putMetricDataInput = z.strictObject({
  Namespace: namespaceField,
  MetricData: z.array(datum).max(1000),
});

const hourMs = 3_600_000;

/** @throws CloudWatchError for a datum that CloudWatch would not take */
export function checkDatum(it: Datum, now: number): void {
  const forms = [it.Value, it.Values, it.StatisticValues].filter((form) => form !== undefined);
  if (forms.length !== 1)
    throw invalidCombination(`${it.MetricName}: give one of Value, Values and StatisticValues`);
  if (it.Counts !== undefined && it.Counts.length !== it.Values?.length)
    throw invalidValue(`${it.MetricName}: Counts must be as many as Values`);
  const age = now - (it.Timestamp ?? now);
  if (age > 14 * 24 * hourMs || age < -2 * hourMs)
    throw invalidValue(
      `${it.MetricName}: Timestamp must be within the past two weeks and the next two hours`,
    );
}
