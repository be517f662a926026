import type { Scope, State } from './states.ts';

/** Something wrong with a definition. */
export interface Problem {
  /** As `/States/Backfill/Next`. */
  readonly at: string;
  readonly what: string;
}

/** Every state of a scope and of the scopes inside it, with the path to it. */
export function* eachState(scope: Scope, at = ''): Generator<readonly [string, State, string]> {
  for (const [name, state] of Object.entries(scope.States)) {
    const here = `${at}/States/${name}`;
    yield [name, state, here];
    for (const [inner, path] of scopesIn(state, here)) yield* eachState(inner, path);
  }
}

/** A scope and all scopes inside it. */
export function* eachScope(scope: Scope, at = ''): Generator<readonly [Scope, string]> {
  yield [scope, at];
  for (const [name, state] of Object.entries(scope.States)) {
    for (const [inner, path] of scopesIn(state, `${at}/States/${name}`)) yield* eachScope(inner, path);
  }
}

export function scopesIn(state: State, at: string): readonly (readonly [Scope, string])[] {
  if (state.Type === 'Map') return [[state.ItemProcessor, `${at}/ItemProcessor`]];
  if (state.Type === 'Parallel')
    return state.Branches.map((branch, index) => [branch, `${at}/Branches[${index}]`]);
  return [];
}

/** The states that a state may lead to, with the field that says so. */
export function targetsOf(state: State): readonly (readonly [string, string])[] {
  const targets: (readonly [string, string])[] = [];
  if ('Next' in state && state.Next !== undefined) targets.push([state.Next, 'Next']);
  if (state.Type === 'Choice') {
    targets.push(...state.Choices.map((rule, index) => [rule.Next, `Choices[${index}]/Next`] as const));
    if (state.Default !== undefined) targets.push([state.Default, 'Default']);
  }
  if ('Catch' in state) {
    targets.push(...(state.Catch ?? []).map((rule, index) => [rule.Next, `Catch[${index}]/Next`] as const));
  }
  return targets;
}
