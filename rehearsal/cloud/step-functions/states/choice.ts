import type { ChoiceRule, ChoiceState } from '../definition/states.ts';
import { unexpectedType } from '../expressions.ts';
import { leave, type Transition } from '../transition.ts';
import type { Visit } from '../visit.ts';

/** The first rule whose Condition holds decides; its Output and Assign stand in for the state's own. */
export async function visitChoice(visit: Visit<ChoiceState>): Promise<Transition> {
  for (const [index, rule] of visit.state.Choices.entries()) {
    if (!(await holds(visit, rule.Condition, `Choices[${index}]/Condition`))) continue;
    const { Next, Output, Assign } = rule;
    return await leave(visit, {
      next: Next,
      Output,
      Assign,
      otherwise: visit.input,
      at: `Choices[${index}]/`,
    });
  }
  const { Default, Output, Assign } = visit.state;
  if (Default === undefined) {
    visit.fail('States.NoChoiceMatched', 'No rule of the Choice state matched and it has no Default.');
  }
  return await leave(visit, { next: Default, Output, Assign, otherwise: visit.input });
}

async function holds(
  visit: Visit<ChoiceState>,
  condition: ChoiceRule['Condition'],
  field: string,
): Promise<boolean> {
  const value = await visit.evaluate(condition, field);
  if (typeof value === 'boolean') return value;
  return await visit.checked(() => unexpectedType(field, condition, value, 'boolean', visit.preamble));
}
