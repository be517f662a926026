import { StandardUnit } from '@aws-sdk/client-cloudwatch';
import { z } from 'zod';
import { dimensionsField, namespaceField } from './metric-input.ts';

/** Values of one namespace as PutMetricData takes them. */
export interface EmbeddedData {
  readonly namespace: string;
  readonly data: readonly EmbeddedDatum[];
}

export interface EmbeddedDatum {
  readonly MetricName: string;
  readonly Dimensions: { readonly Name: string; readonly Value: string }[];
  /** Seconds since 1970. */
  readonly Timestamp: number;
  readonly Values: number[];
  readonly Unit: StandardUnit;
  readonly StorageResolution: 1 | 60;
}

class EmbeddedMetricError extends Error {
  override readonly name = 'EmbeddedMetricError';
}

// As the specification of the embedded metric format says; a member that it does not know is an error here.
const directive = z.strictObject({
  Namespace: namespaceField,
  Dimensions: z.array(z.array(z.string()).max(30)),
  Metrics: z
    .array(
      z.strictObject({
        Name: z.string().min(1).max(255),
        Unit: z.enum(StandardUnit).default('None'),
        StorageResolution: z.union([z.literal(1), z.literal(60)]).default(60),
      }),
    )
    .max(100),
});
const document = z.looseObject({
  _aws: z.strictObject({ Timestamp: z.int().positive(), CloudWatchMetrics: z.array(directive).min(1) }),
});
const metricValue = z.union([z.number(), z.array(z.number()).min(1).max(100)]);

/**
 * What CloudWatch Logs would make of a line of a log; undefined for a line that holds no metrics.
 *
 * @throws EmbeddedMetricError for metrics that it would not take, since they would be lost without a word on AWS
 */
export function readEmbeddedMetrics(line: string): readonly EmbeddedData[] | undefined {
  const json = parsed(line);
  if (typeof json !== 'object' || json === null || !('_aws' in json)) return undefined;
  const { _aws, ...members } = read(document, json, '');
  return _aws.CloudWatchMetrics.map(({ Namespace, Dimensions, Metrics }) => ({
    namespace: Namespace,
    data: Dimensions.flatMap((names) =>
      Metrics.map(({ Name, Unit, StorageResolution }) => ({
        MetricName: Name,
        Dimensions: dimensionsOf(names, members),
        Timestamp: _aws.Timestamp / 1000,
        Values: [read(metricValue, members[Name], Name)].flat(),
        Unit,
        StorageResolution,
      })),
    ),
  }));
}

function dimensionsOf(names: readonly string[], members: Readonly<Record<string, unknown>>) {
  return read(
    dimensionsField,
    names.map((Name) => ({ Name, Value: members[Name] })),
    'Dimensions',
  );
}

function parsed(line: string): unknown {
  // Of many lines few hold metrics.
  if (!line.includes('"_aws"')) return undefined;
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function read<S extends z.ZodType>(schema: S, value: unknown, place: string): z.infer<S> {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const issue = result.error.issues[0];
  throw new EmbeddedMetricError(`${[place, ...(issue?.path ?? [])].join('.')}: ${issue?.message}`);
}
