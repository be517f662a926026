import { z } from 'zod';
import { MAX_SECONDS, PAYLOAD_BYTES } from '../limits.ts';
import {
  assign,
  common,
  expression,
  errorHandling,
  onward,
  orExpression,
  seconds,
  template,
} from './fields.ts';

/** States and where they start: a machine, a branch, or what a Map does with an item. */
export interface Scope {
  readonly StartAt: string;
  readonly States: Readonly<Record<string, State>>;
  readonly Comment?: string | undefined;
}

export interface ItemProcessor extends Scope {
  readonly ProcessorConfig?: z.infer<typeof processorConfig> | undefined;
}

/** Deferred, because Parallel and Map contain what contains them. */
const scope: z.ZodType<Scope> = z.lazy(() => z.strictObject(scopeFields));
const itemProcessor: z.ZodType<ItemProcessor> = z.lazy(() =>
  z.strictObject({ ...scopeFields, ProcessorConfig: processorConfig.optional() }),
);

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/;

const pass = z.strictObject({ Type: z.literal('Pass'), ...onward });

const task = z.strictObject({
  Type: z.literal('Task'),
  ...onward,
  ...errorHandling,
  Resource: z.string(),
  Arguments: template.optional(),
  TimeoutSeconds: seconds.optional(),
  HeartbeatSeconds: seconds.optional(),
});

const choiceRule = z.strictObject({
  Condition: z.union([z.boolean(), expression], 'must be true, false or a JSONata expression in {% %}'),
  Next: z.string(),
  Output: template.optional(),
  Assign: assign.optional(),
  Comment: z.string().optional(),
});
export type ChoiceRule = Readonly<z.infer<typeof choiceRule>>;

const choice = z.strictObject({
  Type: z.literal('Choice'),
  ...common,
  Choices: z.array(choiceRule).min(1),
  Default: z.string().optional(),
  Output: template.optional(),
  Assign: assign.optional(),
});

const wait = z.strictObject({
  Type: z.literal('Wait'),
  ...onward,
  Seconds: orExpression(z.int().min(0).max(MAX_SECONDS), 'a whole number of seconds').optional(),
  Timestamp: orExpression(z.string().regex(RFC3339), 'an RFC3339 timestamp').optional(),
});

const succeed = z.strictObject({ Type: z.literal('Succeed'), ...common, Output: template.optional() });

const fail = z.strictObject({
  Type: z.literal('Fail'),
  ...common,
  Error: z.string().optional(),
  Cause: z.string().optional(),
});

const parallel = z.strictObject({
  Type: z.literal('Parallel'),
  ...onward,
  ...errorHandling,
  Arguments: template.optional(),
  Branches: z.array(scope).min(1, 'Value cannot be empty'),
});

/** EXPRESS children, item readers and result writers are not imitated: see docs. */
const processorConfig = z.union(
  [
    z.strictObject({ Mode: z.literal('INLINE') }),
    z.strictObject({ Mode: z.literal('DISTRIBUTED'), ExecutionType: z.literal('STANDARD') }),
  ],
  'must be {"Mode": "INLINE"} or {"Mode": "DISTRIBUTED", "ExecutionType": "STANDARD"}; no other is imitated',
);

const count = orExpression(z.int().min(0), 'a whole number');

const map = z.strictObject({
  Type: z.literal('Map'),
  ...onward,
  ...errorHandling,
  Items: orExpression(z.array(template), 'an array').optional(),
  ItemSelector: template.optional(),
  ItemBatcher: z
    .strictObject({
      MaxItemsPerBatch: orExpression(z.int().min(1), 'a positive whole number').optional(),
      MaxInputBytesPerBatch: orExpression(z.int().min(1).max(PAYLOAD_BYTES), 'a number of bytes').optional(),
      BatchInput: template.optional(),
    })
    .optional(),
  MaxConcurrency: count.optional(),
  ToleratedFailureCount: count.optional(),
  ToleratedFailurePercentage: orExpression(z.number().min(0).max(100), 'a percentage').optional(),
  Label: z
    .string()
    .regex(/^[^\s?*<>{}[\]:;,\\|^~$#%&`"\p{Cc}]{1,40}$/u, 'is no valid Label')
    .optional(),
  ItemProcessor: itemProcessor,
});

export type PassState = Readonly<z.infer<typeof pass>>;
export type TaskState = Readonly<z.infer<typeof task>>;
export type ChoiceState = Readonly<z.infer<typeof choice>>;
export type WaitState = Readonly<z.infer<typeof wait>>;
export type SucceedState = Readonly<z.infer<typeof succeed>>;
export type FailState = Readonly<z.infer<typeof fail>>;
export type ParallelState = Readonly<z.infer<typeof parallel>>;
export type MapState = Readonly<z.infer<typeof map>>;
export type State =
  PassState | TaskState | ChoiceState | WaitState | SucceedState | FailState | ParallelState | MapState;

const state: z.ZodType<State> = z.discriminatedUnion('Type', [
  pass,
  task,
  choice,
  wait,
  succeed,
  fail,
  parallel,
  map,
]);

const scopeFields = {
  Comment: z.string().optional(),
  StartAt: z.string(),
  States: z.record(z.string().min(1).max(80), state),
};

export interface Machine extends Scope {
  readonly QueryLanguage: 'JSONata';
  readonly TimeoutSeconds?: number | undefined;
  readonly Version?: '1.0' | undefined;
}

/** A whole definition. */
export const machine: z.ZodType<Machine> = z.strictObject({
  ...scopeFields,
  QueryLanguage: z.literal('JSONata'),
  TimeoutSeconds: z.int().min(1).max(MAX_SECONDS).optional(),
  Version: z.literal('1.0').optional(),
});

export const isDistributed = ({ ItemProcessor }: MapState) =>
  ItemProcessor.ProcessorConfig?.Mode === 'DISTRIBUTED';
