import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';

/** MiniStack's CloudWatch tells EventBridge nothing, and EventBridge takes events of AWS from nobody else. */
export const testSource = 'underpin.test';

/** What stands in a template for a resource that an emulator does not know. */
interface LeftOut {
  readonly type: string;
  /** What the run says about it. */
  readonly instead: string;
  /** Another resource in its place, or none. */
  readonly resource: (properties: Readonly<Record<string, unknown>>) => object | null;
  /** What a reference to it becomes where nothing takes its place. */
  readonly reference: (properties: Readonly<Record<string, unknown>>) => unknown;
}

/** The one list of what MiniStack cannot create or do. Everything else is deployed as it is. */
const leftOut: readonly LeftOut[] = [
  {
    type: 'AWS::CloudWatch::CompositeAlarm',
    instead: 'a metric alarm of the same name; that it follows its children is not tested',
    resource: ({ AlarmName }) => ({
      Type: 'AWS::CloudWatch::Alarm',
      Properties: {
        AlarmName,
        Namespace: 'Underpin/Emulator',
        MetricName: 'Breach',
        Statistic: 'Maximum',
        Period: 60,
        EvaluationPeriods: 1,
        Threshold: 0,
        ComparisonOperator: 'GreaterThanThreshold',
        TreatMissingData: 'notBreaching',
      },
    }),
    reference: () => undefined,
  },
  {
    type: 'AWS::StepFunctions::StateMachineVersion',
    instead: 'the machine itself; that versions outlive a deployment is not tested',
    resource: () => null,
    reference: ({ StateMachineArn }) => StateMachineArn,
  },
  {
    type: 'AWS::StepFunctions::StateMachineAlias',
    instead: 'nothing; starting by an alias is not tested',
    resource: () => null,
    reference: () => '',
  },
  {
    type: 'AWS::Events::Rule',
    instead: `the same rule, open to the source ${testSource} too: that CloudWatch tells EventBridge is not tested`,
    resource: (properties) => ({
      Type: 'AWS::Events::Rule',
      Properties: { ...properties, EventPattern: openToTests(properties['EventPattern']) },
    }),
    reference: () => undefined,
  },
];

const pattern = z.looseObject({ source: z.array(z.string()) });
const openToTests = (given: unknown): object => {
  const { source, ...rest } = pattern.parse(given);
  return { ...rest, source: [...source, testSource] };
};

const resourceShape = z.looseObject({
  Type: z.string(),
  Properties: z.record(z.string(), z.unknown()).default({}),
});
const templateShape = z.looseObject({ Resources: z.record(z.string(), resourceShape) });

/** Rewrites the stack's template in a cloud assembly; gives one line for each kind that was left out. */
export function leaveOut(assembly: string): readonly string[] {
  const file = join(assembly, 'Underpin.template.json');
  const template = templateShape.parse(JSON.parse(readFileSync(file, 'utf8')));
  const references = new Map<string, unknown>();
  const lines: string[] = [];
  for (const { type, instead, resource, reference } of leftOut) {
    const found = Object.entries(template.Resources).filter(([, { Type }]) => Type === type);
    if (found.length > 0) lines.push(`${found.length} × ${type}. Instead: ${instead}`);
    for (const [id, { Properties }] of found) {
      const other = resource(Properties);
      if (other) template.Resources[id] = resourceShape.parse(other);
      else {
        delete template.Resources[id];
        references.set(id, reference(Properties));
      }
    }
  }
  writeFileSync(file, JSON.stringify(replaced(template, references)));
  return lines;
}

const refShape = z.strictObject({ Ref: z.string() });
const attributeShape = z.strictObject({ 'Fn::GetAtt': z.tuple([z.string(), z.string()]) });

function replaced(value: unknown, references: ReadonlyMap<string, unknown>): unknown {
  if (Array.isArray(value)) return value.map((it) => replaced(it, references));
  if (typeof value !== 'object' || value === null) return value;
  const id = refShape.safeParse(value).data?.Ref ?? attributeShape.safeParse(value).data?.['Fn::GetAtt'][0];
  if (id !== undefined && references.has(id)) return references.get(id);
  return Object.fromEntries(Object.entries(value).map(([key, it]) => [key, replaced(it, references)]));
}
