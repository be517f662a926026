import { readFileSync } from 'node:fs';
import * as z from 'zod';

const rule = z.looseObject({ ErrorEquals: z.array(z.string()), Next: z.string().optional() });

const machineShape = z.looseObject({ StartAt: z.string(), States: z.record(z.string(), z.unknown()) });

const stateShape = z.looseObject({
  Type: z.string(),
  Resource: z.string().optional(),
  Arguments: z.record(z.string(), z.unknown()).optional(),
  Next: z.string().optional(),
  Default: z.string().optional(),
  Choices: z.array(z.looseObject({ Next: z.string() })).optional(),
  Retry: z.array(rule).default([]),
  Catch: z.array(rule).default([]),
  ItemProcessor: z
    .looseObject({ ...machineShape.shape, ProcessorConfig: z.looseObject({ Mode: z.string() }) })
    .optional(),
  Branches: z.array(machineShape).default([]),
});

export type State = z.infer<typeof stateShape> & { readonly name: string };
export interface Machine {
  readonly startAt: string;
  readonly states: ReadonlyMap<string, State>;
}

export const aslText = (name: string): string => readFileSync(`statemachines/${name}.asl.json`, 'utf8');

export const machine = (name: string): Machine => parsed(JSON.parse(aslText(name)));

function parsed(value: unknown): Machine {
  const { StartAt, States } = machineShape.parse(value);
  return {
    startAt: StartAt,
    states: new Map(
      Object.entries(States).map(([name, state]) => [name, { name, ...stateShape.parse(state) }]),
    ),
  };
}

/** Every state, those inside of Maps and frames included. */
export function everyState({ states }: Machine): readonly State[] {
  return [...states.values()].flatMap((state) => [
    state,
    ...[...(state.ItemProcessor ? [state.ItemProcessor] : []), ...state.Branches].flatMap((inner) =>
      everyState(parsed(inner)),
    ),
  ]);
}

/** The states right inside of a frame. */
export const framedIn = ({ Branches }: State): readonly State[] =>
  Branches.flatMap((branch) => [...parsed(branch).states.values()]);

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** The IAM actions that a state needs, from what AWS documents of its integration. */
export function actionsOfState(state: State): readonly string[] {
  const distributed = state.ItemProcessor?.ProcessorConfig.Mode === 'DISTRIBUTED';
  if (distributed)
    return [
      'states:StartExecution',
      'states:DescribeExecution',
      'states:StopExecution',
      'states:RedriveExecution',
    ];
  if (state.Resource === undefined) return [];
  const resource = state.Resource.replace('arn:aws:states:::', '');
  if (resource === 'lambda:invoke') return ['lambda:InvokeFunction'];
  if (resource === 'states:startExecution.sync:2')
    return [
      'states:StartExecution',
      'states:DescribeExecution',
      'states:StopExecution',
      'events:PutTargets',
      'events:PutRule',
      'events:DescribeRule',
    ];
  const [, service = '', action = ''] = /^aws-sdk:(\w+):(\w+)(?:\.waitForTaskToken)?$/u.exec(resource) ?? [];
  if (service === 'dynamodb') return [`dynamodb:${capital(action)}`];
  if (service === 'sfn') return [`states:${capital(action)}`];
  throw new Error(`${state.name}: nobody has said what ${state.Resource} needs`);
}
