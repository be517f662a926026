import type { SucceedState } from '../definition/states.ts';
import { leave, type Transition } from '../transition.ts';
import type { Visit } from '../visit.ts';

export async function visitSucceed(visit: Visit<SucceedState>): Promise<Transition> {
  return await leave(visit, { next: undefined, Output: visit.state.Output, otherwise: visit.input });
}
