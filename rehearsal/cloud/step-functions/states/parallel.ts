import { attempts } from '../attempts.ts';
import type { ParallelState } from '../definition/states.ts';
import { fanOut } from '../fan-out.ts';
import { Frame } from '../frame.ts';
import { refuseOversized } from '../limits.ts';
import { leave, type Transition } from '../transition.ts';
import { Variables } from '../variables.ts';
import type { Visit } from '../visit.ts';

export async function visitParallel(visit: Visit<ParallelState>): Promise<Transition> {
  return await attempts(
    visit,
    () => runBranches(visit),
    () => {
      visit.record('ParallelStateFailed');
      visit.position.failed = true;
    },
  );
}

async function runBranches(visit: Visit<ParallelState>): Promise<Transition> {
  const { Branches, Arguments, Next, Output, Assign } = visit.state;
  const input = Arguments === undefined ? visit.input : await visit.evaluate(Arguments, 'Arguments');
  refuseOversized(input, visit.name);
  const resumes = visit.position.inner.size > 0;
  if (!resumes) visit.record('ParallelStateStarted');
  const branches = [...Branches];
  const result = await fanOut(visit, {
    count: branches.length,
    concurrency: branches.length,
    frame: (index, previousEventId) => {
      const scope = branches[index];
      if (scope === undefined) throw new Error(`No branch ${index}`);
      return new Frame(scope, input, new Variables(visit.frame.variables), previousEventId);
    },
  });
  refuseOversized(result, visit.name);
  visit.recordAside('ParallelStateSucceeded', visit.frame.lastEventId);
  return await leave(visit, {
    next: Next,
    Output,
    Assign,
    otherwise: result,
    scope: { result },
  });
}
