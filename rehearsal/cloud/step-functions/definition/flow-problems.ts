import { eachScope, targetsOf, type Problem } from './problem.ts';
import type { Machine, Scope, State } from './states.ts';

/** Where the flow leads nowhere, twice, or never. */
export function flowProblems(machine: Machine): readonly Problem[] {
  return [...eachScope(machine)]
    .flatMap(([scope, at]) => scopeProblems(scope, at))
    .concat(sameNames(machine));
}

function scopeProblems(scope: Scope, at: string): readonly Problem[] {
  const problems: Problem[] = [];
  if (!Object.hasOwn(scope.States, scope.StartAt)) {
    problems.push({ at: `${at}/StartAt`, what: `Missing 'Next' target: ${scope.StartAt}` });
  }
  const reachable = reachableFrom(scope);
  for (const [name, state] of Object.entries(scope.States)) {
    const here = `${at}/States/${name}`;
    problems.push(...onwardProblems(state, here));
    for (const [target, field] of targetsOf(state)) {
      if (Object.hasOwn(scope.States, target)) continue;
      problems.push({ at: `${here}/${field}`, what: `Missing 'Next' target: ${target}` });
    }
    if (!reachable.has(name)) problems.push({ at: here, what: `State '${name}' is not reachable` });
  }
  if (![...reachable].some((name) => ends(scope.States[name]))) {
    problems.push({ at: `${at}/States`, what: 'No terminal state was found' });
  }
  return problems;
}

function onwardProblems(state: State, at: string): readonly Problem[] {
  if (state.Type === 'Choice' || state.Type === 'Succeed' || state.Type === 'Fail') return [];
  const both = state.Next !== undefined && state.End === true;
  const neither = state.Next === undefined && state.End === undefined;
  return both || neither ? [{ at, what: "A state must have either 'Next' or 'End': true" }] : [];
}

const ends = (state: State | undefined) =>
  state !== undefined &&
  (state.Type === 'Succeed' || state.Type === 'Fail' || ('End' in state && state.End === true));

function reachableFrom(scope: Scope): ReadonlySet<string> {
  const reached = new Set<string>();
  const visit = (name: string): void => {
    const state = Object.hasOwn(scope.States, name) ? scope.States[name] : undefined;
    if (state === undefined || reached.has(name)) return;
    reached.add(name);
    for (const [target] of targetsOf(state)) visit(target);
  };
  visit(scope.StartAt);
  return reached;
}

/** A state's name is its own in the whole machine. */
function sameNames(machine: Machine): readonly Problem[] {
  const seen = new Set<string>();
  const problems: Problem[] = [];
  for (const [scope, at] of eachScope(machine)) {
    for (const name of Object.keys(scope.States)) {
      if (seen.has(name))
        problems.push({ at: `${at}/States/${name}`, what: `Duplicate state name: ${name}` });
      seen.add(name);
    }
  }
  return problems;
}
