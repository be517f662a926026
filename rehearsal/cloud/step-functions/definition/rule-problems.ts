import type { Problem } from './problem.ts';
import { eachState } from './problem.ts';
import { isDistributed, type Machine, type MapState, type State } from './states.ts';

/** The service takes ToleratedFailureCount and ToleratedFailurePercentage of an inline Map too, where they say nothing. */
const DISTRIBUTED_ONLY = ['ItemBatcher', 'Label'] as const;

/** Rules about single states that their shape alone does not tell. */
export function ruleProblems(machine: Machine): readonly Problem[] {
  return [...eachState(machine)].flatMap(([, state, at]) => [
    ...errorRules(state, at),
    ...(state.Type === 'Map' ? mapRules(state, at) : []),
    ...(state.Type === 'Wait' && (state.Seconds === undefined) === (state.Timestamp === undefined)
      ? [{ at, what: "A Wait state must have exactly one of 'Seconds' and 'Timestamp'" }]
      : []),
    ...(state.Type === 'Task' ? deadlineRules(state, at) : []),
  ]);
}

/** States.ALL stands alone and last. */
function errorRules(state: State, at: string): readonly Problem[] {
  if (!('Retry' in state || 'Catch' in state)) return [];
  const lists = [
    ['Retry', 'Retry' in state ? (state.Retry ?? []) : []],
    ['Catch', 'Catch' in state ? (state.Catch ?? []) : []],
  ] as const;
  return lists.flatMap(([field, rules]) =>
    rules.flatMap(({ ErrorEquals }, index) => {
      const here = `${at}/${field}[${index}]/ErrorEquals`;
      if (!ErrorEquals.includes('States.ALL')) return [];
      if (ErrorEquals.length > 1) return [{ at: here, what: 'States.ALL must appear alone' }];
      return index < rules.length - 1 ? [{ at: here, what: 'States.ALL must be in the last rule' }] : [];
    }),
  );
}

function mapRules(state: MapState, at: string): readonly Problem[] {
  const batcher = state.ItemBatcher;
  if (
    batcher !== undefined &&
    batcher.MaxItemsPerBatch === undefined &&
    batcher.MaxInputBytesPerBatch === undefined
  ) {
    return [{ at: `${at}/ItemBatcher`, what: "needs 'MaxItemsPerBatch' or 'MaxInputBytesPerBatch'" }];
  }
  if (isDistributed(state)) return [];
  return DISTRIBUTED_ONLY.filter((field) => state[field] !== undefined).map((field) => ({
    at: `${at}/${field}`,
    what: `The field '${field}' needs a ProcessorConfig with Mode DISTRIBUTED`,
  }));
}

function deadlineRules(state: Extract<State, { Type: 'Task' }>, at: string): readonly Problem[] {
  const { TimeoutSeconds: timeout, HeartbeatSeconds: heartbeat } = state;
  if (typeof timeout !== 'number' || typeof heartbeat !== 'number' || heartbeat < timeout) return [];
  return [{ at: `${at}/HeartbeatSeconds`, what: 'HeartbeatSeconds must be smaller than TimeoutSeconds' }];
}
