import { z } from 'zod';
import {
  bodyOf,
  descriptionField,
  json,
  nameField,
  page,
  tagsField,
  type ResourceOperations,
} from './operation.ts';
import { newId } from './resource-set.ts';
import type { Store, Strategy } from './store.ts';

const minutes = z.int().min(0).max(1440);
const input = z.strictObject({
  Name: nameField,
  Description: descriptionField,
  DeploymentDurationInMinutes: minutes,
  FinalBakeTimeInMinutes: minutes.default(0),
  GrowthFactor: z.number().min(1).max(100),
  GrowthType: z.enum(['LINEAR', 'EXPONENTIAL']).default('LINEAR'),
  ReplicateTo: z.literal('NONE').default('NONE'),
  Tags: tagsField,
});

export function strategyOperations(store: Store): ResourceOperations {
  return {
    create: (call) => {
      const { Tags: _Tags, ...given } = bodyOf(input, call);
      return json(201, store.strategies.add({ Id: newId(), ...given } satisfies Strategy));
    },
    get: (call) => json(200, store.strategies.get(call.param('DeploymentStrategyId'))),
    list: (call) => page(call, store.strategies.all()),
  };
}
