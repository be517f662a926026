import type { PassState } from '../definition/states.ts';
import { leave, type Transition } from '../transition.ts';
import type { Visit } from '../visit.ts';

export async function visitPass(visit: Visit<PassState>): Promise<Transition> {
  const { Next, Output, Assign } = visit.state;
  return await leave(visit, { next: Next, Output, Assign, otherwise: visit.input });
}
