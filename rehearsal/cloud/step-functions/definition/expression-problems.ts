import type { ExprNode } from 'jsonata';
import { compile, isExpression, sourceOf } from '../expressions.ts';
import { asJson, isJsonArray, isJsonObject, type Json } from '../json.ts';
import { describeThrown } from '../reason.ts';
import { eachState, type Problem } from './problem.ts';
import type { Machine, State } from './states.ts';

/** Fields that are never evaluated, or are scopes with states of their own. */
const NOT_EVALUATED = new Set([
  'Type',
  'Comment',
  'Resource',
  'Next',
  'Default',
  'Branches',
  'ItemProcessor',
  'Retry',
]);

/** Expressions that do not parse, braces that do not match, and uses of `$states` where it does not hold what is asked. */
export function expressionProblems(machine: Machine): readonly Problem[] {
  return [...eachState(machine)].flatMap(([, state, at]) =>
    Object.entries(state)
      .filter(([field]) => !NOT_EVALUATED.has(field))
      .flatMap(([field, value]) => inField(asJson(value), `${at}/${field}`, memberNames(state, field))),
  );
}

/** What `$states` holds in a field of a state. */
function memberNames(state: State, field: string): ReadonlySet<string> {
  const always = ['input', 'context'];
  if (field === 'Catch') return new Set([...always, 'errorOutput']);
  const hasResult = state.Type === 'Task' || state.Type === 'Parallel' || state.Type === 'Map';
  return new Set(hasResult && (field === 'Output' || field === 'Assign') ? [...always, 'result'] : always);
}

function inField(value: Json | undefined, at: string, members: ReadonlySet<string>): readonly Problem[] {
  if (value === undefined) return [];
  if (isJsonArray(value)) return value.flatMap((item, index) => inField(item, `${at}[${index}]`, members));
  if (isJsonObject(value)) {
    return Object.entries(value).flatMap(([name, field]) => inField(field, `${at}/${name}`, members));
  }
  if (typeof value !== 'string') return [];
  if (isExpression(value)) return inExpression(sourceOf(value), at, members);
  if (!value.startsWith('{%') && !value.endsWith('%}')) return [];
  return [{ at, what: 'A JSONata expression must begin with {% and end with %}, with nothing around them' }];
}

function inExpression(source: string, at: string, members: ReadonlySet<string>): readonly Problem[] {
  let tree: ExprNode;
  try {
    tree = compile(source).ast();
  } catch (error) {
    return [{ at, what: `The JSONata expression '${source}' does not parse: ${describeThrown(error)}` }];
  }
  return [...statesMembers(tree)]
    .filter((member) => !members.has(member))
    .map((member) => ({
      at,
      what: `$states.${member} is not available here (${[...members].join(', ')} are)`,
    }));
}

/** Every `x` of a `$states.x` in the tree. */
function* statesMembers(node: unknown): Generator<string> {
  if (typeof node !== 'object' || node === null) return;
  if (Array.isArray(node)) {
    for (const item of node) yield* statesMembers(item);
    return;
  }
  const { steps } = node as Partial<ExprNode>;
  const [variable, member] = steps ?? [];
  if (variable?.type === 'variable' && variable.value === 'states' && member?.type === 'name') {
    yield String(member.value);
  }
  for (const value of Object.values(node)) yield* statesMembers(value);
}
