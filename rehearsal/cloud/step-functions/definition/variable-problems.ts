import type { JsonObject } from '../json.ts';
import { scopesIn, type Problem } from './problem.ts';
import { isDistributed, type Machine, type Scope, type State } from './states.ts';

const IDENTIFIER = /^[\p{ID_Start}_][\p{ID_Continue}]{0,79}$/u;

/** Names that no variable may have: not a name, reserved, or taken by a scope around it. */
export function variableProblems(machine: Machine): readonly Problem[] {
  return inScope(machine, '', new Set());
}

function inScope(scope: Scope, at: string, outer: ReadonlySet<string>): readonly Problem[] {
  const states = Object.entries(scope.States);
  const own = new Set(
    states.flatMap(([, state]) => assignsOf(state).flatMap(([values]) => Object.keys(values))),
  );
  return states.flatMap(([name, state]) => {
    const here = `${at}/States/${name}`;
    const names = assignsOf(state).flatMap(([values, field]) =>
      Object.keys(values).flatMap((variable) =>
        nameProblems(variable, `${here}/${field}/${variable}`, outer),
      ),
    );
    // A distributed Map's children start with no variables, so every name is free there.
    const visible =
      state.Type === 'Map' && isDistributed(state) ? new Set<string>() : new Set([...outer, ...own]);
    return [...names, ...scopesIn(state, here).flatMap(([inner, path]) => inScope(inner, path, visible))];
  });
}

function nameProblems(name: string, at: string, outer: ReadonlySet<string>): readonly Problem[] {
  if (!IDENTIFIER.test(name)) return [{ at, what: `'${name}' is no valid name for a variable` }];
  if (name === 'states') return [{ at, what: "The variable name 'states' is reserved" }];
  return outer.has(name)
    ? [{ at, what: `The variable '${name}' is already assigned in an outer scope` }]
    : [];
}

function assignsOf(state: State): readonly (readonly [JsonObject, string])[] {
  const all: (readonly [JsonObject | undefined, string])[] = [];
  if ('Assign' in state) all.push([state.Assign, 'Assign']);
  if (state.Type === 'Choice')
    all.push(...state.Choices.map((rule, i) => [rule.Assign, `Choices[${i}]/Assign`] as const));
  if ('Catch' in state)
    all.push(...(state.Catch ?? []).map((rule, i) => [rule.Assign, `Catch[${i}]/Assign`] as const));
  return all.flatMap(([values, field]) => (values === undefined ? [] : [[values, field] as const]));
}
