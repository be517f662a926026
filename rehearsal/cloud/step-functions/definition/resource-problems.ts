import { integrationOf, isDirectFunction } from '../integrations/catalog.ts';
import { eachState, type Problem } from './problem.ts';
import type { Machine, TaskState } from './states.ts';

/** Tasks that name nothing that is imitated, or give it what it does not take. */
export async function resourceProblems(machine: Machine): Promise<readonly Problem[]> {
  const problems: Problem[] = [];
  for (const [, state, at] of eachState(machine)) {
    if (state.Type === 'Task') problems.push(...(await inTask(state, at)));
  }
  return problems;
}

async function inTask({ Resource, Arguments = {} }: TaskState, at: string): Promise<readonly Problem[]> {
  if (isDirectFunction(Resource)) return [];
  const integration = integrationOf(Resource);
  if (integration === undefined) {
    const what = `The resource provided ${Resource} is not recognized. The value is not a valid resource ARN, or it is not imitated.`;
    return [{ at: `${at}/Resource`, what }];
  }
  const problems = await integration.problems(Arguments);
  return problems.map(({ path, what }) => ({ at: `${at}/Arguments${path}`, what }));
}
